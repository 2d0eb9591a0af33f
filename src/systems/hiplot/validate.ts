// What makes an experiment valid: its rows, their lineage, and its settings.
import { colormap, colormapNames, nearestName, parseColour } from "./core/colour.ts";
import { type Datapoint, displays, paramTypes, type ValueDef } from "./core/types.ts";
import { HiplotError } from "./errors.ts";

/** @throws HiplotError for no rows, reserved keys, double ids, unknown parents, and cycles, with the uid */
export function checkRows(points: readonly Datapoint[]): void {
  if (points.length === 0) {
    throw new HiplotError("empty", "experiment: expected at least one row, got none");
  }
  const byUid = new Map<string, Datapoint>();
  for (const point of points) {
    for (const key of ["uid", "from_uid"]) {
      if (!Object.hasOwn(point.values, key)) continue;
      const message = `row ${point.uid}: its values must not contain ${key}; it is a field of the row itself`;
      throw new HiplotError("reserved-key", message);
    }
    if (byUid.has(point.uid)) {
      throw new HiplotError(
        "duplicate-uid",
        `row ${point.uid}: two rows have this uid; --repair renames the second`,
      );
    }
    byUid.set(point.uid, point);
  }
  checkParents(points, byUid);
}

function checkParents(points: readonly Datapoint[], byUid: Map<string, Datapoint>): void {
  const sound = new Set<string>();
  for (const point of points) {
    const path: string[] = [];
    const onPath = new Set<string>();
    for (let at = point; !sound.has(at.uid); ) {
      if (onPath.has(at.uid)) {
        const loop = [...path.slice(path.indexOf(at.uid)), at.uid].join(" → ");
        throw new HiplotError("cycle", `row ${at.uid}: it is its own ancestor: ${shorten(loop)}`);
      }
      onPath.add(at.uid);
      path.push(at.uid);
      if (at.fromUid === null) break;
      const parent = byUid.get(at.fromUid);
      if (parent === undefined) {
        const message = `row ${at.uid}: its parent ${at.fromUid} is not among the rows; removeMissingParents() or --repair drops such links`;
        throw new HiplotError("missing-parent", message);
      }
      at = parent;
    }
    for (const uid of path) sound.add(uid);
  }
}

function shorten(path: string): string {
  return path.length > 300 ? `${path.slice(0, 150)} … ${path.slice(-140)}` : path;
}

/** Settings as an experiment has them; see `settingIssues`. */
export interface Settings {
  readonly columns: readonly string[];
  readonly definitions: Readonly<Record<string, ValueDef>>;
  readonly colormap: string | null;
  readonly colorby: string | null;
  readonly weightcolumn: string | null;
  readonly displayData: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly enabledDisplays: readonly string[];
}

/** A setting that cannot be used, with the way to leave it out. */
export interface SettingIssue {
  /** Where it stands, e.g. `display_data.XY.axis_x`. */
  readonly key: string;
  readonly message: string;
}

/** Everything about the settings that cannot be used. The plot opens without those. */
export function settingIssues(settings: Settings): SettingIssue[] {
  const issues: SettingIssue[] = [];
  const add = (key: string, what: string) => issues.push({ key, message: `${key}: ${what}` });
  const oneOf = (key: string, name: string, names: readonly string[], kind: string) => {
    if (names.includes(name)) return;
    add(
      key,
      `there is no ${kind} ${JSON.stringify(name)}; the nearest is ${JSON.stringify(nearestName(name, names) ?? "")}`,
    );
  };
  const columns = ["uid", "from_uid", ...settings.columns];
  checkColormap("colormap", settings.colormap, add);
  for (const key of ["colorby", "weightcolumn"] as const) {
    if (settings[key] !== null) oneOf(key, settings[key], columns, "column");
  }
  for (const [name, def] of Object.entries(settings.definitions)) {
    const key = `parameters_definition.${name}`;
    checkColormap(`${key}.colormap`, def.colormap ?? null, add);
    if (def.type) oneOf(`${key}.type`, def.type, paramTypes, "type");
    for (const [value, colour] of Object.entries(def.colors ?? {})) {
      if (typeof colour === "string" && parseColour(colour)) continue;
      add(
        `${key}.colors.${value}`,
        `expected rgb(…), hsl(…) or #rrggbb, got ${JSON.stringify(colour)}`,
      );
    }
  }
  for (const name of settings.enabledDisplays) oneOf("enabled_displays", name, displays, "display");
  for (const [display, data] of Object.entries(settings.displayData)) {
    oneOf("display_data", display, displays, "display");
    for (const [key, value] of Object.entries(data)) {
      for (const name of columnNames(key, value)) {
        oneOf(`display_data.${display}.${key}`, name, columns, "column");
      }
    }
  }
  return issues;
}

/** The columns that a setting of a display names. */
function columnNames(key: string, value: unknown): string[] {
  if (["axis_x", "axis_y", "axis"].includes(key)) return typeof value === "string" ? [value] : [];
  if (!Array.isArray(value)) return [];
  if (["order", "hide", "invert"].includes(key)) return value.map(String);
  return key === "order_by"
    ? value.map((pair) => String(Array.isArray(pair) ? pair[0] : pair))
    : [];
}

function checkColormap(
  key: string,
  name: string | null,
  add: (key: string, what: string) => void,
): void {
  if (name === null) return;
  try {
    colormap(name);
    return;
  } catch (error) {
    const nearest = nearestName(name.split("#")[0]!, colormapNames);
    const [, modifier] = name.split("#");
    if (modifier !== undefined && colormapNames.includes(name.split("#")[0]!)) {
      add(key, `the one modifier is #inverse, got #${modifier}`);
    } else add(key, `${(error as Error).message.split(";")[0]}; the nearest is ${nearest}`);
  }
}
