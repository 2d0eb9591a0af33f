// A model's outputs kept in a file by the hash of each input, so that a stopped explanation goes on where it was.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { appendFile, stat } from "node:fs/promises";
import { createInterface } from "node:readline";
import type { Predict } from "../api.ts";
import { checkRows, type InputKind, type InputKinds, isImage, toJson } from "./black-box.ts";

/** How often a cache was asked and what it knew. */
export interface CacheCounts {
  hits: number;
  misses: number;
}

/**
 * The same model, but what `file` (JSON Lines) knows is not asked again, and each batch is written to
 * it as soon as it is there. `model` names the model: outputs of another one are not taken.
 */
export function cachedOnDisk<K extends InputKind>(
  predict: Predict<InputKinds[K]>,
  file: string,
  model: string,
): Predict<InputKinds[K]> & { readonly counts: CacheCounts } {
  let known: Promise<Map<string, number[]>> | undefined;
  const counts = { hits: 0, misses: 0 };
  const ask = async (batch: InputKinds[K][]): Promise<number[][]> => {
    known ??= readKnown(file);
    const outputs = await known;
    const keys = batch.map((input) => inputHash(model, input));
    const missing = new Map<string, InputKinds[K]>();
    keys.forEach((key, i) => {
      if (!outputs.has(key)) missing.set(key, batch[i]!);
    });
    counts.hits += batch.length - missing.size;
    counts.misses += missing.size;
    if (missing.size > 0) {
      const rows = toRows(await predict([...missing.values()]), missing.size);
      const lines = [...missing.keys()].map((key, i) => {
        outputs.set(key, rows[i]!);
        return `${JSON.stringify({ key, outputs: rows[i] })}\n`;
      });
      await appendFile(file, lines.join(""));
    }
    return keys.map((key) => outputs.get(key)!);
  };
  return Object.assign(ask, { counts });
}

/** SHA-256 of the model's name and the input. */
function inputHash(model: string, input: InputKinds[InputKind]): string {
  const hash = createHash("sha256").update(model).update("\0");
  if (isImage(input)) {
    const { buffer, byteOffset, byteLength } = input.data;
    hash.update(input.shape.join("x")).update(new Uint8Array(buffer, byteOffset, byteLength));
  } else hash.update(JSON.stringify(toJson(input)));
  return hash.digest("base64url");
}

function toRows(outputs: Awaited<ReturnType<Predict<never>>>, count: number): number[][] {
  if (ArrayBuffer.isView(outputs)) {
    const classes = outputs.length / count;
    return Array.from({ length: count }, (_, i) =>
      Array.from(outputs.subarray(i * classes, (i + 1) * classes)),
    );
  }
  const rows = outputs as readonly (number | ArrayLike<number>)[];
  const plain = rows.map((row) => (typeof row === "number" ? row : Array.from(row)));
  return checkRows(plain, count, "model");
}

/** What a file of an earlier run knows; a last line that was cut off is left out. */
async function readKnown(file: string): Promise<Map<string, number[]>> {
  const known = new Map<string, number[]>();
  const there = await stat(file).catch(() => undefined);
  if (there === undefined) return known;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    try {
      const { key, outputs } = JSON.parse(line) as { key: string; outputs: number[] };
      if (Array.isArray(outputs)) known.set(key, outputs);
    } catch {
      // A line cut off by a crash: its batch is asked again.
    }
  }
  return known;
}
