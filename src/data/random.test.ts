/** @file Random numbers against the published answers, permutations against what they must be. */
import { expect, it } from "vitest";
import { permutation, threefry } from "./random.ts";

it("gives the known answers of Threefry-2x32-20 (Random123's kat_vectors)", () => {
  expect(threefry([0, 0], [0, 0])).toEqual([0x6b200159, 0x99ba4efe]);
  expect(threefry([-1, -1], [-1, -1])).toEqual([0x1cb996fc, 0xbb002be7]);
  expect(threefry([0x13198a2e, 0x03707344], [0x243f6a88, 0x85a308d3])).toEqual([
    0xc4923a9c, 0x483df7a0,
  ]);
});

it("permutes: each number once, another order for another seed or stream, each place as likely", () => {
  const order = permutation(1000, 7);
  expect([...order].sort((a, b) => a - b)).toEqual([...order.keys()]);
  expect(permutation(1000, 7)).toEqual(order);
  expect(permutation(1000, 8)).not.toEqual(order);
  expect(permutation(1000, 7, 1)).not.toEqual(order);
  expect(permutation(1000, 7 + 2 ** 40)).not.toEqual(order);
  const counts = new Array<number>(24).fill(0);
  for (let seed = 0; seed < 6000; seed++) {
    const [a, b, c] = permutation(4, seed) as unknown as [number, number, number];
    counts[a * 6 + (b - Number(b > a)) * 2 + Number(c > 6 - a - b - c)]!++;
  }
  // 24 orders, 250 expected of each: chi-squared with 23 degrees of freedom is below 49.7 at 0.1%.
  const chiSquared = counts.reduce((sum, count) => sum + (count - 250) ** 2 / 250, 0);
  expect(chiSquared).toBeLessThan(49.7);
  expect([...permutation(0, 1)]).toEqual([]);
});
