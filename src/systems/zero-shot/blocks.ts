// Vectors of a file's texts, kept block by block on disk: a run that was killed goes on after the last block.
import { createHash } from "node:crypto";
import { mkdir, readFile, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomically } from "../../data/atomic-file.ts";
import type { Encoder } from "../../models/encoders/encoder.ts";
import type { CorpusRow } from "./api.ts";
import { type EmbeddedTexts, embedTexts, type OnProgress } from "./label-vectors.ts";
import { embedWindows } from "./windows.ts";

/** What decides on the vectors of a file, and where they are kept. */
export interface BlockOptions {
  readonly file: string;
  readonly textColumn?: string;
  readonly skipBad?: boolean;
  readonly windows?: boolean;
  /** Folder of a classifier whose encoder makes the vectors. */
  readonly model?: string;
  /** Folder of finished blocks; those of a run that was cut off are looked for in both. */
  readonly checkpoints: string;
  readonly formerCheckpoints?: string;
}

/** Rows of a block: what a kill costs at most. */
const BLOCK_ROWS = 2048;

/** Tells runs of other input apart: their blocks are of no use. */
export async function fingerprint({
  file,
  textColumn = "",
  skipBad = false,
  windows = false,
  model,
}: BlockOptions): Promise<string> {
  const { size, mtimeMs } = await stat(file);
  const read = [file, size, mtimeMs, textColumn, skipBad, windows, BLOCK_ROWS];
  const weights = model === undefined ? undefined : join(model, "weights.safetensors");
  const made = weights === undefined ? [] : [weights, (await stat(weights)).mtimeMs];
  const key = JSON.stringify([...read, ...made]);
  return createHash("sha256").update(key).digest("hex").slice(0, 16);
}

/** Finished blocks of vectors on disk. */
export class Blocks {
  /** Blocks that were there from before. */
  continued = 0;
  readonly #options: BlockOptions;
  readonly #encoder: Encoder;
  readonly #key: string;

  constructor(options: BlockOptions, encoder: Encoder, key: string) {
    this.#options = options;
    this.#encoder = encoder;
    this.#key = `${key}-${encoder.name}`;
  }

  async embed(
    rows: readonly CorpusRow[],
    onProgress: OnProgress | undefined,
    signal: AbortSignal | undefined,
  ): Promise<EmbeddedTexts> {
    const { dim } = this.#encoder;
    const data = new Float32Array(rows.length * dim);
    const empty = new Uint8Array(rows.length);
    const truncated = new Uint8Array(rows.length);
    await mkdir(this.#options.checkpoints, { recursive: true });
    for (let from = 0; from < rows.length; from += BLOCK_ROWS) {
      signal?.throwIfAborted();
      const texts = rows.slice(from, from + BLOCK_ROWS).map((row) => row.text);
      const block = await this.#block(from / BLOCK_ROWS, texts, signal);
      data.set(block.data, from * dim);
      empty.set(block.empty, from);
      truncated.set(block.truncated, from);
      onProgress?.({ phase: "embed", done: from + texts.length, total: rows.length });
    }
    return { data, count: rows.length, dim, empty, truncated };
  }

  async #block(
    number: number,
    texts: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<Pick<EmbeddedTexts, "data" | "empty" | "truncated">> {
    const name = `${this.#key}-${String(number).padStart(6, "0")}.block`;
    const path = join(this.#options.checkpoints, name);
    const floats = texts.length * this.#encoder.dim;
    const bytes = (await this.#kept(path, name)) ?? Buffer.alloc(0);
    if (bytes.length === 4 * floats + 2 * texts.length) {
      this.continued++;
      const copy = Uint8Array.from(bytes);
      const flags = copy.subarray(4 * floats);
      return {
        data: new Float32Array(copy.buffer, 0, floats),
        empty: flags.subarray(0, texts.length),
        truncated: flags.subarray(texts.length),
      };
    }
    const { data, empty, truncated } = this.#options.windows
      ? await embedWindows(this.#encoder, texts, signal)
      : await embedTexts(this.#encoder, texts, { signal });
    const vectors = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    await writeFileAtomically(path, [vectors, empty, truncated]);
    return { data, empty, truncated };
  }

  /** A block of this run, or one taken over from the run that it continues. */
  async #kept(path: string, name: string): Promise<Buffer | undefined> {
    const own = await readFile(path).catch(() => undefined);
    const { formerCheckpoints } = this.#options;
    if (own !== undefined || formerCheckpoints === undefined) return own;
    await rename(join(formerCheckpoints, name), path).catch(() => {});
    return readFile(path).catch(() => undefined);
  }
}
