/** @file Multi-head attention. */
import {
  add,
  matmul,
  reshape,
  softmax,
  split,
  splitKey,
  type Tensor,
  transpose,
  ValueError,
} from "../engine/index.ts";
import type { AttentionContext } from "./context.ts";
import { dropout } from "./dropout.ts";
import { type Initializer, xavierUniform, zerosInit } from "./init.ts";
import { Linear } from "./linear.ts";
import { bothMasks, causalMask, paddingMask } from "./mask.ts";
import { Module } from "./module.ts";
import { RelativePositionBias, rotary } from "./position.ts";

/** Settings of attention that a block passes on. */
export interface AttentionSettings {
  readonly heads: number;
  /** A query sees itself and what stands before it. Default false. */
  readonly causal?: boolean;
  /** Biases of the linear layers. Default true. */
  readonly bias?: boolean;
  /** Rate of dropout on attention weights. Default 0. */
  readonly dropout?: number;
  /** Rotary positions: true, or the base of their wavelengths (10 000). Default none. */
  readonly rotary?: boolean | number;
  /** Learned relative position biases (T5). Default none. */
  readonly relative?: boolean | { readonly buckets?: number; readonly maxDistance?: number };
}

/** Settings of `MultiHeadAttention`. */
export interface MultiHeadAttentionOptions extends AttentionSettings {
  readonly width: number;
  readonly key: Tensor;
  /** Default: Glorot-uniform weights, zero biases. */
  readonly init?: { readonly qkv?: Initializer; readonly out?: Initializer };
}

/**
 * Self-attention (Vaswani et al. 2017, section 3.2): `[batch, time, width]` to the same shape.
 * Queries, keys and values come from one matrix product.
 */
export class MultiHeadAttention extends Module {
  readonly qkv: Linear;
  readonly out: Linear;
  readonly relative: RelativePositionBias | null;
  readonly heads: number;
  readonly causal: boolean;
  readonly dropout: number;
  readonly rotaryBase: number | null;

  constructor(options: MultiHeadAttentionOptions) {
    super();
    const { width, heads, key, causal = false, bias = true, relative = false } = options;
    if (width % heads !== 0) {
      throw new ValueError(
        `MultiHeadAttention: width ${width} does not divide into ${heads} heads; choose a multiple`,
      );
    }
    const [qkvKey, outKey, relativeKey] = splitKey(key, 3);
    const init = options.init ?? {};
    const linear = (out: number, linearKey: Tensor, weight: Initializer): Linear =>
      new Linear({ in: width, out, key: linearKey, bias, init: { weight, bias: zerosInit } });
    this.qkv = linear(3 * width, qkvKey, init.qkv ?? xavierUniform());
    this.out = linear(width, outKey, init.out ?? xavierUniform());
    const biasOptions = typeof relative === "object" ? relative : {};
    this.relative = relative
      ? new RelativePositionBias({
          heads,
          key: relativeKey,
          bidirectional: !causal,
          ...biasOptions,
        })
      : null;
    this.heads = heads;
    this.causal = causal;
    this.dropout = options.dropout ?? 0;
    this.rotaryBase = options.rotary === true ? 10_000 : options.rotary || null;
  }

  forward(x: Tensor, ctx: AttentionContext = {}): Tensor {
    const [batch, time, width] = x.shape;
    const depth = width / this.heads;
    const split3 = split(this.qkv.forward(x), 3, -1);
    const [q, k, v] = split3.map((part) =>
      transpose(reshape(part, [batch, time, this.heads, depth]), [0, 2, 1, 3]),
    );
    const turn = (t: Tensor): Tensor => (this.rotaryBase ? rotary(t, this.rotaryBase) : t);
    const scores = matmul(turn(q), turn(k), { transposeB: true, alpha: 1 / Math.sqrt(depth) });
    const weights = softmax(this.masked(scores, ctx));
    const mixed = matmul(dropout(weights, this.dropout, ctx), v);
    return this.out.forward(reshape(transpose(mixed, [0, 2, 1, 3]), [batch, time, width]));
  }

  private masked(scores: Tensor, ctx: AttentionContext): Tensor {
    const time = scores.shape[2];
    const mask = bothMasks(
      this.causal ? causalMask(time) : null,
      ctx.mask ? paddingMask(ctx.mask) : null,
    );
    const biased = this.relative ? add(scores, this.relative.forward(time)) : scores;
    return mask ? add(biased, mask.cast(scores.dtype)) : biased;
  }
}
