/** @file `einsum` against the sum over all indices that defines it, and its messages. */
import { describe, expect, it } from "vitest";
import { einsum, randomKey, randomNormal, type Tensor, tensor, zeros } from "../index.ts";

/** Σ over all letters, straight from the definition (no dots). */
async function byDefinition(spec: string, xs: readonly Tensor[]): Promise<number[]> {
  const [inputs, output] = spec.split("->");
  const terms = inputs.split(",");
  const size = new Map<string, number>();
  for (const [i, term] of terms.entries())
    for (const [axis, label] of [...term].entries()) size.set(label, xs[i].shape[axis]);
  const letters = [...output, ...[...size.keys()].filter((l) => !output.includes(l))];
  const values = await Promise.all(xs.map((x) => x.numbers()));
  const result = new Array<number>(
    [...output].reduce((n, l) => n * (size.get(l) as number), 1),
  ).fill(0);
  const offset = (term: string, at: ReadonlyMap<string, number>): number =>
    [...term].reduce((o, l) => o * (size.get(l) as number) + (at.get(l) as number), 0);
  const walk = (k: number, at: Map<string, number>): void => {
    if (k === letters.length) {
      const product = terms.reduce((p, term, i) => p * values[i][offset(term, at)], 1);
      result[offset(output, at)] += product;
      return;
    }
    for (let v = 0; v < (size.get(letters[k]) as number); v++) walk(k + 1, at.set(letters[k], v));
  };
  walk(0, new Map());
  return result;
}

describe("einsum", () => {
  it.each([
    [
      "ij,jk->ik",
      [
        [2, 3],
        [3, 4],
      ],
    ],
    [
      "ij,jk->ki",
      [
        [2, 3],
        [3, 4],
      ],
    ],
    [
      "bhqd,bhkd->bhqk",
      [
        [2, 2, 3, 4],
        [2, 2, 5, 4],
      ],
    ],
    [
      "ijk,kl,lj->i",
      [
        [2, 3, 4],
        [4, 2],
        [2, 3],
      ],
    ],
    ["ii->i", [[3, 3]]],
    ["iij,j->ij", [[3, 3, 2], [2]]],
    ["i,j,k->kij", [[2], [3], [2]]],
    [
      "ab,cd->",
      [
        [2, 3],
        [3, 2],
      ],
    ],
    ["abc->b", [[2, 3, 4]]],
    [
      "ab,ab,ab->ba",
      [
        [2, 3],
        [2, 3],
        [2, 3],
      ],
    ],
  ] as [string, number[][]][])("%s is the sum over its letters", async (spec, shapes) => {
    const xs = shapes.map((shape, i) => randomNormal(randomKey(i), shape));
    const found = await einsum(spec, ...xs).numbers();
    const expected = await byDefinition(spec, xs);
    expect(found).toHaveLength(expected.length);
    for (const [i, v] of expected.entries()) expect(found[i]).toBeCloseTo(v, 4);
  });

  it("gives the letters that occur once where no result is named", async () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    expect(await einsum("ij,jk", x, x).array()).toEqual([
      [7, 10],
      [15, 22],
    ]);
    expect(await einsum("ba", x).array()).toEqual([
      [1, 3],
      [2, 4],
    ]);
    expect(await einsum("ii", x).item()).toBe(5);
  });

  it("broadcasts the axes under the dots", () => {
    expect(einsum("...ij,...jk->...ik", zeros([5, 1, 2, 3]), zeros([4, 3, 6])).shape).toEqual([
      5, 4, 2, 6,
    ]);
    expect(einsum("i...->...", zeros([2, 3, 4])).shape).toEqual([3, 4]);
    expect(einsum("...,...", zeros([2, 1]), zeros([3])).shape).toEqual([2, 3]);
  });

  it("says what does not fit", () => {
    const a = zeros([2, 3]);
    for (const call of [
      () => einsum("ij,jk->ik", a),
      () => einsum("ij,jk->ik", a, a),
      () => einsum("ijk->i", a),
      () => einsum("ij->ik", a),
      () => einsum("ij->ii", a),
      () => einsum("i1->i", a),
    ])
      expect(call).toThrowErrorMatchingSnapshot();
  });
});
