import { expect, it } from "vitest";
import { Bitset } from "./bits.ts";
import { chainsOf } from "./chains.ts";
import { bestShare, withExtreme } from "./extremes.ts";
import { applyFilter } from "./filters.ts";
import { frameOf } from "./frame.ts";
import { inferTypes } from "./infer.ts";

it("gives every row of a run the least or greatest value that the run reaches", () => {
  const loss = { a: [3, 1, 2], b: [Number.NaN, 7], c: [Number.NaN] };
  const frame = frameOf(
    Object.entries(loss).flatMap(([run, values]) =>
      values.map((value, i) => ({
        uid: `${run}${i}`,
        fromUid: i === 0 ? null : `${run}${i - 1}`,
        values: { loss: value },
      })),
    ),
  );
  const chains = chainsOf(frame);
  const both = withExtreme(withExtreme(frame, chains, "loss", "min"), chains, "loss", "max");
  const cells = (name: string) => Array.from({ length: 6 }, (_, row) => both.value(row, name));
  expect(cells("min loss")).toEqual([1, 1, 1, 7, 7, undefined]);
  expect(cells("max loss")).toEqual([3, 3, 3, 7, 7, undefined]);
  expect(withExtreme(both, chains, "loss", "min")).toBe(both);
  expect([both.parentOf(1), both.datapoint(5).uid]).toEqual([0, "c0"]);
});

it("finds the best share among the rows kept, ties with the last one included", () => {
  const values = [5, 1, 4, 2, 2, Number.NaN, 3, 9, 8, 7, 6];
  const frame = frameOf(values.map((x, i) => ({ uid: String(i), fromUid: null, values: { x } })));
  const def = inferTypes(frame).get("x")!;
  const all = Bitset.full(frame.rows);
  const found = (share: number, extreme: "min" | "max", kept = all) =>
    Array.from(
      applyFilter(frame, bestShare(frame, def, kept, share, extreme)!).rows(),
      (row) => values[row],
    ).sort();
  expect(found(0.2, "min")).toEqual([1, 2, 2]);
  expect(found(0.1, "max")).toEqual([9]);
  expect(found(0.3, "max")).toEqual([7, 8, 9]);
  // Without the two greatest rows the third is the best.
  expect(
    bestShare(frame, def, all.without(Bitset.from(frame.rows, [7, 8])), 0.1, "max")?.data.min,
  ).toBe(7);
  expect(bestShare(frame, def, Bitset.from(frame.rows, [5]), 0.5, "min")).toBeNull();
});
