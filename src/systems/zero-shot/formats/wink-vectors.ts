// Word vectors as the wink packages ship them: one JSON object of hundreds of megabytes, read as a stream.
import { createReadStream } from "node:fs";
import { DataError } from "../../../data/errors.ts";
import { checkFile } from "../../../data/read/source.ts";
import type { WordVectors } from "./word-vectors.ts";

const CHUNK_BYTES = 2 ** 20;
/** Where the vectors begin; before it stand the sizes and all words, most frequent first. */
const VECTORS = '"vectors":{';

/**
 * Reads the first `limit` words that `accept` takes, and stops there: of a file of 300 MB that is a
 * tenth. Each entry is `"word":[values …, norm, index]`, in the order of `words`.
 *
 * @throws DataError for a file that is not of this form, or an entry with too few values
 */
export async function readWinkVectors(
  path: string,
  limit: number,
  accept: (word: string) => boolean = () => true,
): Promise<WordVectors> {
  await checkFile(path);
  const words: string[] = [];
  const rows: number[][] = [];
  let dim = 0;
  let text = "";
  const stream = createReadStream(path, { encoding: "utf8", highWaterMark: CHUNK_BYTES });
  for await (const chunk of stream as AsyncIterable<string>) {
    text += chunk;
    if (dim === 0) {
      const start = text.indexOf(VECTORS);
      if (start < 0) continue;
      dim = Number(/"dimensions":(\d+)/.exec(text.slice(0, 1000))?.[1] ?? 0);
      if (!(dim > 0)) break;
      text = text.slice(start + VECTORS.length);
    }
    let from = 0;
    for (let end = text.indexOf("]", from); end >= 0; end = text.indexOf("]", from)) {
      // A word may hold brackets itself: the entry's list ends where digits do.
      while (end >= 0 && !/\d/.test(text[end - 1] ?? "")) end = text.indexOf("]", end + 1);
      if (end < 0) break;
      if (text[from] === "}") return gather(words, rows, dim);
      const entry = text.slice(text[from] === "," ? from + 1 : from, end + 1);
      from = end + 1;
      const colon = entry.lastIndexOf(":[");
      if (colon < 0) break;
      const word = JSON.parse(entry.slice(0, colon)) as string;
      if (!accept(word)) continue;
      const values = JSON.parse(entry.slice(colon + 1)) as number[];
      if (values.length < dim)
        throw badFile(path, `${values.length} values of ${entry.slice(0, 30)}`);
      words.push(word);
      rows.push(values.slice(0, dim));
      if (words.length === limit) break;
    }
    if (words.length === limit) break;
    text = text.slice(from);
  }
  if (dim === 0) throw badFile(path, "another file");
  return gather(words, rows, dim);
}

function gather(words: string[], rows: readonly number[][], dim: number): WordVectors {
  const data = new Float32Array(rows.length * dim);
  rows.forEach((row, i) => {
    data.set(row, i * dim);
  });
  return { words, data, dim };
}

function badFile(path: string, received: string): DataError {
  const expected = "word vectors of a wink-embeddings package, with dimensions, words and vectors";
  return new DataError({ code: "malformed", path, expected, received });
}
