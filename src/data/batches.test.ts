/** @file Batches: every row once, resumable anywhere, similar lengths together. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { batchesPerEpoch, planEpoch, streamBatches, takeRows } from "./batches.ts";
import { issueOf } from "./testing.ts";

describe("planEpoch", () => {
  it("holds every row exactly once, or all but the rest that it drops", () => {
    fc.assert(
      fc.property(
        fc.nat(200),
        fc.integer({ min: 1, max: 33 }),
        fc.constantFrom("keep", "drop", "pad" as const),
        fc.boolean(),
        fc.boolean(),
        (count, batchSize, last, shuffle, bucketed) => {
          const lengths = bucketed
            ? Array.from({ length: count }, (_, i) => (i * 7) % 13)
            : undefined;
          const options = {
            batchSize,
            last,
            shuffle,
            seed: 3,
            window: 2,
            ...(lengths && { lengths }),
          };
          const plan = planEpoch(count, 5, options);
          expect(plan.length).toBe(batchesPerEpoch(count, options));
          const rows = plan.flatMap((batch) => [...batch.rows.subarray(0, batch.valid)]);
          expect(new Set(rows).size).toBe(rows.length);
          expect(rows.length).toBe(last === "drop" ? count - (count % batchSize) : count);
          if (last !== "keep") for (const batch of plan) expect(batch.rows.length).toBe(batchSize);
        },
      ),
      { seed: 1 },
    );
  });

  it("is the same for the same seed and epoch, another for another", () => {
    const options = { batchSize: 10, seed: 1 };
    expect(planEpoch(100, 2, options)).toEqual(planEpoch(100, 2, options));
    expect(planEpoch(100, 3, options)[0]!.rows).not.toEqual(planEpoch(100, 2, options)[0]!.rows);
    expect(
      planEpoch(6, 9, { batchSize: 4, shuffle: false }).map((batch) => [...batch.rows]),
    ).toEqual([
      [0, 1, 2, 3],
      [4, 5],
    ]);
  });

  it("puts similar lengths together, in an order that does not rise", () => {
    const lengths = Float64Array.from({ length: 3200 }, (_, i) => (i * 7919) % 512);
    const waste = (options: { lengths?: Float64Array }) =>
      planEpoch(3200, 0, { batchSize: 32, ...options })
        .map(({ rows }) => [...rows].map((row) => lengths[row]!))
        .map((row) => Math.max(...row) * row.length - row.reduce((sum, each) => sum + each, 0))
        .reduce((sum, each) => sum + each, 0);
    expect(waste({ lengths })).toBeLessThan(0.06 * waste({}));
    const first = planEpoch(3200, 0, { batchSize: 32, lengths }).map(
      (batch) => lengths[batch.rows[0]!]!,
    );
    expect(first).not.toEqual([...first].sort((a, b) => a - b));
  });

  it("refuses options that do not fit", async () => {
    expect(await issueOf(() => planEpoch(10, 0, { batchSize: 0 }))).toMatchObject({
      code: "option",
      field: "batchSize",
    });
    const lengths = [1, 2];
    expect((await issueOf(() => planEpoch(10, 0, { batchSize: 2, lengths }))).field).toBe(
      "lengths",
    );
    const drop = { batchSize: 11, last: "drop" } as const;
    expect((await issueOf(() => streamBatches(10, drop, () => 0))).code).toBe("option");
  });
});

it("a stream resumed at (epoch, batch) goes on as the unbroken one", async () => {
  const options = { batchSize: 4, seed: 9, epochs: 3 };
  const load = ({ rows }: { rows: Int32Array }) => rows.join();
  const collect = async (from: { epoch: number; batch: number }) => {
    const seen: string[] = [];
    for await (const batch of streamBatches(10, { ...options, from }, load)) {
      seen.push(`${batch.epoch}.${batch.index}: ${batch.data}`);
    }
    return seen;
  };
  const whole = await collect({ epoch: 0, batch: 0 });
  expect(whole.length).toBe(9);
  expect(await collect({ epoch: 1, batch: 1 })).toEqual(whole.slice(4));
});

it("takes rows", () => {
  const data = Float32Array.of(0, 1, 10, 11, 20, 21);
  expect(takeRows(data, 2, [2, 0, 2])).toEqual(Float32Array.of(20, 21, 0, 1, 20, 21));
});
