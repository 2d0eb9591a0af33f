// Colours: which column gives them, and what colour a value has, as in HiPlot.
import * as chromatic from "d3-scale-chromatic";
import type { ColumnDef, ColumnDefs } from "./infer.ts";
import { createScale, type NumberScale } from "./scales.ts";
import { seededNumber } from "./seeded.ts";
import { isSpecial, numberOf, type Value } from "./types.ts";

/** Red, green and blue, each 0 to 255. */
export type Rgb = readonly [number, number, number];

/** The colour of a value that is missing or no finite number. */
export const grey: Rgb = [100, 100, 100];

/** The map where none is named. */
const usualColormap = "interpolateTurbo";

const categoryColours = (
  "1f77b4 ff7f0e d62728 9467bd 8c564b e377c2 7f7f7f bcbd22 17becf 1f77b4 " +
  "aec7e8 ffbb78 ff9896 c5b0d5 c49c94 f7b6d2 c7c7c7 dbdb8d 9edae5 2ca02c"
)
  .split(" ")
  .map(hexColour);

/** All maps by name, those that run and those of steps. */
export const colormapNames: readonly string[] = Object.keys(chromatic).sort();

/**
 * The column that gives the colours at first: `wanted`, else the one with colours of its own, else one
 * that is not categorical, else one that no row lacks; the first of equals.
 */
export function defaultColourColumn(defs: ColumnDefs, wanted?: string | null): string | undefined {
  if (wanted && defs.has(wanted)) return wanted;
  const score = ({ colors, colormap, type, optional }: ColumnDef) =>
    (colors || colormap ? 100 : 0) - (type === "categorical" ? 20 : 0) - (optional ? 40 : 0);
  let best: ColumnDef | undefined;
  for (const def of defs.values()) if (!best || score(def) > score(best)) best = def;
  return best?.name;
}

/**
 * A colour map by name, e.g. `interpolateViridis#inverse`: from a share of 0 to 1 to a colour.
 *
 * @throws RangeError that names the nearest map, or the one modifier there is
 */
