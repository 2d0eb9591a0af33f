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
  /** Middle of the left bin. */
  readonly left: Float64Array;
  /** How many bins lower the right one is. */
  readonly drop: Float64Array;
  /** Lines of each cell and, above 2^26, their red, `scale` for a whole line of it. */
  readonly first: Float64Array;
  /** Their green and, above 2^26, their blue. */
  readonly second: Float64Array;
  readonly scale: number;
  /** Lines counted: rows with a place on both axes. */
  readonly lines: number;
}

/** Two sums share a double: what is below this belongs to the first. */
const shared = 2 ** 26;

/** Bins beyond both ends of an axis, where thick lines reach. */
const margin = 4;

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
    const left = new Float64Array(cells);
    const drop = new Float64Array(cells);
    const first = new Float64Array(cells);
    const second = new Float64Array(cells);
    // So fine that the colours of all lines together stay below 2^26.
    const scale = Math.min(255, Math.floor((shared - cells) / Math.max(1, this.#lines)));
    const whole = (sum: number) => Math.round((sum * scale) / 255);
    for (let cell = 0, at = 0; at < cells; cell++) {
      const count = all[4 * cell];
      if (count === 0) continue;
      const bin = Math.floor(cell / bins);
      left[at] = bin + 0.5;
      drop[at] = (cell % bins) - bin;
      first[at] = count + shared * whole(all[4 * cell + 1]);
      second[at] = whole(all[4 * cell + 2]) + shared * whole(all[4 * cell + 3]);
      at++;
    }
    return { bins, cells, left, drop, first, second, scale, lines: this.#lines };
  }
}

/**
 * Projects the counts onto columns `from` to `to` of a strip. A cell's lines cover in each column the
 * stretch that a single line would (see `drawLines`); stretches are added up by their ends, so that a
 * steep line costs no more than a flat one. Sums are whole numbers, two to a double, so that what was
 * added is taken away to nothing.
 */
export function projectColumns(
  strip: Strip,
  shares: Float64Array,
  density: PairDensity,
  tone: Tone,
  from = 0,
  to = strip.width,
): void {
  const { bins, cells, left, drop, first, second } = density;
  const perPixel = bins / strip.height;
  const last = bins + 2 * margin - 1;
  const changes = new Float64Array(2 * (last + 1));
  const reaches = new Float64Array(2 * bins + 1);
  const pixels = new Float32Array(4 * strip.height);
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
      const d = drop[cell];
      // Half a bin more, so that cutting off the fraction rounds.
      const middle = left[cell] + d * share + (margin + 0.5);
      const reach = reaches[d + bins];
      const a = first[cell];
      const b = second[cell];
      const top = (Math.max(0, middle - reach) | 0) << 1;
      const bottom = (Math.min(last, middle + reach) | 0) << 1;
      changes[top] += a;
      changes[top + 1] += b;
      changes[bottom] -= a;
      changes[bottom + 1] -= b;
    }
    toPixels(changes, density, pixels);
    paintColumn(strip, pixels, x, end);
  }
}

/** Adds the changes up and averages the bins of each pixel. */
function toPixels(changes: Float64Array, { bins, scale }: PairDensity, pixels: Float32Array): void {
  const sums = new Float64Array(2 * changes.length);
  let [first, second] = [0, 0];
  for (let c = 0; c < changes.length; c += 2) {
    first += changes[c];
    second += changes[c + 1];
    const red = Math.floor(first / shared);
    const blue = Math.floor(second / shared);
    sums[2 * c] = first - red * shared;
    sums[2 * c + 1] = red / scale;
    sums[2 * c + 2] = (second - blue * shared) / scale;
    sums[2 * c + 3] = blue / scale;
  }
  const height = pixels.length / 4;
  const perPixel = bins / height;
  pixels.fill(0);
  for (let y = 0; y < height; y++) {
    const top = y * perPixel + margin;
    const bottom = top + perPixel;
    for (let bin = Math.floor(top); bin < bottom; bin++) {
      const share = (Math.min(bottom, bin + 1) - Math.max(top, bin)) / perPixel;
      for (let c = 0; c < 4; c++) pixels[4 * y + c] += share * sums[4 * bin + c];
    }
  }
}
