import { describe, expect, it } from "vitest";
import type { Filter, RangeFilter } from "../../systems/hiplot/core/filters.ts";
import { frameOf } from "../../systems/hiplot/core/frame.ts";
import { PlotModel } from "./model.ts";

const frame = frameOf(
  Array.from({ length: 100 }, (_, i) => ({
    uid: `r${i}`,
    fromUid: null,
    values: { a: i, b: (i * 37) % 100, c: i % 3 === 0 ? "x" : "y" },
  })),
);

function range(col: string, min: number, max: number): RangeFilter {
  return { type: "Range", data: { col, type: "numeric", min, max, include_infnans: false } };
}

describe("the plot's model", () => {
  it("joins brushes of one axis by or, those of two by and", () => {
    const model = new PlotModel(frame);
    model.brush("a", [range("a", 0, 9), range("a", 90, 99)]);
    expect(model.selectedCount).toBe(20);
    model.brush("b", [range("b", 0, 49)]);
    const rows = [...model.selected.rows()];
    expect(rows).toEqual(
      Array.from({ length: 100 }, (_, i) => i).filter(
        (i) => (i < 10 || i >= 90) && (i * 37) % 100 < 50,
      ),
    );
  });

  it("keeps, excludes and restores; each step can be undone and redone", () => {
    const model = new PlotModel(frame);
    model.brush("a", [range("a", 0, 49)]);
    model.keep();
    expect([model.selection.keptCount, model.selectedCount]).toEqual([50, 50]);
    expect(model.def("a")?.bounds?.[1]).toBe(49);
    model.brush("a", [range("a", 0, 9)]);
    model.exclude();
    expect(model.selection.keptCount).toBe(40);
    const not: Filter = { type: "Not", data: range("a", 0, 9) };
    expect(model.state.filters).toEqual([range("a", 0, 49), not]);
    model.undo();
    expect([model.selection.keptCount, model.selectedCount]).toEqual([50, 10]);
    model.redo();
    expect(model.selection.keptCount).toBe(40);
    model.restore();
    expect(model.selection.keptCount).toBe(100);
  });

  it("moves, inverts, removes and shows axes", () => {
    const model = new PlotModel(frame, { displayData: { PARALLEL_PLOT: { hide: ["uid"] } } });
    expect(model.state.axes).toEqual(["a", "b", "c"]);
    model.moveAxis("c", 0);
    model.hideAxis("b");
    expect(model.state.axes).toEqual(["c", "a"]);
    model.showAxis("b");
    expect(model.state.axes).toEqual(["c", "a", "b"]);
    model.invertAxis("a");
    expect(model.scale("a", 200)?.range).toEqual([0, 200]);
    for (let step = 0; step < 4; step++) model.undo();
    expect(model.state.axes).toEqual(["a", "b", "c"]);
    expect(model.canUndo).toBe(false);
  });

  it("leaves axes that no canvas has room for among the hidden ones", () => {
    const values = (i: number) =>
      Object.fromEntries(Array.from({ length: 400 }, (_, c) => [`c${c}`, c * i]));
    const wide = frameOf([0, 1, 2].map((i) => ({ uid: `${i}`, fromUid: null, values: values(i) })));
    const model = new PlotModel(wide);
    expect(model.state.axes).toHaveLength(150);
    expect(model.state.hidden.at(-1)?.reason).toBe("more than 150 columns");
  });
});
