/** @file Vectors looked up by number. */
import { gather, type Tensor } from "../engine/index.ts";
import { type Initializer, normalInit } from "./init.ts";
import { Module } from "./module.ts";

/** Settings of `Embedding`. */
export interface EmbeddingOptions {
  /** Number of vectors. */
  readonly count: number;
  readonly width: number;
  readonly key: Tensor;
  /** Default: standard normal. */
  readonly init?: Initializer;
}

/** A table of vectors: numbers `[...]` (int32 or int64) give `[..., width]`. */
export class Embedding extends Module {
  /** `[count, width]`. */
  weight: Tensor;

  constructor({ count, width, key, init = normalInit(1) }: EmbeddingOptions) {
    super();
    this.weight = init(key, [count, width]);
  }

  forward(ids: Tensor): Tensor {
    return gather(this.weight, ids);
  }
}
