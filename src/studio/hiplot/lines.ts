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
  /** Places on the left and the right axis in pixels of the strip, NaN where the row has none. */
  readonly left: Float32Array;
  readonly right: Float32Array;
  /** Per row the place of its colour in `palette` (0 to 255 each). */
  readonly colour: Uint32Array;
  readonly palette: Float32Array;
  readonly opacity: number;
  /** Width of a line in pixels of the strip. */
  readonly thickness: number;
}

/**
 * Draws rows `from` to `to` of the list, each over what is there already. In each column of pixels a
 * line covers a stretch as high as the line is long there, its ends in part.
 */
export function drawLines(
  strip: Strip,
  shares: Float64Array,
  source: LineSource,
  rows: Uint32Array,
  from = 0,
  to = rows.length,
): void {
  const { width, height, pixels } = strip;
  const { left, right, colour, palette, opacity, thickness } = source;
  for (let i = from; i < to; i++) {
    const row = rows[i];
    const a = left[row];
    const d = right[row] - a;
    if (Number.isNaN(d)) continue;
    const at = 3 * colour[row];
    const red = palette[at] / 255;
    const green = palette[at + 1] / 255;
    const blue = palette[at + 2] / 255;
    let y = a + d * shares[0];
    for (let x = 0; x < width; x++) {
      const next = a + d * shares[x + 1];
      const slope = next - y;
      const reach = (thickness * Math.sqrt(1 + slope * slope)) / 2;
      const middle = (y + next) / 2;
      const top = Math.max(0, middle - reach);
      const bottom = Math.min(height, middle + reach);
      y = next;
      const last = Math.ceil(bottom);
      for (let pixel = Math.floor(top); pixel < last; pixel++) {
        const covered = Math.min(bottom, pixel + 1) - Math.max(top, pixel);
        const alpha = opacity * covered;
        const rest = 1 - alpha;
        const p = 4 * (pixel * width + x);
        pixels[p] = pixels[p] * rest + red * alpha;
        pixels[p + 1] = pixels[p + 1] * rest + green * alpha;
        pixels[p + 2] = pixels[p + 2] * rest + blue * alpha;
        pixels[p + 3] = pixels[p + 3] * rest + alpha;
      }
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
