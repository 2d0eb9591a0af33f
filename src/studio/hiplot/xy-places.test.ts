import { expect, it } from "vitest";
import { chainsOf } from "../../systems/hiplot/core/chains.ts";
import { frameOf } from "../../systems/hiplot/core/frame.ts";
import { PlotModel } from "./model.ts";
import { axisDef, smoothedAlong, zoomedTo } from "./xy-places.ts";

const frame = frameOf(
  [0, 1].flatMap((run) =>
    [0, 1, 2].map((epoch) => ({
      uid: `${run}_${epoch}`,
      fromUid: epoch === 0 ? null : `${run}_${epoch - 1}`,
      values: { epoch, loss: 1 + 9 * run + epoch },
    })),
  ),
);

it("smooths each run by itself: the mean of what was so far, by falling weights", () => {
  const y = Float32Array.from([4, 0, Number.NaN, 8, 8, 8]);
  const smooth = smoothedAlong(y, chainsOf(frame), 0.5);
  // (4/4 + 0/2) / (1/4 + 1/2) = 4/3; a run of equal values stays as it is.
  expect(Array.from(smooth)).toEqual([4, expect.closeTo(4 / 3, 5), Number.NaN, 8, 8, 8]);
  expect(smoothedAlong(y, chainsOf(frame), 0)).toBe(y);
});

it("puts an axis on a log scale or takes it off, where all values allow it", () => {
  const model = new PlotModel(frame);
  expect(axisDef(model, "loss", null)?.type).toBe("numeric");
  expect(axisDef(model, "loss", true)?.type).toBe("numericlog");
  expect(axisDef(model, "epoch", true)?.type).toBe("numeric");
  model.setType("loss", "numericlog");
  expect(axisDef(model, "loss", false)?.type).toBe("numeric");
});

it("zooms into a zoom", () => {
  const size = { width: 100, height: 100 };
  const once = zoomedTo({ x: [0, 100], y: [0, 100] }, size, { x: 50, y: 0 }, { x: 100, y: 50 });
  expect(once).toEqual({ x: [50, 100], y: [0, 50] });
  const twice = zoomedTo(once, size, { x: 100, y: 200 }, { x: 50, y: 50 });
  expect(twice).toEqual({ x: [75, 100], y: [25, 50] });
});
