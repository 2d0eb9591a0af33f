// Compares our answers with those of HiPlot's own TypeScript, recorded in fixtures/hiplot-golden.json.gz.
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { brushFilter, extentOf } from "../core/brush.ts";
import { colours, defaultColourColumn, type Rgb } from "../core/colour.ts";
import { applyFilter } from "../core/filters.ts";
import type { Frame } from "../core/frame.ts";
import { type ColumnDef, inferTypes } from "../core/infer.ts";
import { createScale } from "../core/scales.ts";
import type { Value, ValueDef } from "../core/types.ts";

type GoldenColumn = readonly [
  name: string,
  type: string,
  options: readonly string[],
  distinct: number,
  optional: boolean,
  lane: string | null,
  colours: readonly string[],
];
type GoldenBrush = readonly [
  column: string,
  inverted: 0 | 1,
  from: number,
  to: number,
  selected: number,
  hash: number,
];

/** What HiPlot says of one source. */
export interface GoldenSource {
  readonly rows: number;
  readonly colour: string;
  readonly columns: readonly GoldenColumn[];
  readonly brushes: readonly GoldenBrush[];
}

const axisHeight = 510;

/** All recorded sources by name: `ml1.csv`, `nutrients.csv` and the demos. */
export async function readGolden(): Promise<Record<string, GoldenSource>> {
  const file = new URL("../fixtures/hiplot-golden.json.gz", import.meta.url);
  return JSON.parse(gunzipSync(await readFile(file)).toString("utf8"));
}

/** What is compared of an experiment. */
export interface Compared {
  readonly frame: Frame;
  readonly hints: Readonly<Record<string, ValueDef>>;
  readonly colorby: string | null;
  readonly colormap: string;
}

/** Every answer that differs, one line each, and how many were compared. */
export function compareWithGolden(
  golden: GoldenSource,
  { frame, hints, colorby, colormap }: Compared,
): { compared: number; differences: string[] } {
  const differences: string[] = [];
  let compared = 0;
  const check = (what: string, ours: unknown, theirs: unknown) => {
    compared++;
    if (JSON.stringify(ours) === JSON.stringify(theirs)) return;
    differences.push(`${what}: ${JSON.stringify(ours)} where HiPlot has ${JSON.stringify(theirs)}`);
  };
  const defs = inferTypes(frame, { hints });
  check("rows", frame.rows, golden.rows);
  check(
    "columns",
    [...defs.keys()],
    golden.columns.map(([name]) => name),
  );
  check("default colour", defaultColourColumn(defs, colorby), golden.colour);
  for (const [name, type, options, distinct, optional, lane, sample] of golden.columns) {
    const def = defs.get(name);
    if (!def) continue;
    check(`${name} type`, def.type, type);
    check(`${name} options`, def.typeOptions, options);
    check(`${name} distinct`, def.distinct(), distinct);
    check(`${name} optional`, def.optional, optional);
    check(`${name} lane`, laneTick(def), lane);
    const colourOf = colours(def, colormap);
    const values = sample.length === 0 ? [] : def.values();
    sample.forEach((theirs, i) => {
      check(
        `${name} colour of ${values[i]}`,
        cssOf(colourOf(values[i] as Value)),
        plainCss(theirs),
      );
    });
  }
  for (const [name, inverted, from, to, selected, hash] of golden.brushes) {
    const scale = createScale(defs.get(name)!, inverted ? [0, axisHeight] : [axisHeight, 0]);
    const rows = applyFilter(frame, brushFilter(name, extentOf(scale, [from, to]))).rows();
    check(`${name} brushed from ${from} to ${to}`, [rows.length, hashRows(rows)], [selected, hash]);
  }
  return { compared, differences };
}

function laneTick(def: ColumnDef): string | null {
  if (def.type === "categorical" || def.same) return null;
  const scale = createScale(def, [axisHeight, 0]);
  return scale.kind === "number" && scale.lane ? scale.ticks(11).at(-1)!.label : null;
}

function cssOf([red, green, blue]: Rgb): string {
  return `${red},${green},${blue}`;
}

/** `rgba(1, 2, 3, 1)` and `rgb(1,2,3,1)` as `1,2,3`. */
function plainCss(colour: string): string {
  const numbers = colour.match(/[\d.]+/g)!.slice(0, 3);
  return numbers.map((number) => Math.round(Number(number))).join(",");
}

/** FNV-1a over row numbers. */
function hashRows(rows: Uint32Array): number {
  let hash = 0x811c9dc5;
  for (const row of rows) hash = Math.imul(hash ^ row, 0x01000193) >>> 0;
  return hash;
}
