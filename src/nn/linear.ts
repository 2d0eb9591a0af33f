/** @file The affine layer. */
import { linear, matmul, splitKey, type Tensor } from "../engine/index.ts";
import { defaultInit, fans, type Initializer, uniformInit } from "./init.ts";
import { Module } from "./module.ts";

/** Settings of `Linear`. */
export interface LinearOptions {
  /** Width of the input's last axis. */
  readonly in: number;
  /** Width of the output's last axis. */
  readonly out: number;
  readonly key: Tensor;
  /** Default true. */
  readonly bias?: boolean;
  /** Default: uniform in ±1/√in for weight and bias. */
  readonly init?: { readonly weight?: Initializer; readonly bias?: Initializer };
}

/** `x·Wᵀ + b` over the last axis: `[..., in]` gives `[..., out]`. */
export class Linear extends Module {
  /** `[out, in]`. */
  weight: Tensor;
  /** `[out]`. */
  bias: Tensor | null;

  constructor({ in: fanIn, out, key, bias = true, init = {} }: LinearOptions) {
    super();
    const [weightKey, biasKey] = splitKey(key);
    const shape = [out, fanIn];
    this.weight = (init.weight ?? defaultInit)(weightKey, shape);
    const biasInit = init.bias ?? uniformInit(1 / Math.sqrt(fans(shape).fanIn));
    this.bias = bias ? biasInit(biasKey, [out]) : null;
  }

  forward(x: Tensor): Tensor {
    const options = { transposeB: true };
    return this.bias ? linear(x, this.weight, this.bias, options) : matmul(x, this.weight, options);
  }
}
