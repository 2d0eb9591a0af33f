/** @file Pooling layers over any number of spatial axes. */
import {
  type AvgPoolOptions,
  avgPool,
  globalAvgPool,
  maxPool,
  type PoolOptions,
  type Tensor,
} from "../engine/index.ts";
import { Module } from "./module.ts";

/** The largest element of each window of `[batch, channels, ...spatial]`; the stride is the size unless given. */
export class MaxPool extends Module {
  readonly options: PoolOptions;

  constructor(options: PoolOptions) {
    super();
    this.options = options;
  }

  forward(x: Tensor): Tensor {
    return maxPool(x, this.options);
  }
}

/** The mean of each window of `[batch, channels, ...spatial]`; the stride is the size unless given. */
export class AvgPool extends Module {
  readonly options: AvgPoolOptions;

  constructor(options: AvgPoolOptions) {
    super();
    this.options = options;
  }

  forward(x: Tensor): Tensor {
    return avgPool(x, this.options);
  }
}

/** The mean over all spatial axes: `[batch, channels, ...]` gives `[batch, channels]`. */
export class GlobalAvgPool extends Module {
  forward(x: Tensor): Tensor {
    return globalAvgPool(x);
  }
}
