/** @file What is done to gradients before an update: clipping, and their norm. */
import {
  addAll,
  clip,
  div,
  minimum,
  mul,
  sqrt,
  square,
  sum,
  type Tensor,
  treeLeaves,
  treeMap,
  ValueError,
} from "../engine/index.ts";

/** The Euclidean norm of all tensors of a tree taken together (a scalar). */
export function globalNorm(grads: unknown): Tensor {
  const leaves = treeLeaves(grads);
  if (leaves.length === 0) throw new ValueError("globalNorm: the tree has no tensors");
  return sqrt(addAll(leaves.map((g) => sum(square(g)))));
}

/**
 * Scales gradients so that their global norm is at most `limit` (Pascanu et al. 2013).
 * @returns the gradients, and the norm before
 */
export function clipByGlobalNorm<G>(grads: G, limit: number): { grads: G; norm: Tensor } {
  if (!(limit > 0)) throw new ValueError(`clipByGlobalNorm: limit must be above 0, got ${limit}`);
  const norm = globalNorm(grads);
  // The small number keeps zero gradients from giving 0/0.
  const scale = minimum(div(limit, norm.add(1e-6)), 1);
  return { grads: treeMap(grads, (g) => mul(g, scale)), norm };
}

/** Holds each element of the gradients within ±`limit`. */
export function clipByValue<G>(grads: G, limit: number): G {
  if (!(limit > 0)) throw new ValueError(`clipByValue: limit must be above 0, got ${limit}`);
  return treeMap(grads, (g) => clip(g, -limit, limit));
}