export function colormap(fullName: string | null = usualColormap): (share: number) => Rgb {
  const [name = "", ...modifiers] = (fullName || usualColormap).split(/[#,]/);
  const found = (chromatic as Record<string, unknown>)[name];
  if (found === undefined) {
    throw new RangeError(
      `colour map ${name}: there is none of this name; the nearest is ${nearestName(name, colormapNames)}`,
    );
  }
  for (const modifier of modifiers) {
    if (modifier !== "inverse") {
      throw new RangeError(`colour map ${fullName}: expected #inverse, got #${modifier}`);
    }
  }
  const inverse = modifiers.length % 2 === 1;
  const plain =
    typeof found === "function" ? running(found as (t: number) => string) : steps(found);
  return (share) => plain(inverse ? 1 - share : share);
}

function running(map: (share: number) => string): (share: number) => Rgb {
  return (share) => parseColour(map(share)) ?? grey;
}

/** A scheme is a list of colours, or lists of growing size of which the last counts. */
function steps(scheme: unknown): (share: number) => Rgb {
  const list = scheme as (string | readonly string[] | undefined)[];
  const colours = typeof list[0] === "string" ? (list as string[]) : (list.at(-1) as string[]);
  const parsed = colours.map((colour) => parseColour(colour) ?? grey);
  const last = parsed.length - 1;
  return (share) => parsed[Math.max(0, Math.min(last, Math.floor(share * parsed.length)))]!;
}

/** The name in a list that takes the fewest changes of letters to reach. */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Infinity;
  for (const candidate of names) {
    const changes = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (changes < least) [best, least] = [candidate, changes];
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

/** Gives each value of a column its colour. */
export interface ColourOf {
  (value: Value | undefined): Rgb;
  /** The scale that numbers go through; null where colours go by category. */
  readonly scale: NumberScale | null;
  /** The map that shares of the scale go through; null where colours go by category. */
  readonly map: ((share: number) => Rgb) | null;
}

/** The colours of a column. An unknown map gives way to the usual one. */
export function colours(def: ColumnDef, experimentColormap?: string | null): ColourOf {
  if (def.type === "categorical") {
    const byText = categories(def);
    const of = (value: Value | undefined) =>
      value === undefined ? grey : (byText.get(String(value)) ?? grey);
    return Object.assign(of, { scale: null, map: null });
  }
  const scale = createScale(def, [0, 1], false) as NumberScale;
  const map = knownColormap(def.colormap) ?? knownColormap(experimentColormap) ?? colormap();
  const of = (value: Value | undefined): Rgb => {
    if (value === undefined || isSpecial(value)) return grey;
    const share = scale.position(numberOf(value));
    return Number.isNaN(share) ? grey : map(Math.max(0, Math.min(1, share)));
  };
  return Object.assign(of, { scale, map });
}

function knownColormap(name: string | null | undefined): ((share: number) => Rgb) | null {
  if (!name) return null;
  try {
    return colormap(name);
  } catch {
    return null;
  }
}

function categories(def: ColumnDef): Map<string, Rgb> {
  const byText = new Map<string, Rgb>();
  for (const [text, colour] of Object.entries(def.colors ?? {})) {
    byText.set(text, parseColour(colour) ?? grey);
  }
  def.values().forEach((value, i) => {
    const text = String(value);
    if (byText.has(text)) return;
    byText.set(text, def.distinct() <= 20 ? categoryColours[i]! : hashedColour(value));
  });
  return byText;
}

/** A colour that follows from the value alone: on Turbo, a third darker, a third paler. */
function hashedColour(value: Value): Rgb {
  const json = JSON.stringify(value);
  let hash = 0;
  for (let i = 0; i < json.length; i++) hash = (Math.imul(hash, 31) + json.charCodeAt(i)) | 0;
  const colour = parseColour(chromatic.interpolateTurbo(seededNumber(json))) ?? grey;
  // A negative hash has a negative remainder and so keeps its colour.
  if (hash % 3 === 1) return changeHsv(colour, 0, -20);
  if (hash % 3 === 2) return changeHsv(colour, -20, 0);
  return colour;
}

/**
 * Adds per cents to saturation and value of a colour. The order of the arithmetic is that of the
 * library behind HiPlot's colours, so that rounding to whole channels agrees as well.
 */
function changeHsv(rgb: Rgb, saturation: number, value: number): Rgb {
  const [r, g, b] = rgb.map((channel) => channel / 255) as [number, number, number];
  const high = Math.max(r, g, b);
  const span = high - Math.min(r, g, b);
  const away = (channel: number) => (high - channel) / 6 / span + 1 / 2;
  let hue = 0;
  if (span > 0) {
    if (r === high) hue = away(b) - away(g);
    else if (g === high) hue = 1 / 3 + away(r) - away(b);
    else hue = 2 / 3 + away(g) - away(r);
    hue -= Math.floor(hue);
  }
  const s = Math.max(0, (high === 0 ? 0 : span / high) * 100 + saturation) / 100;
  const v = Math.max(0, high * 100 + value) / 100;
  const sector = (hue * 360) / 60;
  const part = sector - Math.floor(sector);
  const full = 255 * v;
  const low = 255 * v * (1 - s);
  const falling = 255 * v * (1 - s * part);
  const rising = 255 * v * (1 - s * (1 - part));
  const channels = [
    [full, rising, low],
    [falling, full, low],
    [low, full, rising],
    [low, falling, full],
    [rising, low, full],
    [full, low, falling],
  ][Math.floor(sector) % 6]!;
  // That library rounds to one decimal first.
  return channels.map((channel) => Math.round(Number(channel.toFixed(1)))) as unknown as Rgb;
}

function hexColour(digits: string): Rgb {
  const number = Number.parseInt(digits, 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
}

/** Reads `#rgb`, `#rrggbb`, `rgb(…)` and `hsl(…)`, with or without opacity; null for anything else. */
export function parseColour(text: string): Rgb | null {
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(text);
  if (short)
    return hexColour(
      short
        .slice(1)
        .map((digit) => digit + digit)
        .join(""),
    );
  const hex = /^#([0-9a-f]{6})(?:[0-9a-f]{2})?$/i.exec(text);
  if (hex) return hexColour(hex[1]!);
  const parts =
    /^(rgb|hsl)a?\(\s*([-\d.]+)(?:deg)?[\s,]+([-\d.]+)(%?)[\s,]+([-\d.]+)%?\s*(?:[,/]\s*[\d.]+%?\s*)?\)$/i.exec(
      text,
    );
  if (!parts) return null;
  const [a, b, c] = [parts[2], parts[3], parts[5]].map(Number) as [number, number, number];
  if (parts[1]!.toLowerCase() === "hsl") return hslColour(a, b / 100, c / 100);
  const unit = parts[4] === "%" ? 2.55 : 1;
  return [a, b, c].map((v) => Math.round(Math.max(0, Math.min(255, v * unit)))) as unknown as Rgb;
}

function hslColour(hue: number, saturation: number, lightness: number): Rgb {
  const reach = saturation * Math.min(lightness, 1 - lightness);
  const channel = (n: number) => {
    const k = (((n + hue / 30) % 12) + 12) % 12;
    return Math.round(255 * (lightness - reach * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}
