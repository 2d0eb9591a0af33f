/** @file Batch normalisation with running statistics. */
import {
  add,
  batchNorm,
  batchNormInference,
  mul,
  ones,
  type Tensor,
  zeros,
} from "../engine/index.ts";
import type { Context } from "./context.ts";
import { Module } from "./module.ts";

/** Settings of `BatchNorm`. */
export interface BatchNormOptions {
  readonly channels: number;
  /** Share of the new batch in the running statistics. Default 0.1. */
  readonly momentum?: number;
  readonly epsilon?: number;
}

/**
 * Batch normalisation of `[batch, channels, ...]` (Ioffe & Szegedy 2015). While training it uses the
 * batch's statistics and puts new running ones into its fields; return the model from the step to
 * keep them. Otherwise it uses the running ones.
 */
export class BatchNorm extends Module {
  static override readonly buffers = ["runningMean", "runningVariance"];
  /** `[channels]`. */
  weight: Tensor;
  /** `[channels]`. */
  bias: Tensor;
  /** `[channels]`. */
  runningMean: Tensor;
  /** `[channels]`, unbiased. */
  runningVariance: Tensor;
  readonly momentum: number;
  readonly epsilon: number;

  constructor({ channels, momentum = 0.1, epsilon = 1e-5 }: BatchNormOptions) {
    super();
    this.weight = ones([channels]);
    this.bias = zeros([channels]);
    this.runningMean = zeros([channels]);
    this.runningVariance = ones([channels]);
    this.momentum = momentum;
    this.epsilon = epsilon;
  }

  forward(x: Tensor, ctx: Context = {}): Tensor {
    const { weight, bias, epsilon, momentum } = this;
    if (!ctx.training) {
      return batchNormInference(x, weight, bias, this.runningMean, this.runningVariance, epsilon);
    }
    const { output, mean, variance } = batchNorm(x, weight, bias, epsilon);
    const count = x.size / x.shape[1];
    const unbiased = mul(variance, count / Math.max(1, count - 1));
    const blend = (old: Tensor, fresh: Tensor): Tensor =>
      add(mul(old, 1 - momentum), mul(fresh.stopGradient(), momentum));
    this.runningMean = blend(this.runningMean, mean);
    this.runningVariance = blend(this.runningVariance, unbiased);
    return output;
  }
}
