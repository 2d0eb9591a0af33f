/** @file Masks that are added to attention scores. */
import { cast, expandDims, minimum, sub, type Tensor, tensor } from "../engine/index.ts";

/**
 * What a forbidden position gets: finite, so that a row with nothing allowed gives numbers and not
 * NaN, and within float16.
 */
const FORBIDDEN = -6e4;

/** `[query, key]`: 0 where a query may look (itself and before), very negative after it. */
export function causalMask(queries: number, keys = queries): Tensor {
  const offset = keys - queries;
  const values = Float32Array.from({ length: queries * keys }, (_, i) =>
    (i % keys) - offset > Math.floor(i / keys) ? FORBIDDEN : 0,
  );
  return tensor(values, { shape: [queries, keys] });
}

/**
 * `[batch, 1, 1, key]` from a padding mask `[batch, key]`: 0 where a token stands (not 0), very
 * negative where there is padding.
 */
export function paddingMask(mask: Tensor): Tensor {
  const present = cast(cast(mask, "bool"), "float32");
  return expandDims(expandDims(sub(present, 1).mul(-FORBIDDEN), 1), 1);
}

/** Both of two additive masks, either of which may be absent. */
export function bothMasks(a: Tensor | null, b: Tensor | null): Tensor | null {
  return a && b ? minimum(a, b) : (a ?? b);
}
