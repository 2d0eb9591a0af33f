// Texts, sentences and rows from the user's files, as the labs of `lime` take them.
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { column, readImage, readTable } from "../../../data/index.ts";
import { LimeError } from "../errors.ts";
import { decodeNpy } from "../npy.ts";
import type { ImageLike } from "../segment/picture.ts";

/** Texts of a table's column, from row `row` on. */
export async function readTexts(
  path: string,
  textColumn: string,
  row: number,
  count: number,
): Promise<string[]> {
  const table = await readTable(path);
  const found = column(table, textColumn);
  if (row >= table.rows) {
    const expected = `a row from 0 to ${table.rows - 1}`;
    throw new LimeError("row", { expected, received: `${row}` });
  }
  const values = Array.from(found.values as ArrayLike<unknown>).slice(row, row + count);
  return values.map((value) => (value === null ? "" : String(value)));
}

/** A sentence of a corpus: its tokens and, where they are known, their tags. */
export interface TaggedSentence {
  readonly tokens: readonly string[];
  readonly tags?: readonly string[];
}

/** Reads CoNLL (token first, tag last, a blank line between sentences) or JSON Lines {tokens, tags}. */
export async function readSentences(path: string): Promise<TaggedSentence[]> {
  const text = await readFile(path, "utf8");
  const sentences = /\.(jsonl|ndjson|json)$/i.test(path) ? fromJsonLines(text) : fromConll(text);
  if (sentences.length > 0) return sentences;
  throw new LimeError("input", { expected: `sentences in ${path}`, received: "none" });
}

function fromJsonLines(text: string): TaggedSentence[] {
  return text.split("\n").flatMap((line, i) => {
    if (line.trim() === "") return [];
    const { tokens, tags } = parseLine(line, i + 1);
    const sound = Array.isArray(tokens) && tokens.every((token) => typeof token === "string");
    if (sound && (tags === undefined || (Array.isArray(tags) && tags.length === tokens.length))) {
      return [tags === undefined ? { tokens } : { tokens, tags: tags as string[] }];
    }
    const expected = '{"tokens": ["…"], "tags": ["…"]} with as many tags as tokens';
    throw new LimeError(`input, line ${i + 1}`, { expected, received: line.slice(0, 80) });
  });
}

function parseLine(line: string, number: number): { tokens?: unknown; tags?: unknown } {
  try {
    return JSON.parse(line) as object;
  } catch {
    const facts = { expected: "a JSON object", received: line.slice(0, 80) };
    throw new LimeError(`input, line ${number}`, facts);
  }
}

function fromConll(text: string): TaggedSentence[] {
  const blocks = text.split(/\r?\n\s*\r?\n/);
  return blocks.flatMap((block) => {
    const rows = block
      .split(/\r?\n/)
      .filter((line) => line.trim() !== "" && !line.startsWith("-DOCSTART-"))
      .map((line) => line.trim().split(/\s+/));
    if (rows.length === 0) return [];
    const tokens = rows.map((row) => row[0]!);
    return rows.every((row) => row.length > 1)
      ? [{ tokens, tags: rows.map((row) => row.at(-1)!) }]
      : [{ tokens }];
  });
}

/** A picture from a file (.npy [H, W], [H, W, 1] or [H, W, 3], or any that sharp reads). */
export async function readPicture(path: string, channels: 1 | 3): Promise<ImageLike> {
  if (extname(path).toLowerCase() !== ".npy") return readImage(path, { channels });
  const { shape, data } = decodeNpy(await readFile(path), path);
  const [height = 0, width = 0, depth = 1] = shape;
  const pixels = data instanceof Int32Array ? Uint8Array.from(data) : data;
  return { data: pixels, shape: [height, width, depth] };
}

/** A label map from a .npy file [height, width]. */
export async function readLabelMap(
  path: string,
  [height, width]: ImageLike["shape"],
): Promise<Int32Array> {
  const { shape, data } = decodeNpy(await readFile(path), path);
  if (shape.length === 2 && shape[0] === height && shape[1] === width) return Int32Array.from(data);
  const expected = `a label map of ${height} x ${width}, the picture's size`;
  throw new LimeError("segments", { expected, received: `shape (${shape.join(", ")})` });
}
