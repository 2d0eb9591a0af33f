/** @file Vectors of texts that were embedded before, kept in files. */
import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomically } from "../../data/atomic-file.ts";
import { cacheFolder } from "../../data/cache-folder.ts";
import { type Embeddings, type EmbedOptions, type Encoder, embeddings } from "./encoder.ts";

/** Fewer texts are embedded in the time that a file takes. */
const FEWEST_KEPT = 100;

/**
 * An encoder that remembers: a list of texts that it was given before is read from a file of
 * `folder` (default: `vectors` in the cache folder). Only for an encoder whose weights stay as they are.
 */
export function cached(encoder: Encoder, folder = cacheFolder("vectors")): Encoder {
  const { name, dim, maxTokens } = encoder;
  return {
    name,
    dim,
    maxTokens,
    dispose: () => encoder.dispose(),
    async embed(texts, options: EmbedOptions = {}) {
      if (texts.length < FEWEST_KEPT) return encoder.embed(texts, options);
      const hash = createHash("sha256").update(name);
      for (const text of texts) hash.update("\0").update(text);
      const path = join(folder, `${hash.digest("hex").slice(0, 32)}.vectors`);
      const kept = await readKept(path, texts.length, dim);
      if (kept) {
        options.onProgress?.({ done: texts.length, total: texts.length });
        return kept;
      }
      const made = await encoder.embed(texts, options);
      await mkdir(folder, { recursive: true });
      const parts = [made.data, made.tokens, made.knownTokens];
      const bytes = parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength));
      await writeFileAtomically(path, bytes);
      return made;
    },
  };
}

/** Vectors, tokens and known tokens one after the other; undefined where the file is not that long. */
async function readKept(path: string, count: number, dim: number): Promise<Embeddings | undefined> {
  const file = await readFile(path).catch(() => undefined);
  if (file?.byteLength !== 4 * count * (dim + 2)) return undefined;
  const buffer = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength);
  const data = new Float32Array(buffer, 0, count * dim);
  const tokens = new Int32Array(buffer, 4 * count * dim, count);
  const knownTokens = new Int32Array(buffer, 4 * count * (dim + 1), count);
  return embeddings(data, dim, tokens, knownTokens);
}
