// How many lines run from where on one axis to where on the next, by colour: density without drawing each line.

/** Bins along an axis, and colour bins. */
export const pairBins = 512;
export const colourBins = 16;

/** The code of a row that has no place on the axis. */
export const noBin = 0xffff;

/**
 * The bin of each row on an axis of `height` pixels; `noBin` where it has no place.
 *
 * @param positions pixels, NaN for rows without a place
 */
export function axisBins(positions: Float32Array | Float64Array, height: number): Uint16Array {
  const bins = new Uint16Array(positions.length);
  const unit = pairBins / height;
  for (let row = 0; row < bins.length; row++) {
    const position = positions[row]!;
    bins[row] =
      position >= 0 && position <= height
        ? Math.min(pairBins - 1, Math.floor(position * unit))
        : noBin;
  }
  return bins;
}

/** Counts of rows by bin on the left axis, bin on the right axis and colour. */
export class PairHistogram {
  /** Index `(left * pairBins + right) * colourBins + colour`. */
  readonly counts = new Uint32Array(pairBins * pairBins * colourBins);
  /** Rows counted: those with a place on both axes. */
  total = 0;
  #left: Uint16Array;
  #right: Uint16Array;
  #colour: Uint8Array;

  /** @param colour per row 0 to `colourBins` - 1 */
  constructor(left: Uint16Array, right: Uint16Array, colour: Uint8Array) {
    this.#left = left;
    this.#right = right;
    this.#colour = colour;
  }

  /** Adds rows (`by` = 1) or takes them away (`by` = -1). */
  update(rows: Uint32Array, by: 1 | -1): void {
    const { counts } = this;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      const left = this.#left[row]!;
      const right = this.#right[row]!;
      if (left === noBin || right === noBin) continue;
      counts[(left * pairBins + right) * colourBins + this.#colour[row]!]! += by;
      this.total += by;
    }
  }

  /** The cells that are not empty, with their counts. */
  cells(): { index: Uint32Array; count: Float32Array } {
    let n = 0;
    for (const count of this.counts) if (count > 0) n++;
    const index = new Uint32Array(n);
    const count = new Float32Array(n);
    for (let cell = 0, at = 0; at < n; cell++) {
      if (this.counts[cell] === 0) continue;
      index[at] = cell;
      count[at++] = this.counts[cell]!;
    }
    return { index, count };
  }
}

/** The opacity of `count` lines of opacity `alpha` one over another. */
export function stackedOpacity(alpha: number, count: number): number {
  return 1 - (1 - alpha) ** count;
}
