import { expect, it } from "vitest";
import { frameOf } from "./frame.ts";
import { inferTypes } from "./infer.ts";
import { pointsForJson, putRows } from "./put-rows.ts";
import type { Datapoint } from "./types.ts";

const point = (uid: string, fromUid: string | null, values: Datapoint["values"]): Datapoint => ({
  uid,
  fromUid,
  values,
});

it("adds rows, replaces those that are known, and knows parents among both", () => {
  const before = frameOf([point("a0", null, { loss: 3 }), point("b0", null, { loss: 4, lr: 1 })]);
  const after = putRows(before, [
    point("a1", "a0", { loss: 2, note: "new" }),
    point("b0", null, { loss: 5 }),
    point("c1", "c0", { loss: 1 }),
  ]);
  expect(Array.from({ length: after.rows }, (_, row) => after.datapoint(row))).toEqual([
    point("a0", null, { loss: 3 }),
    point("b0", null, { loss: 5 }),
    point("a1", "a0", { loss: 2, note: "new" }),
    point("c1", null, { loss: 1 }),
  ]);
  expect(after.names).toEqual(["uid", "from_uid", "loss", "lr", "note"]);
  // The frame that is shown meanwhile stays as it was.
  expect(before.datapoint(1).values).toEqual({ loss: 4, lr: 1 });
});

it("carries numbers that are none through JSON, and they stay special numbers of their column", () => {
  const points = pointsForJson([
    point("a", null, { loss: Number.NaN }),
    point("b", null, { loss: -Infinity }),
    point("c", null, { loss: 1 }),
  ]);
  const frame = putRows(
    frameOf([point("d", null, { loss: 2 })]),
    JSON.parse(JSON.stringify(points)),
  );
  const def = inferTypes(frame).get("loss")!;
  expect([def.numeric, def.special]).toEqual([true, true]);
});
