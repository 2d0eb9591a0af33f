// Regions of equal squares: for pictures whose meaning lies in places rather than in shapes.
import { checkImage, checkPositive, type ImageLike } from "./picture.ts";

/** Options of `grid`. */
export interface GridOptions {
  /** Side of a square in pixels; the last row and column may be narrower. Default: an eighth of the longer side. */
  readonly cell?: number;
}

/** The square that each pixel lies in, numbered row by row from 0. */
export function grid(image: ImageLike, options: GridOptions = {}): Int32Array {
  checkImage(image);
  const [height, width] = image.shape;
  const { cell = Math.max(1, Math.ceil(Math.max(height, width) / 8)) } = options;
  checkPositive("cell", cell);
  const side = Math.max(1, Math.floor(cell));
  const across = Math.ceil(width / side);
  return Int32Array.from({ length: height * width }, (_, i) => {
    const row = Math.floor(Math.floor(i / width) / side);
    return row * across + Math.floor((i % width) / side);
  });
}
