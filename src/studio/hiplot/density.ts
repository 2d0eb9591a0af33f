// Draws a million lines without drawing one: counts them by both ends, then projects the counts column by column.
import { type LineSource, paintColumn, type Strip, type Tone } from "./lines.ts";

/**
 * Bins along an axis for so many rows. Where more than sixty thousand lines cross a gap, none can be told
 * apart, and a quarter of the cells stays in the processor's cache.
 */
export function binsFor(rows: number): number {
  return rows > 60_000 ? 256 : 512;
}

/** How many lines run from bin to bin between two axes, and their colours: only cells that hold any. */
export interface PairDensity {
  readonly bins: number;
  readonly cells: number;
  readonly left: Float32Array;
  readonly right: Float32Array;
  /** Count, red, green, blue (sums; colours 0 to 1) of each cell. */
  readonly sums: Float32Array;
  /** Lines counted: rows with a place on both axes. */
  readonly lines: number;
}

/** Counts rows into the grid of a pair of axes, in slices. */
export class PairCounter {
  readonly #bins: number;
  readonly #sums: Float32Array;
  #source: LineSource;
  #unit: number;
  #lines = 0;

  constructor(source: LineSource, height: number, rows: number) {
    const bins = binsFor(rows);
    this.#bins = bins;
    this.#sums = new Float32Array(4 * bins * bins);
    this.#source = source;
    this.#unit = bins / height;
  }

  /** Counts the rows whose bits are set in words `from` to `to` of a set. */
  add(words: Uint32Array, from = 0, to = words.length): void {
    const sums = this.#sums;
    const bins = this.#bins;
    const unit = this.#unit;
    const { left, right, colour, palette } = this.#source;
    for (let w = from; w < to; w++) {
      for (let word = words[w]; word !== 0; word &= word - 1) {
        const row = w * 32 + 31 - Math.clz32(word & -word);
        const a = left[row] * unit;
        const b = right[row] * unit;
        // NaN fails the test.
        if (!(a >= 0 && b >= 0)) continue;
        const i = a < bins ? a | 0 : bins - 1;
        const j = b < bins ? b | 0 : bins - 1;
        const cell = 4 * (i * bins + j);
        const at = 3 * colour[row];
        sums[cell]++;
        sums[cell + 1] += palette[at];
        sums[cell + 2] += palette[at + 1];
        sums[cell + 3] += palette[at + 2];
        this.#lines++;
      }
    }
  }

  /** The cells that hold lines. */
  result(): PairDensity {
    const all = this.#sums;
    const bins = this.#bins;
    let cells = 0;
    for (let cell = 0; cell < all.length; cell += 4) if (all[cell] > 0) cells++;
    const left = new Float32Array(cells);
    const right = new Float32Array(cells);
    const sums = new Float32Array(4 * cells);
    for (let cell = 0, at = 0; at < cells; cell++) {
      const count = all[4 * cell];
      if (count === 0) continue;
      left[at] = Math.floor(cell / bins) + 0.5;
      right[at] = (cell % bins) + 0.5;
      sums[4 * at] = count;
      for (let c = 1; c < 4; c++) sums[4 * at + c] = all[4 * cell + c] / 255;
      at++;
    }
    return { bins, cells, left, right, sums, lines: this.#lines };
  }
}

/**
 * Projects the counts onto columns `from` to `to` of a strip. A cell's lines cover in each column the
 * stretch that a single line would (see `drawLines`); stretches are added up by their ends, so that a
 * steep line costs no more than a flat one.
 */
export function projectColumns(
  strip: Strip,
  shares: Float64Array,
  density: PairDensity,
  tone: Tone,
  from = 0,
  to = strip.width,
): void {
  const { bins, cells, left, right, sums } = density;
  const perPixel = bins / strip.height;
  const margin = 4;
  // Sums of changes along the column: 64-bit, so that what was added is taken away to nothing.
  const changes = new Float64Array(4 * (bins + 2 * margin));
  const reaches = new Float64Array(2 * bins + 1);
  const pixels = new Float32Array(4 * strip.height);
  const last = bins + 2 * margin - 1;
  for (let x = from; x < to; x += tone.stride) {
    const end = Math.min(strip.width, x + tone.stride);
    const share = (shares[x] + shares[end]) / 2;
    const slope = (shares[end] - shares[x]) / (end - x);
    for (let d = 0; d <= 2 * bins; d++) {
      const rise = ((d - bins) * slope) / perPixel;
      reaches[d] = Math.max(0.5, (tone.thickness * perPixel * Math.sqrt(1 + rise * rise)) / 2);
    }
    changes.fill(0);
    for (let cell = 0; cell < cells; cell++) {
      const a = left[cell];
      const d = right[cell] - a;
      const middle = a + d * share + margin;
      const reach = reaches[d + bins];
      const first = middle - reach;
      const top = first < 0 ? 0 : 4 * ((first + 0.5) | 0);
      const below = (middle + reach + 0.5) | 0;
      const bottom = 4 * (below > last ? last : below);
      const c = 4 * cell;
      const count = sums[c];
      const red = sums[c + 1];
      const green = sums[c + 2];
      const blue = sums[c + 3];
      changes[top] += count;
      changes[top + 1] += red;
      changes[top + 2] += green;
      changes[top + 3] += blue;
      changes[bottom] -= count;
      changes[bottom + 1] -= red;
      changes[bottom + 2] -= green;
      changes[bottom + 3] -= blue;
    }
    toPixels(changes, bins, margin, pixels);
    paintColumn(strip, pixels, x, end);
  }
}

/** Adds the changes up and averages the bins of each pixel. */
function toPixels(changes: Float64Array, bins: number, margin: number, pixels: Float32Array): void {
  for (let c = 4; c < changes.length; c++) changes[c] += changes[c - 4];
  const height = pixels.length / 4;
  const perPixel = bins / height;
  pixels.fill(0);
  for (let y = 0; y < height; y++) {
    const top = y * perPixel + margin;
    const bottom = top + perPixel;
    for (let bin = Math.floor(top); bin < bottom; bin++) {
      const share = (Math.min(bottom, bin + 1) - Math.max(top, bin)) / perPixel;
      for (let c = 0; c < 4; c++) pixels[4 * y + c] += share * changes[4 * bin + c];
    }
  }
}
