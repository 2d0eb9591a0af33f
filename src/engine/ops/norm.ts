/** @file Layer and RMS normalisation over the last axis; group normalisation is composed of reductions. */
import { vjp } from "../autodiff.ts";
import { ShapeError } from "../errors.ts";
import { type Aval, defineOp, type OpDef, type Params } from "../op.ts";
import { showShape, sizeOf } from "../shape.ts";
import { apply, apply1, type Tensor } from "../tensor.ts";
import { perChannel } from "./batch-norm.ts";
import { add, checkDtype, mul, rsqrt, square, sub } from "./elementwise.ts";
import { mean, sum } from "./reduce.ts";
import { reshape } from "./reshape.ts";

interface NormParams extends Params {
  readonly epsilon: number;
}

function checkNorm(op: string, x: Aval, ...vectors: Aval[]): void {
  checkDtype(op, x, ["float32", "float16", "float64"]);
  const d = x.shape.at(-1);
  if (d === undefined) throw new ShapeError(`${op}: expected rank 1 or more, got a scalar`);
  for (const v of vectors) {
    if (v.shape.length !== 1 || v.shape[0] !== d) {
      throw new ShapeError(
        `${op}: scale and shift must have shape [${d}] for an input ${showShape(x.shape)}, got ${showShape(v.shape)}`,
      );
    }
  }
}

function rowStatistics(x: Aval): Aval {
  return { shape: [...x.shape.slice(0, -1), 1], dtype: x.dtype };
}

/** Outputs: the normalised tensor, the mean and the inverse standard deviation of each row. */
const layerNormOp: OpDef<NormParams> = defineOp<NormParams>({
  name: "layerNorm",
  infer([x, gamma, beta]) {
    checkNorm("layerNorm", x, gamma, beta);
    return [{ shape: x.shape, dtype: x.dtype }, rowStatistics(x), rowStatistics(x)];
  },
  // Differentiated as a function of x, gamma and beta only: the statistics are intermediate values.
  grad({ grads, grad, inputs: [x, gamma, beta], outputs: [, mu, rstd], params }) {
    if (grads[1] || grads[2])
      throw new Error("internal: the statistics of layerNorm are not differentiated");
    const [dx, dgamma, dbeta] = apply(layerNormGradOp, [x, gamma, beta, grad, mu, rstd], params);
    return [dx, dgamma, dbeta];
  },
  compose([x, gamma, beta], { epsilon }) {
    const mu = mean(x, { axis: -1, keepdims: true });
    const centred = sub(x, mu);
    const rstd = rsqrt(add(mean(square(centred), { axis: -1, keepdims: true }), epsilon));
    return [add(mul(mul(centred, rstd), gamma), beta), mu, rstd];
  },
  lower: (b, [x, gamma, beta], { epsilon }, outputs) =>
    b.node("LayerNormalization", [x, gamma, beta], outputs, {
      axis: { int: -1 },
      epsilon: { float: epsilon },
    }),
  supports: (_provider, [x]) => (sizeOf(x.shape) > 0 ? true : "an empty tensor has no kernel"),
  flops: ([x]) => 8 * sizeOf(x.shape),
});

/** The gradient from the saved statistics; composed from the inputs where it is differentiated again. */
const layerNormGradOp: OpDef<NormParams> = defineOp<NormParams>({
  name: "layerNormGrad",
  infer: ([x, gamma, beta]) => [x, gamma, beta].map(({ shape, dtype }) => ({ shape, dtype })),
  grad({ grads, inputs: [x, gamma, , g], params: { epsilon } }) {
    // Second order: as a function of x, gamma and dy alone, with the statistics written out.
    const statistics = layerNormOp.compose as NonNullable<typeof layerNormOp.compose>;
    const [, mu, rstd] = statistics([x, gamma, gamma], { epsilon });
    const [dx, dgamma, dbeta] = layerNormBackward(x, gamma, g, mu, rstd);
    const [a, b, c] = vjp([dx, dgamma, dbeta], grads, [x, gamma, g]);
    return [a, b, null, c, null, null];
  },
  compose: ([x, gamma, , g, mu, rstd]) => layerNormBackward(x, gamma, g, mu, rstd),
  flops: ([x]) => 12 * sizeOf(x.shape),
});

