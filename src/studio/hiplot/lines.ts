// Draws lines one by one into a picture: what the eye sees, for as many rows as can be told apart.

/** A picture of one gap between two axes: red, green, blue and opacity, each already times opacity. */
export interface Strip {
  readonly width: number;
  readonly height: number;
  /** `4 * (y * width + x)`; 0 to 1. */
  readonly pixels: Float32Array<ArrayBuffer>;
}

/** An empty picture. */
export function emptyStrip(width: number, height: number): Strip {
  return { width, height, pixels: new Float32Array(4 * width * height) };
}

/** What lines are drawn from. */
export interface LineSource {
  /** Places on the left and the right axis, NaN where the row has none. */
  readonly left: Float32Array;
  readonly right: Float32Array;
  /** Per row the place of its colour in `palette` (0 to 255 each). */
  readonly colour: Uint32Array;
  readonly palette: Float32Array;
}

/** Lines of one gap. */
export interface Lines {
  readonly count: number;
  readonly left: Float32Array;
  /** How much lower the right end is than the left one. */
  readonly drop: Float32Array;
  /** Red, green, blue of each line, 0 to 1. */
  readonly colours: Float32Array;
}

/**
 * Collects the lines of some rows; those without a place on both axes have none. `scale` is pixels of
 * the strip per unit of the places.
 */
export function linesOf(source: LineSource, rows: Uint32Array, scale = 1): Lines {
  const { left, right, colour, palette } = source;
  const lines = {
    left: new Float32Array(rows.length),
    drop: new Float32Array(rows.length),
    colours: new Float32Array(3 * rows.length),
  };
  let count = 0;
  for (const row of rows) {
    const drop = right[row] - left[row];
    if (Number.isNaN(drop)) continue;
    lines.left[count] = left[row] * scale;
    lines.drop[count] = drop * scale;
    const at = 3 * colour[row];
    for (let c = 0; c < 3; c++) lines.colours[3 * count + c] = palette[at + c] / 255;
    count++;
  }
  return { ...lines, count };
}

/** How lines look, and which columns of pixels share one look at them. */
export interface Tone {
  readonly opacity: number;
  /** Width of a line in pixels of the strip. */
  readonly thickness: number;
  readonly stride: number;
}

/**
 * How opaque so many lines of one opacity over one another are: 1 - (1 - a)^n. A part of a line, as at
 * its edge, counts in proportion.
 */
export function stacked(opacity: number, count: number, keep: number): number {
  return count < 1 ? opacity * count : 1 - Math.exp(keep * count);
}

/** The logarithm of what one line lets through. */
export function keepOf(opacity: number): number {
  return Math.log(Math.max(1e-9, 1 - opacity));
}

/**
 * Draws all lines into the columns of pixels from `from` to `to`. In each column a line covers a
 * stretch as high as the line is long there, its ends in part. A pixel has the mean colour of its
 * lines, and the opacity of as many one over another: no line hides another because it came later.
 * One column after another, since a column fits the fastest memory and a whole picture does not.
 */
export function drawLines(
  strip: Strip,
  shares: Float64Array,
  lines: Lines,
  tone: Tone,
  from = 0,
  to = strip.width,
): void {
  const { width, height } = strip;
  const { count, left, drop, colours } = lines;
  const { opacity, thickness, stride } = tone;
  const sums = new Float32Array(4 * height);
  for (let x = from; x < to; x += stride) {
    const end = Math.min(width, x + stride);
    const share = (shares[x] + shares[end]) / 2;
    const step = (shares[end] - shares[x]) / (end - x);
    sums.fill(0);
    for (let line = 0; line < count; line++) {
      const d = drop[line];
      const slope = d * step;
      const middle = left[line] + d * share;
      const reach = 0.5 * thickness * Math.sqrt(1 + slope * slope);
      const above = middle - reach;
      const below = middle + reach;
      const top = above > 0 ? above : 0;
      const bottom = below < height ? below : height;
      const c = 3 * line;
      const red = colours[c];
      const green = colours[c + 1];
      const blue = colours[c + 2];
      for (let pixel = top | 0; pixel < bottom; pixel++) {
        const high = pixel > top ? pixel : top;
        const low = pixel + 1 < bottom ? pixel + 1 : bottom;
        const covered = low - high;
        const p = 4 * pixel;
        sums[p] += covered;
        sums[p + 1] += red * covered;
        sums[p + 2] += green * covered;
        sums[p + 3] += blue * covered;
      }
    }
    paintColumn(strip, sums, opacity, x, end);
  }
}

/** Sets the pixels of columns `x` to `end` from count, red, green and blue summed by row of pixels. */
export function paintColumn(
  { width, height, pixels }: Strip,
  sums: Float32Array,
  opacity: number,
  x: number,
  end: number,
): void {
  const keep = keepOf(opacity);
  for (let y = 0; y < height; y++) {
    const count = sums[4 * y];
    if (count < 1e-6) continue;
    const alpha = stacked(opacity, count, keep);
    const scale = alpha / count;
    for (let column = x; column < end; column++) {
      const p = 4 * (y * width + column);
      pixels[p] = sums[4 * y + 1] * scale;
      pixels[p + 1] = sums[4 * y + 2] * scale;
      pixels[p + 2] = sums[4 * y + 3] * scale;
      pixels[p + 3] = alpha;
    }
  }
}

/** The strip as bytes that a canvas takes: colours no longer times opacity. */
export function toBytes({ width, height, pixels }: Strip): Uint8ClampedArray<ArrayBuffer> {
  const bytes = new Uint8ClampedArray(4 * width * height);
  for (let p = 0; p < bytes.length; p += 4) {
    const alpha = pixels[p + 3];
    if (alpha <= 0) continue;
    const back = 255 / alpha;
    bytes[p] = pixels[p] * back;
    bytes[p + 1] = pixels[p + 1] * back;
    bytes[p + 2] = pixels[p + 2] * back;
    bytes[p + 3] = 255 * alpha;
  }
  return bytes;
}
