/** @file Batch normalisation: by the batch's own statistics in training, by given ones in evaluation. */
import { vjp } from "../autodiff.ts";
import { ShapeError } from "../errors.ts";
import { lowerBatchNorm, lowerBatchNormGrad, lowerChannelAffine } from "../onnx/batch-norm.ts";
import { type Aval, defineOp, type OpDef, type Params } from "../op.ts";
import { showShape, sizeOf } from "../shape.ts";
import { apply, apply1, type Tensor } from "../tensor.ts";
import { add, checkDtype, checkSameDtype, mul, rsqrt, square, sub } from "./elementwise.ts";
import { mean, sum } from "./reduce.ts";
import { reshape } from "./reshape.ts";

/** Parameters of batch normalisation. */
export interface BatchNormParams extends Params {
  readonly epsilon: number;
}

/** `[channels]` as it broadcasts over `[batch, channels, ...spatial]`. */
export function perChannel(v: Tensor, rank: number): Tensor {
  return reshape(v, [v.size, ...new Array<number>(Math.max(0, rank - 2)).fill(1)]);
}

/** All axes but the channels'. */
function batchAxes(rank: number): number[] {
  return Array.from({ length: rank }, (_, i) => i).filter((i) => i !== 1);
}

function checkChannels(op: string, x: Aval, ...vectors: Aval[]): void {
  checkDtype(op, x, ["float32", "float16", "float64"]);
  for (const v of vectors) {
    checkSameDtype(op, x, v);
    if (x.shape.length < 2 || v.shape.length !== 1 || v.shape[0] !== x.shape[1]) {
      throw new ShapeError(
        `${op}: expected [batch, channels, ...spatial] and vectors [channels], got ${showShape(x.shape)} and ${showShape(v.shape)}`,
      );
    }
  }
}

/** Why the CPU kernels do not take a tensor; null where they do. */
function withoutKernel(provider: string, x: Aval): string | null {
  if (provider === "webgpu") return "WebGPU's kernel has no training mode";
  return x.dtype === "float32" && sizeOf(x.shape) > 0
    ? null
    : "it is composed for this dtype and size";
}

/** Outputs: the normalised tensor, the mean and the (biased) variance of each channel. */
const batchNormOp: OpDef<BatchNormParams> = defineOp<BatchNormParams>({
  name: "batchNorm",
  infer([x, gamma, beta]) {
    checkChannels("batchNorm", x, gamma, beta);
    const channels = { shape: gamma.shape, dtype: x.dtype };
    return [{ shape: x.shape, dtype: x.dtype }, channels, channels];
  },
  grad({ grads, grad, inputs, outputs: [, mu, v], params }) {
    const [x, gamma, beta] = inputs;
    // Rarely the statistics matter to the loss themselves.
    if (grads[1] || grads[2]) return vjp(normalise(x, gamma, beta, params), grads, inputs);
    return apply(batchNormGradOp, [x, gamma, grad, mu, v], params);
  },
  compose: ([x, gamma, beta], params) => normalise(x, gamma, beta, params),
  lower: (b, [x, gamma, beta], { epsilon }, outputs) =>
    lowerBatchNorm(b, x, gamma, beta, epsilon, outputs),
  supports: (provider, [x]) => withoutKernel(provider, x) ?? true,
  flops: ([x]) => 8 * sizeOf(x.shape),
});

function normalise(x: Tensor, gamma: Tensor, beta: Tensor, { epsilon }: BatchNormParams): Tensor[] {
  const axis = batchAxes(x.rank);
  const mu = mean(x, { axis });
  const centred = sub(x, perChannel(mu, x.rank));
  const v = mean(square(centred), { axis });
  const scale = mul(gamma, rsqrt(add(v, epsilon)));
  return [add(mul(centred, perChannel(scale, x.rank)), perChannel(beta, x.rank)), mu, v];
}

