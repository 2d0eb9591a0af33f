/** @file Dropout. */
import { bernoulli, cast, mul, type Tensor, ValueError } from "../engine/index.ts";
import type { Context } from "./context.ts";
import { Module } from "./module.ts";

/**
 * Sets elements to zero with probability `rate` and scales the others by 1/(1 - rate) (Srivastava et
 * al. 2014); does nothing outside training.
 * @throws ValueError while training without `ctx.rng`
 */
export function dropout(x: Tensor, rate: number, ctx: Context = {}): Tensor {
  if (!ctx.training || rate === 0) return x;
  if (!ctx.rng) {
    throw new ValueError(
      "dropout: training needs random numbers: pass { training: true, rng: new Rng(key) } to forward",
    );
  }
  const keep = 1 - rate;
  const mask = cast(bernoulli(ctx.rng.next(), keep, x.shape), x.dtype);
  return mul(x, mul(mask, 1 / keep));
}

/** Dropout as a layer; `rate` is the probability of zero, in [0, 1). */
export class Dropout extends Module {
  readonly rate: number;

  constructor({ rate }: { readonly rate: number }) {
    super();
    if (!(rate >= 0 && rate < 1)) {
      throw new ValueError(`Dropout: rate must be at least 0 and below 1, got ${rate}`);
    }
    this.rate = rate;
  }

  forward(x: Tensor, ctx: Context = {}): Tensor {
    return dropout(x, this.rate, ctx);
  }
}
