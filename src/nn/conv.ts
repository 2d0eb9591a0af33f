/** @file Convolutional layers over one, two and three spatial axes, and their transposes. */
import {
  add,
  type ConvOptions as ConvGeometry,
  conv,
  convTranspose,
  reshape,
  splitKey,
  type Tensor,
} from "../engine/index.ts";
import { defaultInit, fans, type Initializer, uniformInit } from "./init.ts";
import { Module } from "./module.ts";

/** Settings of the convolutional layers. */
export interface ConvLayerOptions extends ConvGeometry {
  /** Channels of the input. */
  readonly in: number;
  /** Channels of the output. */
  readonly out: number;
  /** One size for all axes, or one for each. */
  readonly kernel: number | readonly number[];
  readonly key: Tensor;
  /** Default true. */
  readonly bias?: boolean;
  /** Default: uniform in ±1/√fanIn for weight and bias. */
  readonly init?: { readonly weight?: Initializer; readonly bias?: Initializer };
}

/** Settings of the transposed layers. */
export interface ConvTransposeLayerOptions extends ConvLayerOptions {
  /** Added to the size of the output, where the stride leaves several open. Default 0. */
  readonly outputPadding?: number | readonly number[];
}

function kernelOf({ kernel }: ConvLayerOptions, axes: number): readonly number[] {
  return typeof kernel === "number" ? new Array<number>(axes).fill(kernel) : kernel;
}

function geometryOf({ stride, padding, dilation, groups }: ConvLayerOptions): ConvGeometry {
  const given = Object.entries({ stride, padding, dilation, groups });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

/** What the layers share: weights in a shape, a bias per channel, the geometry. */
abstract class ConvLayer extends Module {
  weight: Tensor;
  /** `[out]`. */
  bias: Tensor | null;
  readonly geometry: ConvGeometry;

  constructor(options: ConvLayerOptions, shape: readonly number[]) {
    super();
    const { out, key, bias = true, init = {} } = options;
    const [weightKey, biasKey] = splitKey(key);
    this.weight = (init.weight ?? defaultInit)(weightKey, shape);
    const biasInit = init.bias ?? uniformInit(1 / Math.sqrt(fans(shape).fanIn));
    this.bias = bias ? biasInit(biasKey, [out]) : null;
    this.geometry = geometryOf(options);
  }

  protected biased(y: Tensor): Tensor {
    if (!this.bias) return y;
    return add(y, reshape(this.bias, [this.bias.size, ...new Array<number>(y.rank - 2).fill(1)]));
  }
}

abstract class Conv extends ConvLayer {
  constructor(options: ConvLayerOptions, axes: number) {
    const { out, in: fanIn, groups = 1 } = options;
    super(options, [out, fanIn / groups, ...kernelOf(options, axes)]);
  }

  /** `[batch, in, ...spatial]` gives `[batch, out, ...spatial]`. */
  forward(x: Tensor): Tensor {
    return this.biased(conv(x, this.weight, this.geometry));
  }
}

abstract class ConvTranspose extends ConvLayer {
  readonly outputPadding: number | readonly number[];

  constructor(options: ConvTransposeLayerOptions, axes: number) {
    const { out, in: fanIn, groups = 1, outputPadding = 0 } = options;
    super(options, [fanIn, out / groups, ...kernelOf(options, axes)]);
    this.outputPadding = outputPadding;
  }

  /** `[batch, in, ...spatial]` gives `[batch, out, ...spatial]`, larger by the stride. */
  forward(x: Tensor): Tensor {
    const { geometry, outputPadding } = this;
    return this.biased(convTranspose(x, this.weight, { ...geometry, outputPadding }));
  }
}

/** Convolution over time: `[batch, in, time]`; weight `[out, in / groups, kernel]`. */
export class Conv1d extends Conv {
  constructor(options: ConvLayerOptions) {
    super(options, 1);
  }
}

/** Convolution over images: `[batch, in, height, width]`; weight `[out, in / groups, kh, kw]`. */
export class Conv2d extends Conv {
  constructor(options: ConvLayerOptions) {
    super(options, 2);
  }
}

/** Convolution over volumes: `[batch, in, depth, height, width]`; weight `[out, in / groups, kd, kh, kw]`. */
export class Conv3d extends Conv {
  constructor(options: ConvLayerOptions) {
    super(options, 3);
  }
}

/** Transposed convolution over time; weight `[in, out / groups, kernel]`. */
export class ConvTranspose1d extends ConvTranspose {
  constructor(options: ConvTransposeLayerOptions) {
    super(options, 1);
  }
}

/** Transposed convolution over images; weight `[in, out / groups, kh, kw]`. */
export class ConvTranspose2d extends ConvTranspose {
  constructor(options: ConvTransposeLayerOptions) {
    super(options, 2);
  }
}

/** Transposed convolution over volumes; weight `[in, out / groups, kd, kh, kw]`. */
export class ConvTranspose3d extends ConvTranspose {
  constructor(options: ConvTransposeLayerOptions) {
    super(options, 3);
  }
}
