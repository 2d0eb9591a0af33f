/** @file Losses on distances: triplets, and pairs against the rest of the batch. */
import {
  add,
  arange,
  div,
  matmul,
  maximum,
  ShapeError,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
} from "../engine/index.ts";
import { crossEntropy, type LossOptions, reduceLoss } from "./losses.ts";

function distance(a: Tensor, b: Tensor): Tensor {
  // The small number keeps the root's slope finite where two vectors are equal.
  return sqrt(add(sum(square(sub(a, b)), { axis: -1 }), 1e-12));
}

/**
 * max(|a - p| - |a - n| + margin, 0) with Euclidean distances (Schroff et al. 2015): an anchor
 * should be nearer to its positive than to its negative. All are `[..., width]`.
 */
export function tripletLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  { margin = 1, reduction }: LossOptions & { readonly margin?: number } = {},
): Tensor {
  const gap = sub(distance(anchor, positive), distance(anchor, negative));
  return reduceLoss(maximum(add(gap, margin), 0), reduction);
}

/** Vectors of length 1 over the last axis. */
export function normalize(x: Tensor, epsilon = 1e-12): Tensor {
  return div(x, sqrt(add(sum(square(x), { axis: -1, keepdims: true }), epsilon)));
}

/** Settings of `contrastiveLoss`. */
export interface ContrastiveOptions extends LossOptions {
  /** Divides the cosines: a number, or a learned scalar tensor. Default 0.07. */
  readonly temperature?: number | Tensor;
  /** Also from the second to the first, averaged. Default true. */
  readonly symmetric?: boolean;
}

/**
 * InfoNCE (van den Oord et al. 2018), symmetric as in CLIP (Radford et al. 2021): row i of `a` and
 * row i of `b`, both `[batch, width]`, belong together, and all other rows do not.
 * @throws ShapeError where the two differ in shape
 */
export function contrastiveLoss(
  a: Tensor,
  b: Tensor,
  { temperature = 0.07, symmetric = true, reduction }: ContrastiveOptions = {},
): Tensor {
  if (a.rank !== 2 || b.rank !== 2 || a.shape[0] !== b.shape[0] || a.shape[1] !== b.shape[1]) {
    throw new ShapeError(
      `contrastiveLoss: expected two of [batch, width], got [${a.shape}] and [${b.shape}]`,
    );
  }
  const logits = div(matmul(normalize(a), normalize(b), { transposeB: true }), temperature);
  const own = arange(0, a.shape[0], 1, "int32");
  const forward = crossEntropy(logits, own, { reduction });
  if (!symmetric) return forward;
  return add(forward, crossEntropy(logits.transpose(), own, { reduction })).mul(0.5);
}
