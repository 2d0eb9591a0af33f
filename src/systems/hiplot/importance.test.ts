import { expect, it } from "vitest";
import { Bitset } from "./core/bits.ts";
import { jensenShannon } from "./core/importance.ts";
import { importance } from "./importance.ts";
import { Experiment } from "./public-experiment.ts";
import { Random } from "./sources/random.ts";

it("finds the columns behind a target, with the way they point", () => {
  const random = new Random(3);
  const rows = Array.from({ length: 300 }, () => {
    const [up, down, noise] = [random.next(), random.next(), random.next()];
    return { up, down, noise, target: 5 * up - 2 * down + 0.05 * random.normal() };
  });
  const found = importance(Experiment.fromIterable(rows), "target", { trees: 20 });
  expect(found.map(({ column }) => column)).toEqual(["up", "down", "noise"]);
  expect(found.map(({ sign }) => sign).slice(0, 2)).toEqual([1, -1]);
  // Of the target's variance 25/12 + 4/12 come from the two; shuffling doubles a column's part of it.
  expect(found[0]!.score).toBeGreaterThan(1);
  expect(Math.abs(found[2]!.score)).toBeLessThan(0.05);
});

it("ranks columns by how a selection differs from the rest", () => {
  const rows = Array.from({ length: 64 }, (_, i) => ({
    apart: i < 16 ? 1 : 2 + (i % 7),
    same: i % 4 < 2 ? 0.5 : i % 16,
  }));
  const selected = Bitset.from(
    64,
    Array.from({ length: 16 }, (_, i) => i),
  );
  const [first] = importance(Experiment.fromIterable(rows), { selected });
  expect(first).toEqual({ column: "apart", score: expect.closeTo(1, 12), sign: -1 });
});

it("measures Jensen-Shannon distance in bits", () => {
  expect(jensenShannon([1, 0], [0, 1])).toBe(1);
  expect(jensenShannon([0.5, 0.5], [0.5, 0.5])).toBe(0);
  // Divergence of (1, 0) and (1/2, 1/2): entropy of the mean less the mean entropy.
  const entropy = -(0.75 * Math.log2(0.75) + 0.25 * Math.log2(0.25));
  expect(jensenShannon([1, 0], [0.5, 0.5])).toBeCloseTo(Math.sqrt(entropy - 0.5), 12);
});

it("names the nearest column for one that is not there", () => {
  const made = Experiment.fromIterable([{ loss: 1 }, { loss: 2 }]);
  expect(() => importance(made, "los")).toThrow(
    "importance: there is no column los; the nearest is loss",
  );
});
