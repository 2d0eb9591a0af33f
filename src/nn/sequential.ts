/** @file Layers one after the other. */
import type { Tensor } from "../engine/index.ts";
import type { Context } from "./context.ts";
import { type Layer, Module } from "./module.ts";

/** Applies layers in order, each to what the one before gave. A plain function is a layer too. */
export class Sequential extends Module {
  readonly layers: readonly (Layer | ((x: Tensor, ctx?: Context) => Tensor))[];

  constructor(...layers: readonly (Layer | ((x: Tensor, ctx?: Context) => Tensor))[]) {
    super();
    this.layers = layers;
  }

  forward(x: Tensor, ctx: Context = {}): Tensor {
    return this.layers.reduce(
      (y, layer) => (typeof layer === "function" ? layer(y, ctx) : layer.forward(y, ctx)),
      x,
    );
  }
}

/** Joins all axes after the first: `[batch, ...]` gives `[batch, size]`. */
export class Flatten extends Module {
  forward(x: Tensor): Tensor {
    return x.flatten(1);
  }
}
