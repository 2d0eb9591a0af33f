/** @file Several recurrent layers on top of each other, in one or both directions. */
import { concat, splitKey, type Tensor } from "../engine/index.ts";
import type { AttentionContext } from "./context.ts";
import { dropout } from "./dropout.ts";
import { Module } from "./module.ts";
import { Gru, Lstm } from "./recurrent.ts";

/** Settings of `RecurrentStack`. */
export interface RecurrentStackOptions {
  readonly kind: "gru" | "lstm";
  readonly in: number;
  /** Width of each direction. */
  readonly width: number;
  readonly layers: number;
  /** Each layer reads both ways and gives both results side by side. Default false. */
  readonly bidirectional?: boolean;
  /** Rate of dropout between layers. Default 0. */
  readonly dropout?: number;
  readonly key: Tensor;
}

/** `[batch, time, in]` gives `[batch, time, width]`, or twice the width in both directions. */
export class RecurrentStack extends Module {
  /** One or two directions for each layer. */
  readonly layers: readonly (readonly (Gru | Lstm)[])[];
  readonly dropout: number;

  constructor(options: RecurrentStackOptions) {
    super();
    const { kind, in: fanIn, width, bidirectional = false, dropout: rate = 0, key } = options;
    const Layer = kind === "gru" ? Gru : Lstm;
    const directions = bidirectional ? [false, true] : [false];
    this.layers = splitKey(key, options.layers).map((layerKey, i) => {
      const keys = splitKey(layerKey);
      const own = i === 0 ? fanIn : width * directions.length;
      return directions.map((reverse, d) => new Layer({ in: own, width, reverse, key: keys[d] }));
    });
    this.dropout = rate;
  }

  forward(x: Tensor, ctx: AttentionContext = {}): Tensor {
    return this.layers.reduce((h, directions, i) => {
      const input = i === 0 ? h : dropout(h, this.dropout, ctx);
      const outputs = directions.map((layer) => layer.forward(input, ctx));
      return outputs.length === 1 ? outputs[0] : concat(outputs, -1);
    }, x);
  }
}
