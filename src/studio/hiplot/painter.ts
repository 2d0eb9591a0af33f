// Paints the lines of a parallel plot onto a canvas: a quick preview, then the whole picture in slices.
import type { Bitset } from "../../systems/hiplot/core/bits.ts";
import { lineOpacity, stubLength } from "../../systems/hiplot/core/drawing.ts";
import { bendShares } from "./bend.ts";
import { PairCounter, projectColumns } from "./density.ts";
import { drawLines, emptyStrip, type LineSource, linesOf, type Strip } from "./lines.ts";
import type { RowColours } from "./places.ts";
import {
  type DensityScale,
  greatestCount,
  legendCounts,
  type Shade,
  shadeByRank,
  shadeOfLines,
  toBytes,
} from "./shade.ts";
import { runInSlices } from "./work.ts";

/** From this many rows on lines are counted and projected rather than drawn one by one. */
export const drawnRows = 20_000;
/** Above this many lines in a gap, each a seventh as strong as a single one, two columns share one look. */
const manyLines = 8_000;
/** Rows of the preview at most, and at least as long as there are any. */
const mostPreviewed = 20_000;
const leastPreviewed = 600;
/** Counts are kept for pictures of at most so many gaps, 1 to 4 MB each. */
const mostCounters = 24;
/** A preview should not take longer than this. */
const previewMs = 28;

/** One picture. Places and lengths are in CSS pixels. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Where the axes stand, ascending. */
  readonly axes: readonly number[];
  /** Per axis the place of each row. */
  readonly places: readonly Float32Array[];
  readonly colours: RowColours;
  readonly selected: Bitset;
  readonly count: number;
  /** Opacity is that of so many lines, e.g. lower for weights; default `count`. */
  readonly opacity?: number;
  /** How counts become shades; default `lines`. */
  readonly scale?: DensityScale;
}

/** What a finished picture was made of. */
export interface Painted {
  readonly mode: "lines" | "density";
  readonly ms: number;
  /** Lines in each gap, as they were counted. */
  readonly lines: readonly number[];
  /** How opaque a pixel is that so many rows cross, from one to the most there are. */
  readonly legend: readonly { readonly rows: number; readonly opacity: number }[];
}

/** Paints one canvas. */
export class Painter {
  readonly canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  #work = new AbortController();
  #sample: Uint32Array | null = null;
  /** Few at first, while the code is cold and the whole picture comes at once; then what fits into its time. */
  #previewed = 1_000;
  /** By gap what the last picture counted: the next one counts the difference. */
  #counters: (PairCounter | undefined)[] = [];

  constructor(canvas: HTMLCanvasElement) {
    this.canvas = canvas;
    this.#context = canvas.getContext("2d") as CanvasRenderingContext2D;
  }

  /** Stops what is being painted. */
  cancel(): void {
    this.#work.abort();
  }

