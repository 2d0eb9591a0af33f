import { describe, expect, it } from "vitest";
import { Bitset } from "./bits.ts";
import { colormap, colours, parseColour } from "./colour.ts";
import { columnOf, numbersOf } from "./columns.ts";
import { drawnColumns } from "./drawing.ts";
import { frameOf } from "./frame.ts";
import { inferAgain, inferType, inferTypes } from "./infer.ts";
import { JsonError, parseJson } from "./json.ts";
import { seededNumber } from "./seeded.ts";
import { argsort } from "./sorted.ts";
import type { Value } from "./types.ts";

const def = (values: (Value | undefined)[], hint = {}) =>
  inferType(columnOf("x", values), { hints: { x: hint } })!;
const frameOfValues = (values: Record<string, Value>[]) =>
  frameOf(values.map((each, row) => ({ uid: String(row), fromUid: null, values: each })));

describe("inference", () => {
  it("follows the rules of the specification", () => {
    expect(def([1, 2, 3]).type).toBe("numeric");
    expect(def(["1", "0x10", " "]).type).toBe("numeric");
    expect(def(["1", "nan"]).type).toBe("categorical");
    expect(def([true, false]).numeric).toBe(false);
    expect(def([1, undefined]).optional).toBe(true);
    expect(def(Array.from({ length: 60 }, (_, i) => i % 5)).type).toBe("categorical");
    expect(def(Array.from({ length: 40 }, (_, i) => 10 ** (i / 10 - 3))).type).toBe("numericlog");
    expect(def([1, 2, 3]).typeOptions).toContain("timestamp");
    expect(def([1, 2.5, 3]).typeOptions).not.toContain("timestamp");
  });

  it("uses percentiles for a log scale that cannot be, and says so", () => {
    const made = def([-1, 2, 30], { type: "numericlog" });
    expect(made.type).toBe("numericpercentile");
    expect(made.note).toBe(
      "x has values or a bound of 0 or less: drawn by percentile, not on a log scale",
    );
    expect(def([1, 2], { type: "numericlog", forceValueMin: 0 }).type).toBe("numericpercentile");
    expect(def(["a", 2], { type: "numeric" }).note).toBe(
      "x has values that are no numbers: drawn by category, not as numeric",
    );
  });

  it("offers dates as ISO text as times", () => {
    const dates = ["2020-01-01", "2020-01-02T12:00:00Z", "2020-01-03"];
    expect(def(dates)).toMatchObject({
      type: "categorical",
      typeOptions: ["categorical", "timestamp"],
    });
    expect(def(dates).note).toBe("x holds dates: drawn by category, may be drawn as timestamp");
    const made = def(dates, { type: "timestamp" });
    expect([made.type, ...made.numbers()]).toEqual([
      "timestamp",
      1577836800,
      1577966400,
      1578009600,
    ]);
    expect([...numbersOf(columnOf("x", dates))]).toEqual([1577836800, 1577966400, 1578009600]);
  });

  it("notes whole numbers beyond 2^53 that came as text", () => {
    expect(def(["9007199254740993", "1"]).note).toBe(
      "x has whole numbers beyond 2^53: positions are rounded, the text is exact",
    );
  });

  it("hides columns that have nothing to show, each with its reason", () => {
    const frame = frameOfValues([
      { nan: Number.NaN, equal: 1, forced: 1, a: 1 },
      { nan: Infinity, equal: 1, forced: 1, a: 2 },
    ]);
    const defs = inferTypes(frame, { hints: { forced: { forceValueMin: 0, forceValueMax: 9 } } });
    const { axes, hidden } = drawnColumns(defs, { order: ["a"], hide: ["uid"] });
    expect(axes).toEqual(["a", "forced"]);
    expect(hidden).toEqual([
      { name: "uid", reason: "hidden by the settings" },
      { name: "from_uid", reason: "all rows have the same value" },
      { name: "nan", reason: "no value is a finite number" },
      { name: "equal", reason: "all rows have the same value" },
    ]);
    expect(drawnColumns(defs, { order: ["a"], legacyOrder: true }).axes.at(-1)).toBe("a");
  });

  it("keeps a type once shown when rows are filtered, and takes new bounds", () => {
    const frame = frameOfValues(Array.from({ length: 40 }, (_, i) => ({ x: 10 ** (i / 10 - 3) })));
    const before = inferTypes(frame);
    const after = inferAgain(frame, before, Bitset.from(40, [3, 4]));
    expect(after.get("x")).toMatchObject({ type: "numericlog", same: false });
    expect(after.get("x")!.numbers()).toEqual(Float64Array.from([10 ** -2.7, 10 ** -2.6]));
  });

  it("judges one row, and a column of five thousand", () => {
    const wide = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`c${i}`, i]));
    const defs = inferTypes(frameOfValues([wide]));
    expect(defs.size).toBe(5_002);
    expect(drawnColumns(defs).axes).toEqual([]);
  });
});

it("sorts numbers as a stable sort does, NaN last", () => {
  const values = Float64Array.from([
    3,
    Number.NaN,
    -0,
    0,
    -Infinity,
    1e-320,
    -5.5,
    Infinity,
    3,
    -1e300,
  ]);
  const expected = [...values.keys()].sort((a, b) => {
    if (Number.isNaN(values[a]!)) return Number.isNaN(values[b]!) ? a - b : 1;
    if (Number.isNaN(values[b]!)) return -1;
    return values[a]! - values[b]! || a - b;
  });
  // -Infinity less -Infinity is NaN, but there is one of each.
  expect([...argsort(values)]).toEqual(expected);
});

describe("colours", () => {
  it("reverse a map by #inverse, and refuse names that are none", () => {
    expect(colormap("interpolateGreys#inverse")(0)).toEqual(colormap("interpolateGreys")(1));
    expect(colormap("schemeAccent")(0.99)).toEqual(parseColour("#666666"));
    expect(() => colormap("viridis")).toThrow("the nearest is");
    expect(parseColour("hsl(120, 100%, 50%)")).toEqual([0, 255, 0]);
    expect(parseColour("javascript:alert(1)")).toBeNull();
  });

  it("give grey to what is missing or special", () => {
    const of = colours(def([1, 2, Number.NaN]));
    expect([of(undefined), of(Number.NaN), of(null)]).toEqual(Array(3).fill([100, 100, 100]));
  });

  it("draw hashed colours from the generator of seedrandom", () => {
    // Known answers of seedrandom 3.0.5.
    expect(seededNumber("hello.")).toBe(0.9282578795792454);
  });
});

describe("tolerant JSON", () => {
  it("reads what Python writes, and takes no key for a class", () => {
    const read = parseJson('{"a": [NaN, -Infinity, 1e5, "\\u00e9\\n"], "__proto__": {"x": 1}}');
    expect((read as { a: unknown }).a).toEqual([Number.NaN, -Infinity, 1e5, "é\n"]);
    expect(Object.keys(read as object)).toEqual(["a", "__proto__"]);
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  it.each(["[1,]", "{'a': 1}", "[1] x", '"\n"', "[", "nan", `${"[".repeat(501)}NaN`])(
    "names the place of the error in %j",
    (text) => {
      expect(() => parseJson(text)).toThrow(JsonError);
      expect(() => parseJson(text)).toThrow(/^line \d+, column \d+: expected /);
    },
  );
});
