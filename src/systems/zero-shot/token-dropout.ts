// Texts short of some of their tokens, so that a training on few of them does not learn them by heart.
import { uniformStream } from "../../data/random.ts";

/**
 * The texts less a random share of their tokens (word dropout, Iyyer et al. 2015, ACL, section 3.2); a
 * text that would lose all keeps all. Seed, epoch and batch decide what is dropped, so a training that
 * goes on from a checkpoint sees what an unbroken one sees.
 */
export function dropTokens(
  texts: readonly Int32Array[],
  share: number,
  batch: { readonly seed: number; readonly epoch: number; readonly index: number },
): Int32Array[] {
  const random = uniformStream(batch.seed, batch.epoch * 2 ** 16 + batch.index);
  return texts.map((ids) => {
    const kept = ids.filter(() => random() >= share);
    return kept.length > 0 ? kept : ids;
  });
}