  /** Paints a sample of the selected rows at once, as many as the machine manages in time. */
  preview(picture: Picture): number {
    this.cancel();
    const start = performance.now();
    const rows = this.#sampleOf(picture);
    const gaps = gapsOf(picture, this.#pixelRatio);
    for (const { strip, shares, source, scale } of gaps) {
      const tone = { thickness: this.#pixelRatio, stride: 3 };
      drawLines(strip, shares, linesOf(source, rows, scale), tone);
    }
    this.#showAll(picture, gaps, rows.length);
    const ms = performance.now() - start;
    if (rows.length >= Math.min(this.#previewed, picture.count)) {
      const fitting = (this.#previewed * previewMs) / Math.max(1, ms);
      const next = 0.5 * this.#previewed + 0.5 * Math.min(fitting, 2 * this.#previewed);
      this.#previewed = Math.max(leastPreviewed, Math.min(mostPreviewed, Math.round(next)));
    }
    return rows.length;
  }

  /** Paints every selected row; null where something else was to be painted before the end. */
  async paint(picture: Picture): Promise<Painted | null> {
    this.cancel();
    this.#work = new AbortController();
    const { signal } = this.#work;
    const start = performance.now();
    const mode = picture.count > drawnRows ? "density" : "lines";
    const lines: number[] = [];
    const gaps = gapsOf(picture, this.#pixelRatio);
    const work =
      mode === "density" ? this.#density(picture, gaps, lines) : this.#lines(picture, gaps, lines);
    if (!(await runInSlices(work, signal))) return null;
    const strips = gaps.map(({ strip }) => strip);
    const shade = this.#showAll(picture, gaps, picture.count);
    const legend = legendCounts(greatestCount(strips)).map((rows) => ({
      rows,
      opacity: shade(rows),
    }));
    return { mode, ms: performance.now() - start, lines, legend };
  }

  get #pixelRatio(): number {
    return Math.min(2, window.devicePixelRatio || 1);
  }

  /** The canvas in the picture's size. Setting it clears it, so only when it changes. */
  #fit({ width, height }: Picture): void {
    const ratio = this.#pixelRatio;
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.canvas.width !== w || this.canvas.height !== h) {
      this.canvas.width = w;
      this.canvas.height = h;
    }
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${height}px`;
  }

  *#lines(picture: Picture, gaps: readonly Gap[], counts: number[]): Generator {
    const rows = picture.selected.rows();
    const thickness = this.#pixelRatio;
    for (const { strip, shares, source, scale } of gaps) {
      const lines = linesOf(source, rows, scale);
      counts.push(lines.count);
      const tone = { thickness, stride: lines.count > manyLines ? 2 : 1 };
      const step = tone.stride * Math.max(1, Math.floor(60_000 / (lines.count + 1)));
      for (let x = 0; x < strip.width; x += step) {
        const to = Math.min(strip.width, x + step);
        drawLines(strip, shares, lines, tone, x, to);
        yield;
      }
    }
  }

  *#density(picture: Picture, gaps: readonly Gap[], counts: number[]): Generator {
    const { selected, height } = picture;
    const thickness = this.#pixelRatio;
    const { words } = selected;
    if (gaps.length > mostCounters) this.#counters = [];
    for (const [i, { strip, shares, source }] of gaps.entries()) {
      const known = this.#counters[i];
      const fits = known?.fits(source, height, picture.count);
      const counter = known && fits ? known : new PairCounter(source, height, picture.count);
      if (gaps.length <= mostCounters) this.#counters[i] = counter;
      const block = 4_096;
      for (let from = 0; from < words.length; from += block) {
        counter.count(words, from, Math.min(words.length, from + block));
        yield;
      }
      const density = counter.result();
      counts.push(density.lines);
      const tone = { thickness, stride: density.cells > 30_000 ? 2 : 1 };
      const step = tone.stride * Math.max(1, Math.floor(100_000 / (density.cells + 1)));
      for (let x = 0; x < strip.width; x += step) {
        projectColumns(strip, shares, density, tone, x, Math.min(strip.width, x + step));
        yield;
      }
    }
  }

  /** Puts the strips onto the canvas in the shades of so many lines; returns those shades. */
  #showAll(picture: Picture, gaps: readonly Gap[], count: number): Shade {
    const shade =
      picture.scale === "rank"
        ? shadeByRank(gaps.map(({ strip }) => strip))
        : shadeOfLines(picture.opacity ?? lineOpacity(Math.max(1, count)));
    this.#fit(picture);
    this.#context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    for (const { strip, x } of gaps) {
      const { width, height } = strip;
      if (width === 0 || height === 0) continue;
      this.#context.putImageData(new ImageData(toBytes(strip, shade), width, height), x, 0);
    }
    return shade;
  }

  /** Selected rows out of a fixed sample of all rows. */
  #sampleOf({ selected, count }: Picture): Uint32Array {
    const wanted = Math.min(this.#previewed, count);
    if (count <= 4 * wanted) {
      const rows = selected.rows();
      return rows.length <= wanted
        ? rows
        : rows.filter((_, i) => i % Math.ceil(count / wanted) === 0);
    }
    if (this.#sample?.length !== Math.min(selected.size, 8 * mostPreviewed)) {
      this.#sample = fixedSample(selected.size, 8 * mostPreviewed);
    }
    const found = new Uint32Array(wanted);
    let n = 0;
    for (const row of this.#sample as Uint32Array) {
      if (!selected.has(row)) continue;
      found[n++] = row;
      if (n === wanted) break;
    }
    return found.subarray(0, n);
  }
}

interface Gap {
  readonly strip: Strip;
  readonly shares: Float64Array;
  readonly source: LineSource;
  /** Left edge in pixels of the canvas. */
  readonly x: number;
  readonly scale: number;
}

/** The strips between the axes, and the stubs before the first and after the last. */
function gapsOf({ axes, places, colours, height }: Picture, ratio: number): Gap[] {
  const rows = Math.round(height * ratio);
  const gap = (from: number, to: number, left: Float32Array, right: Float32Array): Gap => {
    const x = Math.round(from * ratio);
    const width = Math.max(0, Math.round(to * ratio) - x);
    return {
      x,
      scale: ratio,
      strip: emptyStrip(width, rows),
      shares: bendShares(width),
      source: { left, right, colour: colours.index, palette: colours.palette },
    };
  };
  if (axes.length === 0) return [];
  const last = axes.length - 1;
  return [
    gap(axes[0] - stubLength, axes[0], places[0], places[0]),
    ...axes.slice(1).map((to, i) => gap(axes[i], to, places[i], places[i + 1])),
    gap(axes[last], axes[last] + stubLength, places[last], places[last]),
  ];
}

/** The same `size` rows out of `rows` each time, in a fixed order that looks random. */
export function fixedSample(rows: number, size: number): Uint32Array {
  const all = Uint32Array.from({ length: Math.min(rows, size) }, (_, i) =>
    rows <= size ? i : Math.floor(((i + 0.5) * rows) / size),
  );
  return shuffled(all);
}

/** Rows in a fixed order that looks random, so that no part of the data lies on top of the rest. */
function shuffled(rows: Uint32Array): Uint32Array {
  let state = 88_675_123;
  for (let i = rows.length - 1; i > 0; i--) {
    // xorshift32 (Marsaglia 2003).
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const j = (state >>> 0) % (i + 1);
    const held = rows[i];
    rows[i] = rows[j];
    rows[j] = held;
  }
  return rows;
}
