// Explanations as a run keeps them, and what the page works out of them.
import type { Json } from "../api.ts";

/** One feature's weight with its 95% interval. */
export interface Weight {
  readonly feature: number;
  readonly name: string;
  readonly weight: number;
  readonly low: number;
  readonly high: number;
}

/** An explanation of one class. */
export interface Explanation {
  readonly label: number;
  readonly className: string;
  readonly modelOutput: number;
  readonly localPrediction: number;
  readonly r2: number;
  readonly calls: number;
  readonly exact: boolean;
  readonly weights: readonly Weight[];
}

/** An entry of the artifact `explanations.json`. */
export interface Example {
  readonly kind: "text" | "table" | "mixed" | "image" | "entity" | "neighbourhood";
  readonly explanations: readonly Explanation[];
  readonly features: readonly string[];
  readonly notes: readonly string[];
  readonly classNames?: readonly string[];
  /** The fewest features found that change the class when hidden; null: none were found. */
  readonly flip?: {
    readonly hidden: readonly number[];
    readonly to: number;
    readonly probability: number;
  } | null;
  readonly text?: string;
  readonly positions?: readonly (readonly (readonly [number, number])[])[];
  readonly cells?: readonly { readonly column: string; readonly value: string }[];
  /** The row as the model sees it, and what stands for its cells when they are hidden; null: missing. */
  readonly row?: readonly (number | null)[];
  readonly usual?: readonly (number | null)[];
  readonly sentence?: readonly string[];
  readonly entity?: { readonly tokens: readonly [number, number]; readonly type: string };
}

/** An entry of the artifact `neighbours.json`. */
export interface Neighbours {
  readonly points: readonly {
    readonly x: number;
    readonly y: number;
    readonly proximity: number;
    readonly output: number;
  }[];
  readonly line: { readonly a: number; readonly b: number; readonly c: number };
  readonly level: number;
  readonly ribbon: {
    readonly samples: readonly number[];
    readonly features: readonly {
      readonly name: string;
      readonly values: readonly (readonly [number, number, number] | null)[];
    }[];
  } | null;
}

/** A stretch of a text that is one feature, or none (-1). */
export interface Piece {
  readonly text: string;
  readonly feature: number;
  readonly start: number;
}

/** The text from beginning to end in pieces. */
export function piecesOf(text: string, positions: Example["positions"] = []): Piece[] {
  const places = positions
    .flatMap((own, feature) => own.map(([from, to]) => ({ from, to, feature })))
    .sort((a, b) => a.from - b.from);
  const pieces: Piece[] = [];
  let at = 0;
  for (const { from, to, feature } of places) {
    if (from > at) pieces.push({ text: text.slice(at, from), feature: -1, start: at });
    pieces.push({ text: text.slice(from, to), feature, start: from });
    at = to;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), feature: -1, start: at });
  return pieces;
}

/** The text without the hidden features, or with `mask` in their place. */
export function hiddenText(
  pieces: readonly Piece[],
  hidden: ReadonlySet<number>,
  mask: string,
): string {
  return pieces.map(({ text, feature }) => (hidden.has(feature) ? mask : text)).join("");
}

/** What stands for a hidden piece under the run's settings. */
export function maskOf(config: Json): string {
  const { positions, chars, mask } = config as {
    positions?: boolean;
    chars?: boolean;
    mask?: string;
  };
  if (mask !== undefined && mask !== null && (positions || chars)) return mask;
  if (chars) return "\0";
  return positions ? "UNKWORDZ" : "";
}

/** The largest |weight|. */
export function strongest({ weights }: Explanation): number {
  return Math.max(1e-300, ...weights.map(({ weight }) => Math.abs(weight)));
}

/**
 * The colour of a weight against the strongest: for the class, against it, the stronger the fuller,
 * and never so full that the words on it could not be read in the dark.
 */
export function shade(weight: number, most: number): string {
  const share = Math.round(10 + 30 * Math.min(1, Math.abs(weight) / most));
  const colour = weight >= 0 ? "var(--series-1)" : "var(--series-2)";
  return `color-mix(in srgb, ${colour} ${share}%, transparent)`;
}

/**
 * A weight with its 95% interval as a filling, from the bottom up (or from the left): full to the end of
 * the interval that is nearer to 0, pale to the other end. Where the interval holds 0 nothing is full.
 */
export function shadeInterval(
  { weight, low, high }: Weight,
  most: number,
  direction: "top" | "right" = "top",
): string {
  const share = (value: number) => Math.round(100 * Math.min(1, Math.abs(value) / most));
  const [near, far] = weight >= 0 ? [low, high] : [high, low];
  const sure = near * weight > 0 ? share(near) : 0;
  const colour = weight >= 0 ? "var(--series-1)" : "var(--series-2)";
  const full = `color-mix(in srgb, ${colour} 40%, transparent)`;
  const pale = `color-mix(in srgb, ${colour} 16%, transparent)`;
  const end = Math.max(sure, share(far));
  return `linear-gradient(to ${direction}, ${full} ${sure}%, ${pale} ${sure}% ${end}%, transparent ${end}%)`;
}

/** A weight and its interval in words. */
export function weightHint({ weight, low, high }: Weight): string {
  return `${signed(weight)} (${signed(low)} … ${signed(high)})`;
}

/** Signed, four decimals. */
export function signed(value: number): string {
  return `${value > 0 ? "+" : value < 0 ? "−" : ""}${Math.abs(value).toFixed(4)}`;
}

/** Mean probability of an entity's type over its tokens, of the tagger's outputs [tokens x tags]. */
export function entityProbability(
  outputs: readonly number[],
  tags: readonly string[],
  { tokens: [from, to], type }: NonNullable<Example["entity"]>,
): number {
  let sum = 0;
  for (let token = from; token < to; token++) {
    tags.forEach((tag, i) => {
      if (tag === type || tag.replace(/^[BILSEU]-/, "") === type) {
        sum += outputs[token * tags.length + i];
      }
    });
  }
  return sum / (to - from);
}

/** Region of each pixel, from pairs of region and count. */
export function unpackRegions(runs: readonly number[], size: number): Int32Array {
  const regions = new Int32Array(size);
  let at = 0;
  for (let i = 0; i + 1 < runs.length; i += 2) {
    regions.fill(runs[i], at, at + runs[i + 1]);
    at += runs[i + 1];
  }
  return regions;
}

/** Where a line a x + b y = c crosses the square of half-side `reach`; null where it does not. */
export function lineInBox(
  { a, b, c }: Neighbours["line"],
  reach: number,
): readonly [number, number, number, number] | null {
  const ends: [number, number][] = [];
  for (const side of [-reach, reach]) {
    if (b !== 0) ends.push([side, (c - a * side) / b]);
    if (a !== 0) ends.push([(c - b * side) / a, side]);
  }
  const inside = ends.filter(
    ([x, y]) => Math.abs(x) <= reach * 1.000001 && Math.abs(y) <= reach * 1.000001,
  );
  const [first] = inside;
  const second = inside.find(([x, y]) => Math.hypot(x - first[0], y - first[1]) > 1e-9 * reach);
  return first && second ? [...first, ...second] : null;
}
