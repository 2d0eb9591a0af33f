/** @file Votes combined: by hand for three rows, and against a reference in numpy. */
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { threefry } from "../../data/random.ts";
import { issueOf } from "../../data/testing.ts";
import { combine, sourceAgreement } from "./combine.ts";

interface Golden {
  readonly classes: number;
  readonly votes: readonly (readonly number[])[];
  readonly majority: readonly (readonly number[])[];
  readonly posterior: readonly (readonly number[])[];
  readonly rounds: number;
  readonly accuracy: readonly number[];
}

const golden = JSON.parse(
  await readFile(new URL("./fixtures/dawid-skene.json", import.meta.url), "utf8"),
) as Golden;
const votes = Int32Array.from(golden.votes.flat());
const sizes = { sources: golden.votes[0]!.length, classes: golden.classes };

const worst = (ours: Float64Array, theirs: readonly number[]) =>
  Math.max(...theirs.map((each, i) => Math.abs(each - ours[i]!)));

describe("a majority", () => {
  it("is the share of a row's votes, and reports its sources", () => {
    // Three sources, two classes: agreement, 2 against 1, one vote alone, none.
    const table = Int32Array.from([0, 0, 0, 1, 1, 0, -1, 1, -1, -1, -1, -1]);
    const { posterior, sources, rounds } = combine(table, { sources: 3, classes: 2 }, "majority");
    [1, 0, 1 / 3, 2 / 3, 0, 1, 0.5, 0.5].forEach((want, i) => {
      expect(posterior[i]).toBeCloseTo(want, 12);
    });
    expect(rounds).toBe(0);
    expect(sources[0]).toMatchObject({ coverage: 0.5, overlap: 0.5, conflict: 0.25 });
    expect(sources[0]!.accuracy).toBeCloseTo((1 + 2 / 3) / 2, 12);
    expect(sources[1]).toMatchObject({ coverage: 0.75, overlap: 0.5, conflict: 0.25 });
    expect(sources[1]!.accuracy).toBeCloseTo((1 + 2 / 3 + 1) / 3, 12);
    expect(sources[2]).toMatchObject({ coverage: 0.5, conflict: 0.25 });
  });

  it("is what numpy has for the larger table", () => {
    const { posterior } = combine(votes, sizes, "majority");
    expect(worst(posterior, golden.majority.flat())).toBeLessThan(1e-10);
  });
});

describe("Dawid and Skene's EM", () => {
  it("is undecided where two equal sources contradict each other, and sure where they agree", () => {
    const table = Int32Array.from([0, 0, 1, 1, 0, 1]);
    const { posterior } = combine(table, { sources: 2, classes: 2 });
    expect(posterior[4]).toBeCloseTo(0.5, 12);
    expect(posterior[0]).toBeCloseTo(posterior[3]!, 12);
    expect(posterior[0]).toBeGreaterThan(0.97);
  });

  it("gives the probabilities of the reference", () => {
    const { posterior, sources, rounds } = combine(votes, sizes);
    expect(rounds).toBe(golden.rounds);
    expect(worst(posterior, golden.posterior.flat())).toBeLessThan(1e-9);
    const accuracy = Float64Array.from(sources, (each) => each.accuracy);
    expect(worst(accuracy, golden.accuracy)).toBeLessThan(1e-9);
  });

  it("knows the good source from the bad, and beats the majority", () => {
    const worth = [0.9, 0.6, 0.55, 0.5, 0.5];
    const truth = Array.from({ length: 600 }, (_, row) => row % 3);
    const table = Int32Array.from(
      truth.flatMap((label, row) =>
        worth.map((right, s) => {
          const [chance, other] = threefry([5, s], [row, 0]);
          return chance / 2 ** 32 < right ? label : (label + 1 + (other % 2)) % 3;
        }),
      ),
    );
    const size = { sources: worth.length, classes: 3 };
    const accuracy = (posterior: Float64Array) =>
      truth.filter((label, row) => {
        const own = posterior.subarray(row * 3, row * 3 + 3);
        return own.indexOf(Math.max(...own)) === label;
      }).length / truth.length;
    const { posterior, sources } = combine(table, size);
    expect(accuracy(posterior)).toBeGreaterThan(
      accuracy(combine(table, size, "majority").posterior) + 0.05,
    );
    sources.forEach((each, s) => {
      expect(Math.abs(each.accuracy - worth[s]!)).toBeLessThan(0.06);
    });
  });

  it("gives rows without a vote the shares of the classes", () => {
    const { posterior } = combine(votes, sizes);
    const own = posterior.subarray(7 * sizes.classes, 8 * sizes.classes);
    expect(own[0]).toBeGreaterThan(own[2]!);
    expect(own.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
  });
});

it("counts where two sources agree", () => {
  const table = Int32Array.from([0, 0, -1, 1, 0, -1]);
  expect([...sourceAgreement(table, 3)].slice(0, 2)).toEqual([1, 0.5]);
  expect(sourceAgreement(table, 3)[2]).toBeNaN();
});

it("refuses votes that are no classes, or no whole rows", async () => {
  const bad = await issueOf(() => combine(Int32Array.from([0, 3]), { sources: 1, classes: 3 }));
  expect(bad.message).toMatchInlineSnapshot(
    `"votes: expected classes 0 to 2, or -1 to abstain, received 3 in row 1, source 0."`,
  );
  const ragged = await issueOf(() => combine(new Int32Array(3), { sources: 2, classes: 2 }));
  expect(ragged.expected).toBe("rows of 2 votes");
});
