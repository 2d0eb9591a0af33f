import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseJson } from "./core/json.ts";
import { Experiment, HiplotError } from "./index.ts";

const rows = [
  { dropout: 0.1, lr: 0.001, loss: 10.0, optimizer: "SGD" },
  { dropout: 0.15, lr: 0.01, loss: 3.5, optimizer: "Adam" },
  { dropout: 0.3, lr: 0.1, loss: 4.5, optimizer: "Adam" },
];

describe("an experiment", () => {
  it("is made of rows; a row's id is its uid or its number", () => {
    const made = Experiment.fromIterable([
      { a: 1 },
      { uid: 50.5, from_uid: "", a: 2 },
      { uid: "x", from_uid: 0, a: undefined },
    ]);
    expect(made.datapoints).toEqual([
      { uid: "0", fromUid: null, values: { a: 1 } },
      { uid: "50.5", fromUid: null, values: { a: 2 } },
      { uid: "x", fromUid: "0", values: {} },
    ]);
    expect(made.validate()).toBe(made);
  });

  it("keeps what is no plain value as text", () => {
    const [row] = Experiment.fromIterable([
      { big: 2n ** 60n, small: 5n, when: new Date(0), list: [1, "a"], odd: Symbol.iterator },
    ]).datapoints;
    expect(row!.values).toEqual({
      ...{
        big: "1152921504606846976",
        small: 5,
        when: "1970-01-01T00:00:00.000Z",
        list: '[1,"a"]',
      },
      odd: "Symbol(Symbol.iterator)",
    });
  });

  it("is made of columns, whose order it keeps", () => {
    const made = Experiment.fromColumns({ b: [1, 2], a: new Float32Array([3, 4]) });
    expect(made.datapoints[1]!.values).toEqual({ b: 2, a: 4 });
    expect(made.displayData("PARALLEL_PLOT").order).toEqual(["b", "a"]);
    expect(() => Experiment.fromColumns({ a: [1], b: [1, 2] })).toThrow(
      "fromColumns: expected 1 values in b as in a, got 2",
    );
  });

  it("merges others under their names", () => {
    const child = Experiment.fromIterable([
      { uid: "p", x: 1 },
      { uid: "q", from_uid: "p", x: 2 },
    ]);
    child.display_data("XY").axis_x = "x";
    child.parameters_definition.x!.colormap = "interpolateViridis";
    const merged = Experiment.merge({ one: child, two: Experiment.fromIterable([{ y: 1 }]) });
    expect(merged.datapoints).toEqual([
      { uid: "one_p", fromUid: null, values: { x: 1, exp: "one" } },
      { uid: "one_q", fromUid: "one_p", values: { x: 2, exp: "one" } },
      { uid: "two_0", fromUid: null, values: { y: 1, exp: "two" } },
    ]);
    expect(merged.displayData("XY")).toEqual({ axis_x: "x" });
    expect(merged.parametersDefinition.x!.colormap).toBe("interpolateViridis");
  });

  it("works by the names of Python", () => {
    const made = Experiment.from_iterable(rows);
    made.parameters_definition.loss!.type = "numericlog";
    made.parameters_definition.lr!.force_range(0, 1).label_html = "<b>lr</b>";
    made.display_data("PARALLEL_PLOT").hide = ["dropout"];
    made.enabled_displays = ["TABLE"];
    const json = made.remove_missing_parents().validate().toJson();
    expect(json.parameters_definition).toMatchObject({
      loss: { type: "numericlog", colors: null },
      lr: { force_value_min: 0, force_value_max: 1, label_html: "<b>lr</b>" },
    });
    expect(json.enabled_displays).toEqual(["TABLE"]);
  });

  it("comes back from its JSON, whole and compressed", async () => {
    const made = Experiment.fromIterable([
      { a: Number.NaN, b: "x" },
      { a: -Infinity, b: null },
    ]);
    for (const compress of [false, true]) {
      const text = made.toJsonText({ compress });
      expect(text).toContain("NaN");
      expect((await Experiment.fromJson(parseJson(text) as object)).datapoints).toEqual(
        made.datapoints,
      );
    }
  });

  it("writes CSV with sorted columns, in which no cell is a formula", async () => {
    const folder = await mkdtemp(join(tmpdir(), "hiplot-csv-"));
    const made = Experiment.fromIterable([
      { b: 'a "b", c', a: true },
      { uid: "=1+1", from_uid: "0", b: "=SUM(A1)", a: Infinity },
    ]);
    await made.to_csv(join(folder, "out.csv"));
    expect(await readFile(join(folder, "out.csv"), "utf8")).toBe(
      'uid,from_uid,a,b\n0,,True,"a ""b"", c"\n\'=1+1,0,inf,\'=SUM(A1)\n',
    );
    await rm(folder, { recursive: true });
  });

  it("draws itself as SVG, PNG and PDF, hostile names as text", async () => {
    const made = Experiment.fromIterable([
      { "<script>": 1, b: 1 },
      { "<script>": 2, b: 3 },
    ]);
    const svg = Buffer.from(await made.toImage({ format: "svg" })).toString();
    expect(svg).toContain("&#60;script&#62;");
    expect(svg).not.toContain("<script>");
    const png = Buffer.from(await made.toImage({ format: "png", width: 200, height: 150 }));
    expect(png.subarray(1, 4).toString()).toBe("PNG");
    const pdf = Buffer.from(await made.toImage({ format: "pdf", width: 200, height: 150 }));
    expect(pdf.subarray(0, 8).toString()).toBe("%PDF-1.4");
  });
});

