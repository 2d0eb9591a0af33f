/** @file Vectors of texts that were embedded before, kept in files. */
import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomically } from "../../data/atomic-file.ts";
import { cacheFolder } from "../../data/cache-folder.ts";
import type { EmbedOptions, Encoder } from "./encoder.ts";

/** Options of `embedCached`. */
export interface EmbedCachedOptions extends Pick<EmbedOptions, "signal" | "onProgress"> {
  /** Default: `vectors` in the cache folder. */
  readonly folder?: string;
}

/**
 * `[texts, dim]` row by row: the vectors of these texts, read from the file that an earlier call with
 * the same texts and encoder left, or embedded and written there.
 */
export async function embedCached(
  encoder: Encoder,
  texts: readonly string[],
  { folder = cacheFolder("vectors"), ...options }: EmbedCachedOptions = {},
): Promise<Float32Array> {
  const hash = createHash("sha256").update(encoder.name);
  for (const text of texts) hash.update("\0").update(text);
  const path = join(folder, `${hash.digest("hex").slice(0, 32)}.f32`);
  const size = texts.length * encoder.dim;
  const kept = await readFile(path).catch(() => undefined);
  if (kept?.byteLength === size * Float32Array.BYTES_PER_ELEMENT) {
    options.onProgress?.({ done: texts.length, total: texts.length });
    return new Float32Array(kept.buffer.slice(kept.byteOffset, kept.byteOffset + kept.byteLength));
  }
  const { data } = await encoder.embed(texts, options);
  await mkdir(folder, { recursive: true });
  await writeFileAtomically(path, [new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]);
  return data;
}