/** dX, dGamma and dBeta from x, gamma, dY and the batch's statistics. */
const batchNormGradOp: OpDef<BatchNormParams> = defineOp<BatchNormParams>({
  name: "batchNormGrad",
  infer: ([x, gamma]) => [x, gamma, gamma].map(({ shape, dtype }) => ({ shape, dtype })),
  grad({ grads, inputs: [x, gamma, g], params }) {
    // Second order: as a function of x, gamma and dY alone, with the statistics written out.
    const [, mu, v] = normalise(x, gamma, gamma, params);
    const [dx, dgamma, dbeta] = backward(x, gamma, g, mu, v, params);
    return [...vjp([dx, dgamma, dbeta], grads, [x, gamma, g]), null, null];
  },
  compose: ([x, gamma, g, mu, v], params) => backward(x, gamma, g, mu, v, params),
  lower: (b, inputs, { epsilon }, outputs) => lowerBatchNormGrad(b, inputs, epsilon, outputs),
  supports: (provider, [x]) => withoutKernel(provider, x) ?? true,
  flops: ([x]) => 10 * sizeOf(x.shape),
});

/** dX = a·dY + c·(x - mean) + e with one a, c and e per channel: two sums and one pass. */
function backward(
  x: Tensor,
  gamma: Tensor,
  g: Tensor,
  mu: Tensor,
  v: Tensor,
  { epsilon }: BatchNormParams,
): Tensor[] {
  const axis = batchAxes(x.rank);
  const share = 1 / Math.max(1, x.size / x.shape[1]);
  const centred = sub(x, perChannel(mu, x.rank));
  const rstd = rsqrt(add(v, epsilon));
  const dbeta = sum(g, { axis });
  const dgamma = mul(sum(mul(g, centred), { axis }), rstd);
  const a = mul(gamma, rstd);
  const c = mul(mul(a, rstd), mul(dgamma, -share));
  const e = mul(a, mul(dbeta, -share));
  const spread = (t: Tensor): Tensor => perChannel(t, x.rank);
  return [add(add(mul(g, spread(a)), mul(centred, spread(c))), spread(e)), dgamma, dbeta];
}

/** What `batchNorm` gives: the result, and the batch's statistics for the running averages. */
export interface BatchNormResult {
  readonly output: Tensor;
  /** `[channels]`, biased variance. */
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/**
 * Batch normalisation (Ioffe & Szegedy 2015) of `[batch, channels, ...spatial]` by the batch's own
 * statistics; scale and shift are `[channels]`.
 * @throws ShapeError where the channels do not fit
 */
export function batchNorm(x: Tensor, gamma: Tensor, beta: Tensor, epsilon = 1e-5): BatchNormResult {
  const [output, mu, v] = apply(batchNormOp, [x, gamma, beta], { epsilon });
  return { output, mean: mu, variance: v };
}

const channelAffineOp: OpDef = defineOp({
  name: "channelAffine",
  infer([x, scale, shift]) {
    checkChannels("channelAffine", x, scale, shift);
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  grad({ grad: g, inputs: [x, scale], needs }) {
    const axis = batchAxes(x.rank);
    return [
      needs(0) ? mul(g, perChannel(scale, x.rank)) : null,
      needs(1) ? sum(mul(g, x), { axis }) : null,
      needs(2) ? sum(g, { axis }) : null,
    ];
  },
  compose: ([x, scale, shift]) => [
    add(mul(x, perChannel(scale, x.rank)), perChannel(shift, x.rank)),
  ],
  lower: (b, [x, scale, shift]) => [lowerChannelAffine(b, x, scale, shift)],
  supports: (provider, [x]) => withoutKernel(provider, x) ?? true,
  flops: ([x]) => 2 * sizeOf(x.shape),
});

/**
 * Batch normalisation by given statistics `[channels]` (evaluation).
 * @throws ShapeError where the channels do not fit
 */
export function batchNormInference(
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  runningMean: Tensor,
  runningVariance: Tensor,
  epsilon = 1e-5,
): Tensor {
  const scale = mul(gamma, rsqrt(add(runningVariance, epsilon)));
  const shift = sub(beta, mul(runningMean, scale));
  return apply1(channelAffineOp, [x, scale, shift], {});
}
