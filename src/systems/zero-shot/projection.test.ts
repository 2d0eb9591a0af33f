/** @file Z and W against their formulas, word vectors as wink ships them, and the choice without labels. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { issueOf, type TestFolder, testFolder } from "../../data/testing.ts";
import { readWinkVectors } from "./formats/wink-vectors.ts";
import { fitW } from "./frozen-heads.ts";
import {
  compareProjection,
  fitProjection,
  isPlainWord,
  kMeans,
  leastSquares,
  loadProjection,
  mapThrough,
  mutualInformation,
} from "./projection.ts";
import { WordEncoder } from "./testing/word-encoder.ts";
import { unitRows, vectorsOf } from "./vectors.ts";

const encoder = new WordEncoder();
const rowsOf = (count: number, dim: number, by: number) =>
  vectorsOf(
    Float32Array.from({ length: count * dim }, (_, i) => Math.sin(by * i + i * i)),
    dim,
  );

/** (A'A + lambda I) X, which has to be the right side. */
function residual(
  a: ReturnType<typeof rowsOf>,
  x: Float64Array,
  right: (i: number, c: number) => number,
  lambda: number,
) {
  const columns = x.length / a.dim;
  let worst = 0;
  for (let i = 0; i < a.dim; i++) {
    for (let c = 0; c < columns; c++) {
      let sum = lambda * x[i * columns + c]!;
      for (let row = 0; row < a.count; row++) {
        for (let j = 0; j < a.dim; j++) {
          sum += a.data[row * a.dim + i]! * a.data[row * a.dim + j]! * x[j * columns + c]!;
        }
      }
      worst = Math.max(worst, Math.abs(sum - right(i, c)));
    }
  }
  return worst;
}

describe("least squares", () => {
  const [a, b] = [rowsOf(60, 9, 0.3), rowsOf(60, 4, 0.7)];
  const product = (x: typeof a, y: typeof a, i: number, c: number) => {
    let sum = 0;
    for (let row = 0; row < 60; row++) sum += x.data[row * x.dim + i]! * y.data[row * y.dim + c]!;
    return sum;
  };

  it("gives Z to 1e-8", () => {
    const z = leastSquares(a, b, 0.1);
    expect(residual(a, z, (i, c) => product(a, b, i, c), 0.1)).toBeLessThan(1e-8);
  });

  it("gives W to 1e-8, and the identity where lambda is all", () => {
    const t = rowsOf(60, 9, 1.9);
    const w = fitW(a, t, 2);
    const right = (i: number, c: number) => product(a, t, i, c) + (i === c ? 2 : 0);
    expect(residual(a, w, right, 2)).toBeLessThan(1e-8);
    fitW(a, t, 1e12).forEach((value, at) => {
      expect(value).toBeCloseTo(at % 10 === 0 ? 1 : 0, 6);
    });
  });
});

describe("word vectors", () => {
  let folder: TestFolder;
  beforeEach(() => {
    folder = testFolder();
    vi.stubEnv("DEEPDIVE_CACHE", folder.path);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    folder.remove();
  });

  const wink = (entries: readonly [string, number[]][]) =>
    JSON.stringify({
      precision: 8,
      dimensions: 3,
      words: entries.map(([word]) => word),
      vectors: Object.fromEntries(entries.map(([word, values], i) => [word, [...values, 1, i]])),
      unkVector: [0, 0, 0, 0, -1],
    });

  it("are read from wink's JSON in the order of the file, brackets and quotes in words and all", async () => {
    const path = folder.write(
      "v.json",
      wink([
        ["]", [1, 2, 3]],
        ['a"b', [4, 5, 6]],
        ["the", [0.5, -1, 2e-3]],
        ["of", [7, 8, 9]],
      ]),
    );
    const all = await readWinkVectors(path, 10);
    expect(all.words).toEqual(["]", 'a"b', "the", "of"]);
    expect([...all.data.slice(6, 9)]).toEqual([0.5, -1, 2e-3].map(Math.fround));
    expect((await readWinkVectors(path, 1, isPlainWord)).words).toEqual(["the"]);
    const other = folder.write("other.json", '{"a": 1}');
    expect((await issueOf(() => readWinkVectors(other, 5))).code).toBe("malformed");
    const short = folder.write("short.json", wink([["the", []]]));
    expect((await issueOf(() => readWinkVectors(short, 5))).received).toContain("2 values");
  });

  it("need a thousand words that the encoder knows", async () => {
    const vectors = { words: ["one", "two", "3d"], data: new Float32Array(9), dim: 3 };
    const issue = await issueOf(() => fitProjection(encoder, vectors));
    expect(issue.message).toMatchInlineSnapshot(
      `"vectors: expected at least 1000 words that encoder and word vectors share, received 2."`,
    );
  });

  it("make a projection that is kept in the cache", async () => {
    const letters = "abcdefghijkl";
    const words = Array.from(
      { length: 1200 },
      (_, i) =>
        `${letters[i % 12]}${letters[Math.floor(i / 12) % 12]}${letters[Math.floor(i / 144)]}`,
    );
    const path = folder.write(
      "v.json",
      wink(words.map((word, i) => [word, [Math.sin(i), Math.cos(i), 1]])),
    );
    const counting = new WordEncoder();
    const first = await loadProjection(counting, path);
    expect([first.rows, first.columns, first.words]).toEqual([24, 3, 1200]);
    const again = await loadProjection(counting, path);
    expect(again).toEqual(first);
    expect(counting.embedded).toBe(1200);
  });
});

describe("the choice without labels", () => {
  it("shares all with itself, and nothing with chance", () => {
    const a = Int32Array.from({ length: 400 }, (_, i) => i % 2);
    const b = Int32Array.from({ length: 400 }, (_, i) => Math.floor(i / 2) % 2);
    expect(mutualInformation(a, a, 2)).toBeCloseTo(1, 10);
    expect(mutualInformation(a, b, 2)).toBeCloseTo(0, 10);
  });

  it("finds clusters, and prefers the space whose labels agree with them", async () => {
    const centres = [0, 1, 2].map((c) => [0, 1, 2, 3].map((k) => (k === c ? 1 : 0)));
    const points = Array.from({ length: 90 }, (_, i) =>
      centres[i % 3]!.map((v, k) => v + 0.05 * Math.sin(i * (k + 1))),
    );
    const texts = unitRows(vectorsOf(Float32Array.from(points.flat()), 4));
    const clusters = await kMeans(texts, 3);
    const truth = Int32Array.from(points, (_, i) => i % 3);
    expect(mutualInformation(clusters, truth, 3)).toBeCloseTo(1, 6);
    const labels = vectorsOf(Float32Array.from(centres.flat()), 4);
    // This map throws two of the classes together.
    const matrix = Float64Array.of(1, 0, 1, 0, 0, 1, 0, 0);
    const bad = { matrix, rows: 4, columns: 2, words: 1 };
    const { plain, projected } = await compareProjection(texts, labels, bad);
    expect(plain).toBeCloseTo(1, 6);
    expect(projected).toBeLessThan(0.9);
    expect(mapThrough(labels, bad).data[2]).toBeCloseTo(1, 6);
  });
});
