/** @file A transformer that reads in both directions, and pooling over its tokens. */
import {
  cast,
  div,
  expandDims,
  maximum,
  mean,
  mul,
  splitKey,
  sum,
  type Tensor,
} from "../engine/index.ts";
import type { AttentionContext } from "./context.ts";
import { Module } from "./module.ts";
import type { LayerNorm, RmsNorm } from "./norm.ts";
import { type Positions, TokenEmbedding } from "./token-embedding.ts";
import { type BlockSettings, makeNorm, TransformerBlock } from "./transformer.ts";

/** Settings of `TransformerEncoder`. */
export interface TransformerEncoderOptions
  extends Omit<BlockSettings, "depth" | "causal" | "rotary" | "relative"> {
  readonly vocabulary: number;
  readonly layers: number;
  readonly maxLength: number;
  /** Default `learned`. */
  readonly positions?: Positions;
  readonly key: Tensor;
}

/** The blocks of a transformer with their settings, by the way it knows positions. */
export function makeBlocks(
  settings: BlockSettings & { readonly layers: number; readonly positions?: Positions },
  key: Tensor,
): TransformerBlock[] {
  const { layers, positions } = settings;
  return splitKey(key, layers).map(
    (blockKey) =>
      new TransformerBlock({
        ...settings,
        depth: layers,
        rotary: positions === "rotary",
        relative: positions === "relative",
        key: blockKey,
      }),
  );
}

/**
 * Embeddings, blocks and a last normalisation: ids `[batch, time]` give `[batch, time, width]`.
 * `ctx.mask` `[batch, time]` says where tokens stand.
 */
export class TransformerEncoder extends Module {
  readonly embedding: TokenEmbedding;
  readonly blocks: readonly TransformerBlock[];
  readonly norm: LayerNorm | RmsNorm | null;

  constructor(options: TransformerEncoderOptions) {
    super();
    const [embeddingKey, blocksKey] = splitKey(options.key);
    this.embedding = new TokenEmbedding({ ...options, key: embeddingKey });
    this.blocks = makeBlocks({ ...options, causal: false }, blocksKey);
    // After a block that ends with a normalisation there is nothing left to normalise.
    this.norm = options.order === "post" ? null : makeNorm(options.norm, options.width);
  }

  forward(ids: Tensor, ctx: AttentionContext = {}): Tensor {
    const x = this.blocks.reduce(
      (h, block) => block.forward(h, ctx),
      this.embedding.forward(ids, ctx),
    );
    return this.norm ? this.norm.forward(x) : x;
  }
}

/** The mean over the tokens that a mask `[batch, time]` allows: `[batch, time, width]` gives `[batch, width]`. */
export function meanPool(x: Tensor, mask?: Tensor): Tensor {
  if (!mask) return mean(x, { axis: 1 });
  const present = expandDims(cast(cast(mask, "bool"), x.dtype), 2);
  return div(sum(mul(x, present), { axis: 1 }), maximum(sum(present, { axis: 1 }), 1));
}
