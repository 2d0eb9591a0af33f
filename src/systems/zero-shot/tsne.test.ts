import { describe, expect, it } from "vitest";
import { uniformStream } from "../../data/random.ts";
import { affinitiesOf, tsne } from "./tsne.ts";
import { products, unitRows, vectorsOf } from "./vectors.ts";

/** Three groups of unit vectors around directions far from one another. */
function groups(each: number, dim = 12) {
  const draw = uniformStream(7);
  const data = new Float32Array(3 * each * dim);
  for (let row = 0; row < 3 * each; row++) {
    for (let k = 0; k < dim; k++) {
      data[row * dim + k] = 0.35 * (draw() - 0.5) + (k === row % 3 ? 1 : 0);
    }
  }
  return unitRows(vectorsOf(data, dim));
}

describe("t-SNE", () => {
  it("keeps groups together: a point's nearest on the map are of its own group", async () => {
    const count = 90;
    const map = await tsne(groups(count / 3), { perplexity: 10, iterations: 300 });
    let right = 0;
    for (let i = 0; i < count; i++) {
      const distance = (j: number) =>
        (map[2 * i]! - map[2 * j]!) ** 2 + (map[2 * i + 1]! - map[2 * j + 1]!) ** 2;
      const nearest = [...Array(count).keys()]
        .filter((j) => j !== i)
        .sort((a, b) => distance(a) - distance(b))
        .slice(0, 10);
      right += nearest.filter((j) => j % 3 === i % 3).length / 10;
    }
    expect(right / count).toBeGreaterThan(0.99);
  });

  it("gives the same map for the same vectors, and tells of its steps", async () => {
    const steps: number[] = [];
    const settings = {
      perplexity: 5,
      iterations: 30,
      onStep: (_: Float64Array, n: number) => void steps.push(n),
    };
    const first = await tsne(groups(8), settings);
    expect(await tsne(groups(8), settings)).toEqual(first);
    expect(steps.slice(0, 3)).toEqual([10, 20, 30]);
  });

  it("gives each point the wanted perplexity, and all pairs together 1", async () => {
    const vectors = groups(20);
    const cosines = await products(vectors, vectors);
    const { from, to, share } = affinitiesOf(cosines, 60, 8);
    expect(2 * share.reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 9);
    expect([...from].every((each, pair) => each < to[pair]!)).toBe(true);
    // A pair that both ends count among their nearest weighs more than one that only one does.
    expect(Math.max(...share)).toBeLessThan(1 / 60);
  });

  it("stops when told", async () => {
    const controller = new AbortController();
    controller.abort();
    await expect(tsne(groups(8), { signal: controller.signal })).rejects.toThrow("abort");
  });

  it("leaves a few points where they are", async () => {
    expect(await tsne(unitRows(vectorsOf(Float32Array.of(1, 0, 0, 1), 2)))).toHaveLength(4);
  });
});
