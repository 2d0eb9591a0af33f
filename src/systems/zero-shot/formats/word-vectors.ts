// Word vectors from text files: GloVe (word, numbers) and word2vec (the same after a line of sizes).
import { DataError } from "../../../data/errors.ts";
import { readLineBlocks } from "../../../data/read/source.ts";

/** Words in the order of the file (by frequency, as such files are), with a vector each. */
export interface WordVectors {
  readonly words: readonly string[];
  /** [words, dim] row by row. */
  readonly data: Float32Array;
  readonly dim: number;
}

/**
 * Reads the first vectors of a file (gzipped or not).
 *
 * @param limit lines to read at most; default all
 * @throws DataError with the line of a row that has another number of values, or a value that is none
 */
export async function readWordVectors(path: string, limit = Infinity): Promise<WordVectors> {
  const words: string[] = [];
  let dim = 0;
  let data = new Float32Array(0);
  read: for await (const { text, firstLine } of readLineBlocks(path, { invalidBytes: "replace" })) {
    for (const [at, line] of text.split("\n").entries()) {
      const fields = line.trimEnd().split(" ");
      if (fields.length === 1 && fields[0] === "") continue;
      // word2vec's first line: the number of words and of values.
      if (dim === 0 && fields.length === 2 && fields.every((each) => /^\d+$/.test(each))) continue;
      if (words.length >= limit) break read;
      dim ||= fields.length - 1;
      if (data.length < (words.length + 1) * dim) data = grown(data, dim);
      // A few words of GloVe's larger files hold blanks: the values are the last fields.
      const values = fields.slice(-dim);
      const more = fields.slice(1, -dim);
      if (dim < 1 || fields.length <= dim || (more.length > 0 && more.every(isNumber))) {
        throw ragged(path, firstLine + at, `${dim} values`, `${fields.length - 1}`);
      }
      const from = words.length * dim;
      values.forEach((value, k) => {
        if (!isNumber(value)) {
          throw ragged(path, firstLine + at, "numbers", JSON.stringify(value.slice(0, 24)));
        }
        data[from + k] = Number(value);
      });
      words.push(fields.slice(0, fields.length - dim).join(" "));
    }
  }
  return { words, data: data.slice(0, words.length * dim), dim };
}

function isNumber(text: string): boolean {
  return text !== "" && Number.isFinite(Number(text));
}

function grown(data: Float32Array, dim: number): Float32Array<ArrayBuffer> {
  const larger = new Float32Array(Math.max(1024 * dim, 2 * data.length));
  larger.set(data);
  return larger;
}

function ragged(path: string, line: number, expected: string, received: string): DataError {
  const want = `a word and ${expected}, like the lines above it`;
  return new DataError({ code: "row-length", path, line, expected: want, received });
}
