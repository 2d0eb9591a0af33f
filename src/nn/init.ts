/** @file Initial values of weights: uniform, normal, and the schemes of Glorot, He and Saxe. */
import {
  randomNormal,
  randomTruncatedNormal,
  randomUniform,
  type Tensor,
  ValueError,
  zeros,
} from "../engine/index.ts";

/** Makes a weight of a shape from a key. */
export type Initializer = (key: Tensor, shape: readonly number[]) => Tensor;

/**
 * How many inputs an output sees and how many outputs an input reaches, for weights
 * `[out, in, ...kernel]`.
 * @throws ValueError for fewer than two axes
 */
export function fans(shape: readonly number[]): { fanIn: number; fanOut: number } {
  if (shape.length < 2) {
    throw new ValueError(
      `fans: a weight of shape [${shape}] has no fan-in; expected [out, in, ...]`,
    );
  }
  const kernel = shape.slice(2).reduce((product, size) => product * size, 1);
  return { fanIn: shape[1] * kernel, fanOut: shape[0] * kernel };
}

/** All zero. */
export const zerosInit: Initializer = (_key, shape) => zeros(shape);

/** Uniform in ±`bound`. */
export function uniformInit(bound: number): Initializer {
  return (key, shape) => randomUniform(key, shape, -bound, bound);
}

/** Normal with mean 0. */
export function normalInit(std: number): Initializer {
  return (key, shape) => randomNormal(key, shape, 0, std);
}

/** Normal, cut off beyond `cut` standard deviations (of the uncut distribution) on both sides. */
export function truncatedNormalInit(std: number, cut = 2): Initializer {
  return (key, shape) => randomTruncatedNormal(key, shape, -cut, cut).mul(std);
}

/** Glorot & Bengio 2010: uniform with variance 2 / (fanIn + fanOut), times gain². */
export function xavierUniform(gain = 1): Initializer {
  return (key, shape) => {
    const { fanIn, fanOut } = fans(shape);
    return uniformInit(gain * Math.sqrt(6 / (fanIn + fanOut)))(key, shape);
  };
}

/** Glorot & Bengio 2010: normal with variance 2 / (fanIn + fanOut), times gain². */
export function xavierNormal(gain = 1): Initializer {
  return (key, shape) => {
    const { fanIn, fanOut } = fans(shape);
    return normalInit(gain * Math.sqrt(2 / (fanIn + fanOut)))(key, shape);
  };
}

/** He et al. 2015: uniform with variance gain² / fanIn; the gain for ReLU is √2. */
export function kaimingUniform(gain = Math.SQRT2): Initializer {
  return (key, shape) => uniformInit(gain * Math.sqrt(3 / fans(shape).fanIn))(key, shape);
}

/** He et al. 2015: normal with variance gain² / fanIn; the gain for ReLU is √2. */
export function kaimingNormal(gain = Math.SQRT2): Initializer {
  return (key, shape) => normalInit(gain / Math.sqrt(fans(shape).fanIn))(key, shape);
}

/**
 * The default of linear and convolutional layers, uniform in ±1/√fanIn: what `kaimingUniform` gives
 * for a leaky ReLU of slope √5, as PyTorch does.
 */
export const defaultInit: Initializer = kaimingUniform(Math.sqrt(1 / 3));
