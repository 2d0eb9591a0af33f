// Draws a million lines without drawing one: counts them by both ends, then projects the counts column by column.
import { type LineSource, paintColumn, type Strip, type Tone } from "./lines.ts";

/**
 * Bins along an axis for so many rows. Where more than sixty thousand lines cross a gap, none can be told
 * apart, and a quarter of the cells stays in the processor's cache.
 */
export function binsFor(rows: number): number {
  return rows > 60_000 ? 256 : 512;
}

/**
 * How many lines run from bin to bin between two axes, and their colours: only cells that hold any.
 * Cells with the same drop (how many bins lower the right end is) stand together: they move alike.
 */
export interface PairDensity {
  readonly bins: number;
  readonly cells: number;
  /** The cells of drop d are those from `starts[d + bins - 1]` to `starts[d + bins]`. */
  readonly starts: Uint32Array;
  /** The left bin. */
  readonly left: Uint16Array;
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

/**
 * Counts rows into the grid of a pair of axes, in slices. Another set is counted by what it has more and
 * less than the one before. Sums are whole numbers, so that what goes leaves nothing behind.
 */
export class PairCounter {
  readonly #bins: number;
  readonly #sums: Int32Array;
  readonly #source: LineSource;
  readonly #height: number;
  readonly #palette: Int32Array;
  readonly #counted: Uint32Array;
  #lines = 0;

  constructor(source: LineSource, height: number, rows: number) {
    const bins = binsFor(rows);
    this.#bins = bins;
    this.#sums = new Int32Array(4 * bins * bins);
    this.#source = source;
    this.#height = height;
    this.#palette = Int32Array.from(source.palette, Math.round);
    this.#counted = new Uint32Array((source.left.length + 31) >>> 5);
  }

  /** Whether it counts lines of the same places and colours into a grid that is right for so many rows. */
  fits({ left, right, colour, palette }: LineSource, height: number, rows: number): boolean {
    const own = this.#source;
    const sameLines = own.left === left && own.right === right;
    const sameColours = own.colour === colour && own.palette === palette;
    return sameLines && sameColours && this.#height === height && this.#bins === binsFor(rows);
  }

  /** From here on the rows of words `from` to `to` are those whose bits are set there. */
  count(words: Uint32Array, from = 0, to = words.length): void {
    const counted = this.#counted;
    for (let w = from; w < to; w++) {
      const changed = words[w] ^ counted[w];
      if (changed === 0) continue;
      this.#add(32 * w, changed & words[w], 1);
      this.#add(32 * w, changed & counted[w], -1);
      counted[w] = words[w];
    }
  }

  #add(first: number, bits: number, sign: 1 | -1): void {
    const sums = this.#sums;
    const palette = this.#palette;
    const bins = this.#bins;
    const unit = bins / this.#height;
    const { left, right, colour } = this.#source;
    for (let word = bits; word !== 0; word &= word - 1) {
      const row = first + 31 - Math.clz32(word & -word);
      const a = left[row] * unit;
      const b = right[row] * unit;
      // NaN fails the test.
      if (!(a >= 0 && b >= 0)) continue;
      const i = a < bins ? a | 0 : bins - 1;
      const j = b < bins ? b | 0 : bins - 1;
      const cell = 4 * (i * bins + j);
      const at = 3 * colour[row];
      sums[cell] += sign;
      sums[cell + 1] += sign * palette[at];
      sums[cell + 2] += sign * palette[at + 1];
      sums[cell + 3] += sign * palette[at + 2];
      this.#lines += sign;
    }
  }

  /** The cells that hold lines. */
  result(): PairDensity {
    const all = this.#sums;
    const bins = this.#bins;
    let cells = 0;
    for (let cell = 0; cell < all.length; cell += 4) if (all[cell] > 0) cells++;
    const starts = new Uint32Array(2 * bins);
    const left = new Uint16Array(cells);
    const first = new Float64Array(cells);
    const second = new Float64Array(cells);
    // So fine that the colours of all lines together stay below 2^26.
    const scale = Math.min(255, Math.floor((shared - cells) / Math.max(1, this.#lines)));
    const whole = (sum: number) => Math.round((sum * scale) / 255);
    let at = 0;
    for (let drop = 1 - bins; drop < bins; drop++) {
      const end = Math.min(bins, bins - drop);
      for (let bin = Math.max(0, -drop); bin < end; bin++) {
        const cell = 4 * (bin * bins + bin + drop);
        const count = all[cell];
        if (count === 0) continue;
        left[at] = bin;
        first[at] = count + shared * whole(all[cell + 1]);
        second[at] = whole(all[cell + 2]) + shared * whole(all[cell + 3]);
        at++;
      }
      starts[drop + bins] = at;
    }
    return { bins, cells, starts, left, first, second, scale, lines: this.#lines };
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
  const { bins, starts, left, first, second } = density;
  const perPixel = bins / strip.height;
  const pixels = new Float32Array(4 * strip.height);
  let changes = new Float64Array(0);
  for (let x = from; x < to; x += tone.stride) {
    const end = Math.min(strip.width, x + tone.stride);
    const share = (shares[x] + shares[end]) / 2;
    const slope = (shares[end] - shares[x]) / (end - x);
    const reachOf = (drop: number) => {
      const rise = (drop * slope) / perPixel;
      return Math.max(0.5, (tone.thickness * perPixel * Math.sqrt(1 + rise * rise)) / 2);
    };
    // Bins beyond both ends of an axis, where thick lines reach.
    const margin = Math.ceil(reachOf(bins)) + 2;
    const size = 2 * (bins + 2 * margin);
    if (changes.length === size) changes.fill(0);
    else changes = new Float64Array(size);
    for (let drop = 1 - bins; drop < bins; drop++) {
      const begin = starts[drop + bins - 1];
      const stop = starts[drop + bins];
      if (begin === stop) continue;
      // Half a bin to its middle, and half more so that cutting off the fraction rounds.
      const middle = drop * share + margin + 1;
      const reach = reachOf(drop);
      const top = 2 * Math.floor(middle - reach);
      const bottom = 2 * Math.floor(middle + reach);
      for (let cell = begin; cell < stop; cell++) {
        const bin = 2 * left[cell];
        const a = first[cell];
        const b = second[cell];
        changes[bin + top] += a;
        changes[bin + top + 1] += b;
        changes[bin + bottom] -= a;
        changes[bin + bottom + 1] -= b;
      }
    }
    toPixels(changes, density, margin, pixels);
    paintColumn(strip, pixels, x, end);
  }
}

/** Adds the changes up and averages the bins of each pixel. */
function toPixels(
  changes: Float64Array,
  { bins, scale }: PairDensity,
  margin: number,
  pixels: Float32Array,
): void {
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
