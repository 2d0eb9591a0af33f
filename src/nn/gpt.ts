/** @file A transformer that predicts the next token. */
import { matmul, splitKey, type Tensor } from "../engine/index.ts";
import type { AttentionContext } from "./context.ts";
import { makeBlocks } from "./encoder.ts";
import { normalInit } from "./init.ts";
import { Linear } from "./linear.ts";
import { Module } from "./module.ts";
import type { LayerNorm, RmsNorm } from "./norm.ts";
import { type Positions, TokenEmbedding } from "./token-embedding.ts";
import { type BlockSettings, makeNorm, type TransformerBlock } from "./transformer.ts";

/** Settings of `Gpt`. */
export interface GptOptions
  extends Omit<BlockSettings, "depth" | "causal" | "rotary" | "relative" | "order"> {
  readonly vocabulary: number;
  readonly layers: number;
  /** The longest sequence, for learned positions. */
  readonly maxLength: number;
  /** Default `learned`. */
  readonly positions?: Positions;
  /** The head is the token table (Press & Wolf 2017). Default false. */
  readonly tied?: boolean;
  readonly key: Tensor;
}

/**
 * A pre-norm decoder with learned token and position vectors (Radford et al. 2019): ids
 * `[batch, time]` give logits `[batch, time, vocabulary]`, each from the tokens up to its own.
 */
export class Gpt extends Module {
  readonly embedding: TokenEmbedding;
  readonly blocks: readonly TransformerBlock[];
  readonly norm: LayerNorm | RmsNorm;
  readonly head: Linear | null;

  constructor(options: GptOptions) {
    super();
    const { vocabulary, width, tied = false } = options;
    const [embeddingKey, blocksKey, headKey] = splitKey(options.key, 3);
    this.embedding = new TokenEmbedding({ ...options, key: embeddingKey });
    this.blocks = makeBlocks({ ...options, causal: true }, blocksKey);
    this.norm = makeNorm(options.norm, width);
    const init = { weight: normalInit(0.02) };
    this.head = tied
      ? null
      : new Linear({ in: width, out: vocabulary, bias: false, key: headKey, init });
  }

  forward(ids: Tensor, ctx: AttentionContext = {}): Tensor {
    const x = this.blocks.reduce(
      (h, block) => block.forward(h, ctx),
      this.embedding.forward(ids, ctx),
    );
    const h = this.norm.forward(x);
    return this.head
      ? this.head.forward(h)
      : matmul(h, this.embedding.token.weight, { transposeB: true });
  }
}
