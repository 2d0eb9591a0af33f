// Draws lines one by one into a picture: what the eye sees, for as many rows as can be told apart.

/** A picture of one gap between two axes: how many lines cover each pixel, and their colours added up. */
export interface Strip {
  readonly width: number;
  readonly height: number;
  /** `4 * (y * width + x)`: red, green and blue (0 to 1 a line), then the count. */
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
  /** Width of a line in pixels of the strip. */
  readonly thickness: number;
  readonly stride: number;
}

/** Two sums share a double: what is below this belongs to the first. */
const shared = 2 ** 26;

/**
 * Draws all lines into the columns of pixels from `from` to `to`. In each column a line covers a
 * stretch as high as the line is long there, its ends in part. Counts and colours are added up, so no
 * line hides another because it came later.
 * One column after another, since a column fits the fastest memory and a whole picture does not.
 *
 * A line notes only where its stretch begins and ends, so that a steep one costs no more than a flat one;
 * coverage is counted in whole parts of a pixel, two sums in one double, so that nothing is rounded.
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
  const { count, left, drop } = lines;
  const { thickness, stride } = tone;
  const fine = finenessFor(count);
  const parts = 1 << fine;
  const rest = parts - 1;
  const deepest = parts * height;
  const { first, second } = packedColours(lines);
  // Per row of pixels by how much the two sums change from the row above; one row more for the ends.
  const changes = new Float64Array(2 * (height + 2));
  const sums = new Float32Array(4 * height);
  const reaches = new Float64Array(height + 2);
  for (let x = from; x < to; x += stride) {
    const end = Math.min(width, x + stride);
    const share = (shares[x] + shares[end]) / 2;
    const step = (shares[end] - shares[x]) / (end - x);
    for (let d = 0; d < reaches.length; d++) {
      reaches[d] = 0.5 * parts * thickness * Math.sqrt(1 + (d * step) ** 2);
    }
    changes.fill(0);
    for (let line = 0; line < count; line++) {
      const d = drop[line];
      const middle = parts * (left[line] + d * share) + 0.5;
      const reach = reaches[((d < 0 ? -d : d) + 0.5) | 0];
      const a = first[line];
      const b = second[line];
      const top = Math.max(0, Math.min(deepest, middle - reach)) | 0;
      let p = (top >> fine) << 1;
      let after = top & rest;
      let before = parts - after;
      changes[p] += before * a;
      changes[p + 1] += before * b;
      changes[p + 2] += after * a;
      changes[p + 3] += after * b;
      const bottom = Math.max(0, Math.min(deepest, middle + reach)) | 0;
      p = (bottom >> fine) << 1;
      after = bottom & rest;
      before = parts - after;
      changes[p] -= before * a;
      changes[p + 1] -= before * b;
      changes[p + 2] -= after * a;
      changes[p + 3] -= after * b;
    }
    unpack(changes, parts, sums);
    paintColumn(strip, sums, x, end);
  }
}

/** Bits of a part of a pixel that so many lines leave room for: eight at most. */
function finenessFor(count: number): number {
  return Math.max(0, Math.min(8, Math.floor(Math.log2(shared / (255 * Math.max(1, count)) - 1))));
}

/** Per line count and red, and green and blue, as what they add to the shared sums. */
function packedColours({ count, colours }: Lines): { first: Float64Array; second: Float64Array } {
  const first = new Float64Array(count);
  const second = new Float64Array(count);
  const whole = (c: number) => Math.round(255 * colours[c]);
  for (let line = 0, c = 0; line < count; line++, c += 3) {
    first[line] = 1 + shared * whole(c);
    second[line] = whole(c + 1) + shared * whole(c + 2);
  }
  return { first, second };
}

/** Adds the changes up, and parts the sums into count, red, green and blue of each row of pixels. */
function unpack(changes: Float64Array, parts: number, sums: Float32Array): void {
  const perCount = 1 / parts;
  const perColour = 1 / (255 * parts);
  let first = 0;
  let second = 0;
  for (let p = 0; p < sums.length; p += 4) {
    first += changes[p / 2];
    second += changes[p / 2 + 1];
    const red = Math.floor(first / shared);
    const blue = Math.floor(second / shared);
    sums[p] = (first - red * shared) * perCount;
    sums[p + 1] = red * perColour;
    sums[p + 2] = (second - blue * shared) * perColour;
    sums[p + 3] = blue * perColour;
  }
}

/** Sets the pixels of columns `x` to `end` from count, red, green and blue summed by row of pixels. */
export function paintColumn(
  { width, height, pixels }: Strip,
  sums: Float32Array,
  x: number,
  end: number,
): void {
  for (let y = 0; y < height; y++) {
    const count = sums[4 * y];
    if (count < 1e-6) continue;
    for (let column = x; column < end; column++) {
      const p = 4 * (y * width + column);
      pixels[p] = sums[4 * y + 1];
      pixels[p + 1] = sums[4 * y + 2];
      pixels[p + 2] = sums[4 * y + 3];
      pixels[p + 3] = count;
    }
  }
}
