import { expect, it } from "vitest";
import { constructedRuns } from "../fixtures/constructed-runs.ts";
import { chainsOf, rowsOfChain } from "./chains.ts";
import { frameOf } from "./frame.ts";
import { higherIsBetter, measurePairs } from "./metrics.ts";
import { badgesOfFrame } from "./run-badges.ts";
import type { Datapoint } from "./types.ts";

it("splits rows into runs; a fork begins one of its own", () => {
  const from = (uid: string, fromUid: string | null): Datapoint => ({ uid, fromUid, values: {} });
  const points = [
    from("b1", "b0"),
    from("a0", null),
    from("a1", "a0"),
    from("b0", "a0"),
    from("x", null),
  ];
  const chains = chainsOf(frameOf(points));
  const runs = Array.from({ length: chains.count }, (_, run) =>
    Array.from(rowsOfChain(chains, run), (row) => points[row]!.uid),
  );
  expect(runs).toEqual([["a0", "a1"], ["b0", "b1"], ["x"]]);
});

it("pairs training with validation whatever the names are written like", () => {
  expect(measurePairs(["lr", "train f1", "train/loss", "valid/loss", "valid f1"])).toEqual([
    { measure: "loss", train: "train/loss", valid: "valid/loss" },
    { measure: "f1", train: "train f1", valid: "valid f1" },
  ]);
  expect(measurePairs(["loss", "val_loss"])).toEqual([
    { measure: "loss", train: "loss", valid: "val_loss" },
  ]);
  expect(measurePairs(["loss", "valid"])).toEqual([]);
  expect(["valid/f1", "val_acc", "valid/loss", "mapped"].map(higherIsBetter)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

it("judges the runs of a frame as their curves alone are judged, and knows the best epoch's row", () => {
  const runs = constructedRuns().filter(({ lowerIsBetter }) => lowerIsBetter !== false);
  const points = runs.flatMap(({ train, valid }, run) =>
    train.map(
      (loss, epoch): Datapoint => ({
        uid: `${run}_${epoch}`,
        fromUid: epoch === 0 ? null : `${run}_${epoch - 1}`,
        values: { epoch: 10 * epoch, "train/loss": loss, "valid/loss": valid[epoch]! },
      }),
    ),
  );
  const frame = frameOf(points);
  const found = badgesOfFrame(frame, chainsOf(frame))!;
  expect(found.byRun.map((badge) => badge?.fit)).toEqual(runs.map(({ expected }) => expected));
  for (const badge of found.byRun) {
    expect(frame.value(badge!.bestRow, "epoch")).toBe(badge!.bestStep);
    expect(frame.value(badge!.bestRow, "valid/loss")).toBe(badge!.bestValue);
    expect(badge!.bestStep).toBe(10 * badge!.best);
  }
});

it("has no verdict on curves of three values, nor without a pair of columns", () => {
  const row = (epoch: number, values: Record<string, number>): Datapoint => ({
    uid: String(epoch),
    fromUid: epoch === 0 ? null : String(epoch - 1),
    values,
  });
  const short = frameOf([0, 1, 2].map((i) => row(i, { "train/loss": 3 - i, "valid/loss": 3 - i })));
  expect(badgesOfFrame(short, chainsOf(short))).toBeNull();
  const single = frameOf([0, 1, 2, 3, 4].map((i) => row(i, { loss: i })));
  expect(badgesOfFrame(single, chainsOf(single))).toBeNull();
});
