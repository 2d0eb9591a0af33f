/** @file Batch normalisation on the CPU: few passes over the activations, in the layout that they are in. */
import type { Aval } from "../op.ts";
import { sizeOf } from "../shape.ts";
import type { BlockedLayout } from "./blocked.ts";
import type { Lowering, Value } from "./lowering.ts";

/** Numbers per channel. */
function population(x: Aval): number {
  return sizeOf(x.shape) / x.shape[1];
}

/** `1 / sqrt(variance + epsilon)`. */
function inverseDeviation(b: Lowering, variance: Value, epsilon: number): Value {
  return b.layout
    ? b.layout.memo(`rstd ${variance.name}/${epsilon}`, () => inverse(b, variance, epsilon))
    : inverse(b, variance, epsilon);
}

function inverse(b: Lowering, variance: Value, epsilon: number): Value {
  const shifted = b.binary("Add", variance, b.scalar(epsilon, variance.dtype));
  return b.unary("Reciprocal", b.unary("Sqrt", shifted));
}

/** `x·scale + shift` per channel in one pass: normalisation by mean 0 and variance 1. */
export function lowerChannelAffine(b: Lowering, x: Value, scale: Value, shift: Value): Value {
  const { layout } = b;
  if (layout?.only(x)) return layout.hold(layout.channelwise(layout.block(x), scale, shift), x);
  const zeros = b.constant(new Float32Array(scale.shape[0]), scale.shape, "float32");
  const ones = b.constant(new Float32Array(scale.shape[0]).fill(1), scale.shape, "float32");
  return b.op("BatchNormalization", [x, scale, shift, zeros, ones], x, { epsilon: { float: 0 } });
}

/** The output, the batch's means and variances. */
export function lowerBatchNorm(
  b: Lowering,
  x: Value,
  gamma: Value,
  beta: Value,
  epsilon: number,
  outputs: readonly Aval[],
): Value[] {
  const { layout } = b;
  if (layout?.only(x)) return blockedBatchNorm(b, layout, x, gamma, beta, epsilon);
  // With momentum 0 the running statistics that come out are the batch's own. The kernel writes them
  // over those that go in, so these must be no constants, which others read.
  const [before, spread] = [gamma, beta].map((v) => b.binary("Sub", v, v));
  return b.node("BatchNormalization", [x, gamma, beta, before, spread], outputs, {
    epsilon: { float: epsilon },
    momentum: { float: 0 },
    training_mode: { int: 1 },
  });
}

/** `x - mean` in the blocked layout; the gradient uses what the forward pass made. */
function centredBlocks(b: Lowering, layout: BlockedLayout, x: Value, mean: Value): Value {
  return layout.memo(`centred ${x.name}/${mean.name}`, () =>
    layout.channelwise(layout.block(x), null, b.unary("Neg", mean)),
  );
}

function blockedBatchNorm(
  b: Lowering,
  layout: BlockedLayout,
  x: Value,
  gamma: Value,
  beta: Value,
  epsilon: number,
): Value[] {
  const mean = b.reduce("ReduceMean", layout.planeMeans(layout.block(x)), [0], false);
  const centred = centredBlocks(b, layout, x, mean);
  const squares = b.reduce("ReduceSum", layout.planeProducts(centred, centred), [0], false);
  const variance = b.scale(squares, 1 / population(x));
  const scale = b.binary("Mul", gamma, inverseDeviation(b, variance, epsilon));
  return [layout.hold(layout.channelwise(centred, scale, beta), x), mean, variance];
}

/** dX, dGamma and dBeta from x, gamma, dY, mean and variance. */
export function lowerBatchNormGrad(
  b: Lowering,
  [x, gamma, g, mean, variance]: readonly Value[],
  epsilon: number,
  outputs: readonly Aval[],
): Value[] {
  const { layout } = b;
  const blocked = layout && (layout.has(x) || layout.only(g)) && layout.fits(x) ? layout : null;
  const perChannel = x.shape.map((_, i) => i).filter((i) => i !== 1);
  const sum = (v: Value): Value => b.reduce("ReduceSum", v, perChannel, false);
  const centred = blocked
    ? centredBlocks(b, blocked, x, mean)
    : plainAffine(b, x, null, b.unary("Neg", mean));
  const dbeta = sum(g);
  const products = blocked
    ? b.reduce("ReduceSum", blocked.planeProducts(blocked.block(g), centred), [0], false)
    : sum(b.binary("Mul", g, centred));
  const rstd = inverseDeviation(b, variance, epsilon);
  const dgamma = b.binary("Mul", products, rstd);
  const a = b.binary("Mul", gamma, rstd);
  const share = b.scale(b.binary("Mul", a, rstd), -1 / population(x));
  const c = b.binary("Mul", share, dgamma);
  const e = b.scale(b.binary("Mul", a, dbeta), -1 / population(x));
  if (blocked) {
    const scaled = blocked.channelwise(blocked.block(g), a, e);
    const dx = blocked.channelwise(centred, c, null, scaled);
    return [blocked.hold(dx, outputs[0]), dgamma, dbeta];
  }
  const dx = b.binary("Add", plainAffine(b, g, a, e), plainAffine(b, centred, c, null));
  return [dx, dgamma, dbeta];
}

function plainAffine(b: Lowering, x: Value, scale: Value | null, shift: Value | null): Value {
  const fill = (v: number): Value =>
    b.constant(new Float32Array(x.shape[1]).fill(v), [x.shape[1]], "float32");
  return lowerChannelAffine(b, x, scale ?? fill(1), shift ?? fill(0));
}
