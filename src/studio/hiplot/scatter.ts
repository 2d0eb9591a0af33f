// Dots by the million: rows are added up by pixel, so that a crowd shows as a crowd.
import type { RowColours } from "./places.ts";

/** What dots are drawn from. */
export interface DotSource {
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly colours: RowColours;
  readonly opacity: number;
  /** Side of a dot in pixels. */
  readonly size: number;
}

/** Draws rows as square dots: n of opacity a over one another let (1-a)^n through, in their mean colour. */
export function drawDots(
  width: number,
  height: number,
  source: DotSource,
  rows: Uint32Array,
): ImageData {
  const { x, y, colours, opacity, size } = source;
  const { index, palette } = colours;
  const sums = new Float32Array(4 * width * height);
  const half = size / 2;
  for (const row of rows) {
    const left = Math.round(x[row] - half);
    const top = Math.round(y[row] - half);
    // NaN fails the test.
    if (!(left >= 0 && top >= 0 && left + size <= width && top + size <= height)) continue;
    const at = 3 * index[row];
    for (let dy = 0; dy < size; dy++) {
      let cell = 4 * ((top + dy) * width + left);
      for (let dx = 0; dx < size; dx++, cell += 4) {
        sums[cell]++;
        sums[cell + 1] += palette[at];
        sums[cell + 2] += palette[at + 1];
        sums[cell + 3] += palette[at + 2];
      }
    }
  }
  const image = new ImageData(width, height);
  const { data } = image;
  const keep = Math.log(Math.max(1e-9, 1 - opacity));
  for (let cell = 0; cell < sums.length; cell += 4) {
    const count = sums[cell];
    if (count === 0) continue;
    data[cell] = sums[cell + 1] / count;
    data[cell + 1] = sums[cell + 2] / count;
    data[cell + 2] = sums[cell + 3] / count;
    data[cell + 3] = 255 * (1 - Math.exp(keep * count));
  }
  return image;
}
