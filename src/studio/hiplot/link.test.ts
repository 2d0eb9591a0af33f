import { expect, it } from "vitest";
import { frameOf } from "../../systems/hiplot/core/frame.ts";
import { readLink } from "./link.ts";

const frame = frameOf([
  { uid: "1", fromUid: null, values: { lr: 0.1, "train f1": 0.5 } },
  { uid: "2", fromUid: null, values: { lr: 0.2, "train f1": 0.7 } },
]);

function link(values: Record<string, unknown>): string {
  const url = new URL("http://localhost/compare");
  for (const [key, value] of Object.entries(values)) {
    url.searchParams.set(`hip.${key}`, JSON.stringify(value));
  }
  return url.href;
}

it("reads HiPlot's keys", () => {
  const filter = { type: "Search", data: "0.1" };
  const { state, height, notices } = readLink(
    link({
      filters: [filter],
      color_by: "lr",
      "params.train f1.type": "numericpercentile",
      "PARALLEL_PLOT.order": ["train f1", "lr"],
      "PARALLEL_PLOT.invert": ["lr"],
      "PARALLEL_PLOT.height": 300,
    }),
    frame,
  );
  expect(notices).toEqual([]);
  expect(height).toBe(300);
  expect(state).toMatchObject({
    filters: [filter],
    colorBy: "lr",
    types: { "train f1": "numericpercentile" },
    axes: ["train f1", "lr"],
    inverted: new Set(["lr"]),
  });
});

it("reads what the other views show, hidden columns without an order, and keys with another prefix", () => {
  const values = {
    "XY.axis_x": "lr",
    "XY.axis_y": "train f1",
    "XY.highlightType": "children",
    "DISTRIBUTION.axis": "lr",
    "PARALLEL_PLOT.hide": ["lr"],
  };
  const { view, hide, state, notices } = readLink(link(values), frame);
  expect(view).toEqual({
    xy: { x: "lr", y: "train f1", relatives: "children" },
    distribution: "lr",
  });
  expect([hide, state.axes, notices]).toEqual([["lr"], undefined, []]);
  const other = link({ color_by: "lr" }).replace("hip.", "mine.");
  expect(readLink(other, frame, "mine.").state.colorBy).toBe("lr");
  expect(readLink(other, frame).state.colorBy).toBeUndefined();
});

it("names what cannot be applied, and applies the rest", () => {
  const { state, notices } = readLink(
    `${link({ color_by: "gone", "PARALLEL_PLOT.order": ["lr", "old"] })}&hip.filters=[broken`,
    frame,
  );
  expect(state.axes).toEqual(["lr"]);
  expect(state.colorBy).toBeUndefined();
  expect(notices).toEqual([
    "hip.filters in the link is no JSON, so it is not applied",
    'hip.color_by in the link names "gone", which is no column here',
    'hip.PARALLEL_PLOT.order in the link names "old", which is no column here',
  ]);
});
