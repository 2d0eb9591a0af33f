/** @file Normalisation of each example by itself: layer, RMS and group. */
import { groupNorm, layerNorm, ones, rmsNorm, type Tensor, zeros } from "../engine/index.ts";
import { Module } from "./module.ts";

/** Settings of `LayerNorm` and `RmsNorm`. */
export interface NormOptions {
  /** Width of the last axis. */
  readonly width: number;
  readonly epsilon?: number;
}

/** Layer normalisation over the last axis (Ba et al. 2016). */
export class LayerNorm extends Module {
  /** `[width]`. */
  weight: Tensor;
  /** `[width]`. */
  bias: Tensor;
  readonly epsilon: number;

  constructor({ width, epsilon = 1e-5 }: NormOptions) {
    super();
    this.weight = ones([width]);
    this.bias = zeros([width]);
    this.epsilon = epsilon;
  }

  forward(x: Tensor): Tensor {
    return layerNorm(x, this.weight, this.bias, this.epsilon);
  }
}

/** Division by the root mean square of the last axis (Zhang & Sennrich 2019). */
export class RmsNorm extends Module {
  /** `[width]`. */
  weight: Tensor;
  readonly epsilon: number;

  constructor({ width, epsilon = 1e-6 }: NormOptions) {
    super();
    this.weight = ones([width]);
    this.epsilon = epsilon;
  }

  forward(x: Tensor): Tensor {
    return rmsNorm(x, this.weight, this.epsilon);
  }
}

/** Settings of `GroupNorm`. */
export interface GroupNormOptions {
  readonly groups: number;
  readonly channels: number;
  readonly epsilon?: number;
}

/** Normalisation of `[batch, channels, ...]` in groups of channels (Wu & He 2018). */
export class GroupNorm extends Module {
  /** `[channels]`. */
  weight: Tensor;
  /** `[channels]`. */
  bias: Tensor;
  readonly groups: number;
  readonly epsilon: number;

  constructor({ groups, channels, epsilon = 1e-5 }: GroupNormOptions) {
    super();
    this.weight = ones([channels]);
    this.bias = zeros([channels]);
    this.groups = groups;
    this.epsilon = epsilon;
  }

  forward(x: Tensor): Tensor {
    return groupNorm(x, this.groups, this.weight, this.bias, this.epsilon);
  }
}
