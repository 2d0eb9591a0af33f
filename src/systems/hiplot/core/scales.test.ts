import { describe, expect, it } from "vitest";
import { Bitset } from "./bits.ts";
import { brushFilter, extentOf, pixelsOf } from "./brush.ts";
import { columnOf } from "./columns.ts";
import { axisPositions, lineOpacity, selectedShare, weightOf, xyOpacity } from "./drawing.ts";
import { distribution } from "./histogram.ts";
import { type ColumnDef, inferType } from "./infer.ts";
import { createScale, linearTicks, logTicks, type NumberScale, positionOf } from "./scales.ts";
import type { ParamType, Value } from "./types.ts";

const def = (values: Value[], type?: ParamType): ColumnDef =>
  inferType(columnOf("x", values), { hints: { x: type === undefined ? {} : { type } } })!;
const scale = (values: Value[], type?: ParamType, inverted = false) =>
  createScale(def(values, type), inverted ? [0, 100] : [100, 0]) as NumberScale;

describe("scales", () => {
  it.each([
    ["numeric", [0, 10], 2.5, 75],
    ["numericlog", [1, 100], 10, 50],
    ["numericpercentile", [1, 2, 50, 1000, 1001], 50, 50],
    ["numericpercentile", [1, 2, 50, 1000, 1001], 525, 37.5],
    ["timestamp", [1000, 2000], 1500, 50],
  ] as const)("%s of %j puts %d at %d and back", (type, values, value, pixel) => {
    const made = scale([...values], type);
    expect(made.position(value)).toBeCloseTo(pixel, 9);
    expect(made.invert(pixel)).toBeCloseTo(value, 6);
    expect(scale([...values], type, true).position(value)).toBeCloseTo(100 - pixel, 9);
  });

  it("keep 30 pixels at the far end for what is no finite number", () => {
    const made = scale([0, 10, Number.NaN, null]);
    expect(made.lane).toBe(true);
    expect([made.position(0), made.position(10), made.position(Number.NaN)]).toEqual([100, 30, 0]);
    expect(positionOf(made, null)).toBe(0);
    expect(made.ticks(5).at(-1)).toEqual({ position: 0, label: "nan/inf/null" });
    const inverted = scale([0, 10, Infinity], undefined, true);
    expect([inverted.position(0), inverted.position(10), inverted.position(Infinity)]).toEqual([
      0, 70, 100,
    ]);
  });

  it("put categories at equal distances by code units, a single one in the middle", () => {
    const made = createScale(def(["b", "", "a"]), [100, 0]);
    expect(
      ["(empty)", "a", "b"].map((text) =>
        (made as { position(text: string): number }).position(text),
      ),
    ).toEqual([100, 50, 0]);
    expect(positionOf(createScale(def(["a"]), [100, 0]), "a")).toBe(50);
    expect(positionOf(made, "c")).toBeNaN();
  });

  it("have round ticks", () => {
    expect(linearTicks([0, 1], 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(linearTicks([-3, 17], 4)).toEqual([0, 5, 10, 15]);
    expect(logTicks([1e-4, 1], 4)).toEqual([1e-4, 1e-3, 1e-2, 1e-1, 1]);
    expect(
      scale([0.001, 0.1, 10], "numericlog")
        .ticks(5)
        .map(({ label }) => label),
    ).toEqual(["1.0e-3", "1.0e-2", "1.0e-1", "1.0e+0", "1.0e+1"]);
    expect(scale([1_577_836_800, 1_577_923_200], "timestamp").ticks(3)[0]!.label).toBe(
      "01-01 00:00",
    );
  });
});

describe("brushes", () => {
  it("select the extremes from the ends of an axis, and special values from its lane", () => {
    const made = scale([0.1, 0.7, 1e3, Infinity], "numericlog");
    const whole = brushFilter("x", extentOf(made, [0, 100]));
    expect(whole.data).toMatchObject({ include_infnans: true });
    const { min, max } = whole.data as { min: number; max: number };
    expect(min).toBeLessThanOrEqual(0.1);
    expect(max).toBeGreaterThanOrEqual(1e3);
    expect(extentOf(made, [40, 100]).include_infnans).toBe(false);
  });

  it("are drawn where their range lies", () => {
    const made = scale([0, 10]);
    const filter = {
      type: "Range" as const,
      data: { col: "x", type: "numeric" as const, min: 2, max: 7 },
    };
    expect(pixelsOf(made, filter)!.map(Math.round)).toEqual([30, 80]);
    expect(pixelsOf(made, { ...filter, data: { ...filter.data, min: 20, max: 30 } })).toBeNull();
  });
});

it("counts distributions in bins of the scale, as shares of each set's own total", () => {
  const values = [1, 10, 10, 100, 1000, Number.NaN];
  const sets = { all: Bitset.full(6), selected: Bitset.from(6, [1, 2, 3]) };
  const { bins, horizontal } = distribution(
    columnOf("x", values),
    def(values, "numericlog"),
    sets,
    3,
  );
  expect(horizontal).toBe(false);
  expect(bins.map(({ all, selected }) => [all, selected])).toEqual([
    [1, 0],
    [2, 2],
    [2, 1],
  ]);
  expect(bins[1]).toMatchObject({ allShare: 0.4, selectedShare: 2 / 3 });
  const texts = ["a", "b", "b", "c", "c", "c"];
  const categories = distribution(columnOf("x", texts), def(texts), sets);
  expect(categories.horizontal).toBe(true);
  expect(categories.bins.map(({ label, selected }) => [label, selected])).toEqual([
    ["b", 2],
    ["c", 1],
    ["a", 0],
  ]);
});

it("has HiPlot's constants of drawing", () => {
  expect(lineOpacity(1)).toBe(1);
  expect(lineOpacity(10_000)).toBeCloseTo(2 / 10_000 ** 0.3, 12);
  expect(xyOpacity(1_000, 800, 500)).toEqual({ line: 3 / 1_000 ** 0.3, dot: 4 / 1_000 ** 0.3 });
  expect(axisPositions(3, 1_000)).toEqual([40, 500, 960]);
  expect([selectedShare(1, 3), selectedShare(0, 0)]).toEqual(["33.3", "0.00"]);
  expect([2.5, -1, Number.NaN, Infinity, 0].map(weightOf)).toEqual([2.5, 1, 1, 1, 1]);
});
