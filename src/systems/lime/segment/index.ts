// The segmenters under one name: `segment.quickshift(image)` and its sisters, and by specification.
import { LimeError } from "../errors.ts";
import { type FelzenszwalbOptions, felzenszwalb } from "./felzenszwalb.ts";
import { type GridOptions, grid } from "./grid.ts";
import type { ImageLike } from "./picture.ts";
import { type QuickshiftOptions, quickshift } from "./quickshift.ts";
import { type SlicOptions, slic } from "./slic.ts";

export type { FelzenszwalbOptions, GridOptions, ImageLike, QuickshiftOptions, SlicOptions };

/** Segmenters: a picture in, the region of each pixel out [height x width], numbered from 0. */
export const segment = { quickshift, slic, felzenszwalb, grid };

/** A segmenter and its options, as data. */
export type SegmentSpec =
  | ({ readonly method: "quickshift" } & QuickshiftOptions)
  | ({ readonly method: "slic" } & SlicOptions)
  | ({ readonly method: "felzenszwalb" } & FelzenszwalbOptions)
  | ({ readonly method: "grid" } & GridOptions);

/** The regions that a specification asks for. @throws LimeError on a method that is not there. */
export function segmentBy(image: ImageLike, spec: SegmentSpec): Int32Array {
  switch (spec.method) {
    case "quickshift":
      return quickshift(image, spec);
    case "slic":
      return slic(image, spec);
    case "felzenszwalb":
      return felzenszwalb(image, spec);
    case "grid":
      return grid(image, spec);
    default: {
      const expected = `a method of ${Object.keys(segment).join(", ")}`;
      const received = JSON.stringify((spec satisfies never as { method: string }).method);
      throw new LimeError("segments", { expected, received });
    }
  }
}
