/** @file What a forward pass is told besides its input: whether it trains, and where chance comes from. */
import { foldIn, type Tensor } from "../engine/index.ts";

/**
 * Hands out random keys, a new one at each call. Each is derived from the one key by a counter, so
 * a pass draws the same numbers whenever it is given the same key.
 */
export class Rng {
  readonly key: Tensor;
  private used = 0;

  /** @param key from `randomKey`, `splitKey` or `foldIn` */
  constructor(key: Tensor) {
    this.key = key;
  }

  /** A key that was not handed out before. */
  next(): Tensor {
    return foldIn(this.key, this.used++);
  }
}

/** What every `forward` takes besides its input. */
export interface Context {
  /** Dropout is active and batch norm uses and updates the batch's statistics. Default false. */
  readonly training?: boolean;
  /** Where random layers draw from; needed while training with dropout. */
  readonly rng?: Rng;
}

/** A context of a layer that attends. */
export interface AttentionContext extends Context {
  /** `[batch, time]`, true (or not 0) where a token stands, false where there is padding. */
  readonly mask?: Tensor;
}
