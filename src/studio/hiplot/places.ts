// Where each row crosses an axis, and what colour it has: arrays that the painters read.
import { type ColourOf, grey } from "../../systems/hiplot/core/colour.ts";
import { type Column, missingCode } from "../../systems/hiplot/core/columns.ts";
import { positionOf, type Scale } from "../../systems/hiplot/core/scales.ts";
import { categoryOrder } from "../../systems/hiplot/core/sorted.ts";
import type { Value } from "../../systems/hiplot/core/types.ts";

/** The pixel at which each row crosses the axis; NaN for rows without a place on it. */
export function axisPlaces(column: Column, scale: Scale): Float32Array<ArrayBuffer> {
  if (scale.kind === "category") return categoryPlaces(column, scale);
  if (column.kind === "coded") {
    const byCode = Float32Array.from({ length: column.dictionary.length }, (_, code) =>
      positionOf(scale, column.dictionary.at(code)),
    );
    return spread(column.codes, byCode);
  }
  const { values, tags, oddities } = column;
  const odd = oddities.map((value) => positionOf(scale, value));
  const places = new Float32Array(values.length);
  for (let row = 0; row < places.length; row++) {
    const tag = tags === null ? 0 : tags[row];
    places[row] = tag > 0 ? odd[tag - 1] : scale.position(values[row]);
  }
  return places;
}

/** What each row's code stands for; NaN where there is none. */
function spread(codes: Uint32Array, byCode: Float32Array): Float32Array<ArrayBuffer> {
  const places = new Float32Array(codes.length);
  for (let row = 0; row < places.length; row++) {
    const code = codes[row];
    places[row] = code === missingCode ? Number.NaN : byCode[code];
  }
  return places;
}

function categoryPlaces(
  column: Column,
  scale: Extract<Scale, { kind: "category" }>,
): Float32Array<ArrayBuffer> {
  const { texts, ranks } = categoryOrder(column);
  const byRank = Float32Array.from(texts, (text) => scale.position(text));
  return spread(ranks, byRank);
}

/** Colours of rows: an index per row into a palette of red, green, blue (0 to 255). */
export interface RowColours {
  readonly index: Uint32Array<ArrayBuffer>;
  readonly palette: Float32Array<ArrayBuffer>;
}

/** Shades that a running colour map is cut into. */
const shades = 1_024;

/** The colour of each row. */
export function rowColours(column: Column, colourOf: ColourOf): RowColours {
  const { scale, map } = colourOf;
  if (scale === null || map === null || column.kind === "coded")
    return codedColours(column, colourOf);
  const palette = new Float32Array(3 * (shades + 1));
  for (let shade = 0; shade < shades; shade++) palette.set(map(shade / (shades - 1)), 3 * shade);
  palette.set(grey, 3 * shades);
  const { values, tags } = column;
  const index = new Uint32Array(values.length);
  for (let row = 0; row < index.length; row++) {
    const share = tags !== null && tags[row] > 0 ? Number.NaN : scale.position(values[row]);
    const clipped = share < 0 ? 0 : share > 1 ? 1 : share;
    index[row] = Number.isNaN(share) ? shades : Math.round(clipped * (shades - 1));
  }
  return { index, palette };
}

/** One colour per different value. */
function codedColours(column: Column, colourOf: ColourOf): RowColours {
  if (column.kind === "coded") {
    const { codes, dictionary } = column;
    const last = dictionary.length;
    const palette = new Float32Array(3 * (last + 1));
    for (let code = 0; code < last; code++) palette.set(colourOf(dictionary.at(code)), 3 * code);
    palette.set(grey, 3 * last);
    return { palette, index: codes.map((code) => (code === missingCode ? last : code)) };
  }
  const { values, tags, oddities, fromText } = column;
  const places = new Map<Value | undefined, number>();
  const colours: number[] = [];
  const index = new Uint32Array(values.length);
  for (let row = 0; row < index.length; row++) {
    const tag = tags === null ? 0 : tags[row];
    const key = tag > 0 ? oddities[tag - 1] : values[row];
    let place = places.get(key);
    if (place === undefined) {
      place = places.size;
      places.set(key, place);
      colours.push(...colourOf(tag === 0 && fromText ? String(key) : key));
    }
    index[row] = place;
  }
  return { index, palette: new Float32Array(colours) };
}