function layerNormBackward(
  x: Tensor,
  gamma: Tensor,
  g: Tensor,
  mu: Tensor,
  rstd: Tensor,
): Tensor[] {
  const d = gamma.size;
  const rows = Array.from({ length: x.rank - 1 }, (_, i) => i);
  const xhat = mul(sub(x, mu), rstd);
  const gx = mul(g, xhat);
  const dgamma = reshape(sum(gx, { axis: rows }), [d]);
  const dbeta = reshape(sum(g, { axis: rows }), [d]);
  const dg = mul(g, gamma);
  const first = mean(dg, { axis: -1, keepdims: true });
  const second = mean(mul(gx, gamma), { axis: -1, keepdims: true });
  const dx = mul(sub(sub(dg, first), mul(xhat, second)), rstd);
  return [dx, dgamma, dbeta];
}

/**
 * Layer normalisation over the last axis (Ba et al. 2016): `[..., d]` with scale and shift `[d]`.
 * @throws ShapeError where scale or shift is not `[d]`
 */
export function layerNorm(x: Tensor, gamma: Tensor, beta: Tensor, epsilon = 1e-5): Tensor {
  return apply(layerNormOp, [x, gamma, beta], { epsilon })[0];
}

const rmsNormOp: OpDef<NormParams> = defineOp<NormParams>({
  name: "rmsNorm",
  infer([x, gamma]) {
    checkNorm("rmsNorm", x, gamma);
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  compose([x, gamma], { epsilon }) {
    const r = rsqrt(add(mean(square(x), { axis: -1, keepdims: true }), epsilon));
    return [mul(mul(x, r), gamma)];
  },
  lower: (b, [x, gamma], { epsilon }, [out]) => [
    b.op("SimplifiedLayerNormalization", [x, gamma], out, {
      axis: { int: -1 },
      epsilon: { float: epsilon },
    }),
  ],
  supports: (_provider, [x]) => (sizeOf(x.shape) > 0 ? true : "an empty tensor has no kernel"),
  flops: ([x]) => 4 * sizeOf(x.shape),
});

/** Root-mean-square normalisation over the last axis (Zhang & Sennrich 2019): `[..., d]`, scale `[d]`. */
export function rmsNorm(x: Tensor, gamma: Tensor, epsilon = 1e-6): Tensor {
  return apply1(rmsNormOp, [x, gamma], { epsilon });
}

/**
 * Group normalisation (Wu & He 2018) of `[batch, channels, ...spatial]` in `groups` groups of
 * channels; scale and shift are `[channels]`. One group per channel is instance normalisation.
 * @throws ShapeError where the channels do not divide into the groups
 */
export function groupNorm(
  x: Tensor,
  groups: number,
  gamma: Tensor,
  beta: Tensor,
  epsilon = 1e-5,
): Tensor {
  const [batch, channels] = x.shape;
  if (x.rank < 2 || channels % groups !== 0) {
    throw new ShapeError(
      `groupNorm: the ${channels} channels of ${showShape(x.shape)} do not divide into ${groups} groups`,
    );
  }
  const grouped = reshape(x, [batch, groups, x.size / (batch * groups)]);
  const centred = sub(grouped, mean(grouped, { axis: -1, keepdims: true }));
  const normal = mul(
    centred,
    rsqrt(add(mean(square(centred), { axis: -1, keepdims: true }), epsilon)),
  );
  return add(mul(reshape(normal, x.shape), perChannel(gamma, x.rank)), perChannel(beta, x.rank));
}
