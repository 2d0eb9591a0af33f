/** @file Tokens and their places as vectors. */
import { add, mul, slice, splitKey, type Tensor, ValueError } from "../engine/index.ts";
import type { Context } from "./context.ts";
import { dropout } from "./dropout.ts";
import { Embedding } from "./embedding.ts";
import { normalInit } from "./init.ts";
import { Module } from "./module.ts";
import { sinusoidalPositions } from "./position.ts";

/** How a transformer knows the order of its tokens. */
export type Positions = "learned" | "sinusoidal" | "rotary" | "relative" | "none";

/** Settings of `TokenEmbedding`. */
export interface TokenEmbeddingOptions {
  readonly vocabulary: number;
  readonly width: number;
  /** The longest sequence; needed for learned positions. */
  readonly maxLength: number;
  /** `rotary`, `relative` and `none` add nothing here. Default `learned`. */
  readonly positions?: Positions;
  readonly dropout?: number;
  readonly key: Tensor;
}

/** Token vectors plus position vectors: ids `[batch, time]` give `[batch, time, width]`. */
export class TokenEmbedding extends Module {
  readonly token: Embedding;
  readonly position: Embedding | null;
  readonly positions: Positions;
  readonly dropout: number;

  constructor(options: TokenEmbeddingOptions) {
    super();
    const { vocabulary, width, maxLength, positions = "learned", key } = options;
    const [tokenKey, positionKey] = splitKey(key);
    const init = normalInit(0.02);
    this.token = new Embedding({ count: vocabulary, width, key: tokenKey, init });
    this.position =
      positions === "learned"
        ? new Embedding({ count: maxLength, width, key: positionKey, init })
        : null;
    this.positions = positions;
    this.dropout = options.dropout ?? 0;
  }

  forward(ids: Tensor, ctx: Context = {}): Tensor {
    const [, time] = ids.shape;
    let x = this.token.forward(ids);
    const width = x.shape[2];
    if (this.position) {
      const [maxLength] = this.position.weight.shape;
      if (time > maxLength) {
        throw new ValueError(
          `TokenEmbedding: ${time} tokens, but positions were made for ${maxLength}; cut the text or raise maxLength`,
        );
      }
      const table = this.position.weight;
      x = add(x, time === maxLength ? table : slice(table, [0, 0], [time, width]));
    } else if (this.positions === "sinusoidal") {
      // Fixed waves have amplitude 1: the token vectors are brought to that scale.
      x = add(mul(x, Math.sqrt(width)), sinusoidalPositions(time, width));
    }
    return dropout(x, this.dropout, ctx);
  }
}
