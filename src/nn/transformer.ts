/** @file Transformer blocks. */
import { add, mul, silu, split, splitKey, type Tensor } from "../engine/index.ts";
import { type ActivationName, activation } from "./activation.ts";
import { type AttentionSettings, MultiHeadAttention } from "./attention.ts";
import type { AttentionContext } from "./context.ts";
import { dropout } from "./dropout.ts";
import { type Initializer, normalInit, zerosInit } from "./init.ts";
import { Linear } from "./linear.ts";
import { Module } from "./module.ts";
import { LayerNorm, RmsNorm } from "./norm.ts";

/** Settings of `FeedForward`. */
export interface FeedForwardOptions {
  readonly width: number;
  /** Width between the two layers. Default 4 · width. */
  readonly hidden?: number;
  /** `swiglu` is Shazeer 2020: one half of the first layer gates the other. Default `gelu-tanh`. */
  readonly activation?: ActivationName | "swiglu";
  readonly bias?: boolean;
  readonly key: Tensor;
  readonly init?: { readonly up?: Initializer; readonly down?: Initializer };
}

/** Two linear layers with an activation between, at each position by itself. */
export class FeedForward extends Module {
  readonly up: Linear;
  readonly down: Linear;
  readonly activation: ActivationName | "swiglu";

  constructor(options: FeedForwardOptions) {
    super();
    const { width, hidden = 4 * width, bias = true, init = {}, key } = options;
    const [upKey, downKey] = splitKey(key);
    this.activation = options.activation ?? "gelu-tanh";
    const gates = this.activation === "swiglu" ? 2 : 1;
    this.up = new Linear({
      in: width,
      out: gates * hidden,
      bias,
      key: upKey,
      init: { weight: init.up, bias: init.up && zerosInit },
    });
    this.down = new Linear({
      in: hidden,
      out: width,
      bias,
      key: downKey,
      init: { weight: init.down, bias: init.down && zerosInit },
    });
  }

  forward(x: Tensor): Tensor {
    const h = this.up.forward(x);
    if (this.activation !== "swiglu") return this.down.forward(activation(this.activation)(h));
    const [gate, value] = split(h, 2, -1);
    return this.down.forward(mul(silu(gate), value));
  }
}

/** What all blocks of a transformer share. */
export interface BlockSettings extends Omit<AttentionSettings, "dropout"> {
  readonly width: number;
  /** Width of the feed-forward part. Default 4 · width. */
  readonly hidden?: number;
  readonly activation?: ActivationName | "swiglu";
  /** Normalise before each part (`pre`, the default) or after its residual sum (`post`). */
  readonly order?: "pre" | "post";
  /** Default `layer`. */
  readonly norm?: "layer" | "rms";
  /** Rate on attention weights and on what each part adds. Default 0. */
  readonly dropout?: number;
  /** How many blocks stand in a row: what each adds begins smaller by √(2 · depth). Default 1. */
  readonly depth?: number;
}

/** Settings of `TransformerBlock`. */
export interface TransformerBlockOptions extends BlockSettings {
  readonly key: Tensor;
}

/** A normalisation of the chosen kind. */
export function makeNorm(kind: BlockSettings["norm"], width: number): LayerNorm | RmsNorm {
  return kind === "rms" ? new RmsNorm({ width }) : new LayerNorm({ width });
}

/** Attention and feed-forward, each with its residual: `[batch, time, width]` to the same shape. */
export class TransformerBlock extends Module {
  readonly norm1: LayerNorm | RmsNorm;
  readonly attention: MultiHeadAttention;
  readonly norm2: LayerNorm | RmsNorm;
  readonly feedForward: FeedForward;
  readonly order: "pre" | "post";
  readonly dropout: number;

  constructor(options: TransformerBlockOptions) {
    super();
    const { width, depth = 1, key, norm } = options;
    const [attentionKey, feedForwardKey] = splitKey(key);
    const [inner, last] = [normalInit(0.02), normalInit(0.02 / Math.sqrt(2 * depth))];
    this.norm1 = makeNorm(norm, width);
    this.attention = new MultiHeadAttention({
      ...options,
      key: attentionKey,
      init: { qkv: inner, out: last },
    });
    this.norm2 = makeNorm(norm, width);
    this.feedForward = new FeedForward({
      ...options,
      key: feedForwardKey,
      init: { up: inner, down: last },
    });
    this.order = options.order ?? "pre";
    this.dropout = options.dropout ?? 0;
  }

  forward(x: Tensor, ctx: AttentionContext = {}): Tensor {
    const attend = (h: Tensor): Tensor =>
      dropout(this.attention.forward(h, ctx), this.dropout, ctx);
    const feed = (h: Tensor): Tensor => dropout(this.feedForward.forward(h), this.dropout, ctx);
    if (this.order === "pre") {
      const h = add(x, attend(this.norm1.forward(x)));
      return add(h, feed(this.norm2.forward(h)));
    }
    const h = this.norm1.forward(add(x, attend(x)));
    return this.norm2.forward(add(h, feed(h)));
  }
}