describe("validation", () => {
  const point = (uid: string, fromUid: string | null = null, values = {}) => ({
    uid,
    fromUid,
    values,
  });
  it.each([
    [[], "experiment: expected at least one row, got none"],
    [
      [point("a", null, { uid: 1 })],
      "row a: its values must not contain uid; it is a field of the row itself",
    ],
    [[point("a"), point("a")], "row a: two rows have this uid; --repair renames the second"],
    [
      [point("a", "b")],
      "row a: its parent b is not among the rows; removeMissingParents() or --repair drops such links",
    ],
    [
      [point("a", "c"), point("b", "a"), point("c", "b")],
      "row a: it is its own ancestor: a → c → b → a",
    ],
  ])("%j", (datapoints, message) => {
    expect(() => new Experiment({ datapoints }).validate()).toThrow(message);
  });

  it.each([
    [
      (made: Experiment) => (made.colormap = "interpolateViridi"),
      "colormap: colour map interpolateViridi: there is none of this name; the nearest is interpolateViridis",
    ],
    [
      (made: Experiment) => (made.colormap = "interpolateViridis#invers"),
      "colormap: the one modifier is #inverse, got #invers",
    ],
    [
      (made: Experiment) => (made.colorby = "los"),
      'colorby: there is no column "los"; the nearest is "loss"',
    ],
    [
      (made: Experiment) => (made.parameters_definition.loss!.colors = { 1: "red" }),
      'parameters_definition.loss.colors.1: expected rgb(…), hsl(…) or #rrggbb, got "red"',
    ],
    [
      (made: Experiment) => (made.enabledDisplays = ["TABL" as "TABLE"]),
      'enabled_displays: there is no display "TABL"; the nearest is "TABLE"',
    ],
    [
      (made: Experiment) => (made.displayData("PARALLEL_PLOT").order = ["lrr"]),
      'display_data.PARALLEL_PLOT.order: there is no column "lrr"; the nearest is "lr"',
    ],
    [
      (made: Experiment) => (made.displayData("TABLE").order_by = [["Loss", "asc"]]),
      'display_data.TABLE.order_by: there is no column "Loss"; the nearest is "loss"',
    ],
    [
      (made: Experiment) => (made.displayData("XY").axis_x = "x"),
      'display_data.XY.axis_x: there is no column "x"; the nearest is "lr"',
    ],
  ])("names a setting and the nearest name: %#", (change, message) => {
    const made = Experiment.fromIterable(rows);
    change(made);
    expect(() => made.validate()).toThrow(new HiplotError("setting", message));
    expect(made.dropUnusableSettings()).toEqual([message]);
    expect(made.validate()).toBe(made);
  });

  it("drops links to parents that are not there", () => {
    const made = Experiment.fromIterable([{ uid: "a", from_uid: "gone" }]).removeMissingParents();
    expect(made.validate().datapoints[0]!.fromUid).toBeNull();
  });
});

it("takes column definitions as plain objects, under the names of either language", () => {
  const made = Experiment.fromIterable([{ x: 1 }, { x: 2 }]);
  made.parametersDefinition.x = { type: "numericpercentile", labelHtml: "<b>x</b>" };
  expect(made.toJson().parameters_definition?.x).toMatchObject({
    type: "numericpercentile",
    label_html: "<b>x</b>",
  });
  Object.assign(made.parameters_definition, { x: { force_value_min: -5 } });
  expect(made.columns().get("x")?.forceValueMin).toBe(-5);
  expect(made.parameters_definition.x?.force_range(0, 9).toJSON().force_value_max).toBe(9);
});
