/** @file Normalisations. */
import {
  add,
  batchNorm,
  batchNormInference,
  div,
  groupNorm,
  layerNorm,
  mean,
  mul,
  reshape,
  rmsNorm,
  rsqrt,
  sqrt,
  square,
  sub,
  type Tensor,
  variance,
  zeros,
} from "../../../engine/index.ts";
import { normalizeAxis } from "../../../engine/shape.ts";
import type { HandlerTable, NodeCall } from "../call.ts";

/** The trailing axes from `axis` on as one. */
function rowsOf(x: Tensor, axis: number): { rows: Tensor; width: number } {
  const width = x.shape.slice(axis).reduce((n, d) => n * d, 1);
  const rows = axis === x.rank - 1 ? x : reshape(x, [...x.shape.slice(0, axis), width]);
  return { rows, width };
}

/** A vector of the width of the normalised axes, from one that broadcasts to them. */
function across(v: Tensor, x: Tensor, axis: number, width: number): Tensor {
  return reshape(v.size === width ? v : v.broadcastTo(x.shape.slice(axis)), [width]);
}

/** Layer normalisation over the last axes, with its mean and inverse deviation where asked for. */
export function layerNormalized(call: NodeCall): Tensor[] {
  const x = call.tensor(0);
  const axis = normalizeAxis("LayerNormalization", call.attributes.int("axis", -1), x.rank);
  const epsilon = call.attributes.float("epsilon", 1e-5);
  const { rows, width } = rowsOf(x, axis);
  const gamma = across(call.tensor(1), x, axis, width);
  const bias = call.optional(2);
  const beta = bias ? across(bias, x, axis, width) : zeros([width], x.dtype);
  const y = reshape(layerNorm(rows, gamma, beta, epsilon), x.shape);
  if (!call.wants(1) && !call.wants(2)) return [y];
  const shape = x.shape.map((d, i) => (i < axis ? d : 1));
  const mu = mean(rows, { axis: -1, keepdims: true });
  const spread = variance(rows, { axis: -1, keepdims: true });
  return [y, reshape(mu, shape), reshape(rsqrt(add(spread, epsilon)), shape)];
}

/** RMS normalisation over the last axes. */
export function rmsNormalized(call: NodeCall): Tensor {
  const x = call.tensor(0);
  const axis = normalizeAxis("RMSNormalization", call.attributes.int("axis", -1), x.rank);
  const { rows, width } = rowsOf(x, axis);
  const gamma = across(call.tensor(1), x, axis, width);
  return reshape(rmsNorm(rows, gamma, call.attributes.float("epsilon", 1e-5)), x.shape);
}

function batchNormalized(call: NodeCall): Tensor[] {
  const [x, gamma, beta, mu, spread] = [0, 1, 2, 3, 4].map((i) => call.tensor(i));
  const epsilon = call.attributes.float("epsilon", 1e-5);
  if (call.attributes.int("training_mode", 0) === 0)
    return [batchNormInference(x, gamma, beta, mu, spread, epsilon)];
  const momentum = call.attributes.float("momentum", 0.9);
  const { output, mean: batchMean, variance: batchSpread } = batchNorm(x, gamma, beta, epsilon);
  const running = (old: Tensor, now: Tensor): Tensor =>
    add(mul(old, momentum), mul(now, 1 - momentum));
  return [output, running(mu, batchMean), running(spread, batchSpread)];
}

function instanceNormalized(call: NodeCall): Tensor {
  const x = call.tensor(0);
  return groupNorm(
    x,
    x.shape[1],
    call.tensor(1),
    call.tensor(2),
    call.attributes.float("epsilon", 1e-5),
  );
}

function groupNormalized(call: NodeCall): Tensor {
  const x = call.tensor(0);
  const groups = call.attributes.int("num_groups", 1);
  const epsilon = call.attributes.float("epsilon", 1e-5);
  const [gamma, beta] = [call.tensor(1), call.tensor(2)];
  // Operator set 18 has one scale per group, 21 one per channel.
  if (gamma.size === x.shape[1]) return groupNorm(x, groups, gamma, beta, epsilon);
  const each = x.shape[1] / groups;
  const spread = (v: Tensor): Tensor =>
    reshape(v, [groups, 1]).broadcastTo([groups, each]).reshape([x.shape[1]]);
  return groupNorm(x, groups, spread(gamma), spread(beta), epsilon);
}

/** `(x - mean) / deviation` over axes. */
function meanVariance(call: NodeCall): Tensor {
  const x = call.tensor(0);
  const options = { axis: call.attributes.ints("axes") ?? [0, 2, 3], keepdims: true };
  const centred = sub(x, mean(x, options));
  const deviation = sqrt(mean(square(centred), options));
  return div(centred, add(deviation, 1e-9));
}

/** The residual sum and bias in front of a normalisation; gives the sum too. */
function skipped(call: NodeCall, biasInput: number): Tensor {
  const total = add(call.tensor(0), call.tensor(1));
  const bias = call.optional(biasInput);
  return bias ? add(total, bias) : total;
}

/** Outputs of a fused residual normalisation: the result, two statistics that nothing reads, the sum. */
function withSum(call: NodeCall, y: Tensor, total: Tensor): Tensor[] {
  if (call.wants(1) || call.wants(2)) throw call.fail("its statistics are not known");
  const unread = zeros([0], y.dtype);
  return [y, unread, unread, total];
}

/** Normalisations of the domain com.microsoft. */
export const fusedNormalization: HandlerTable = {
  SimplifiedLayerNormalization: rmsNormalized,
  SkipLayerNormalization: (call) => {
    const total = skipped(call, 4);
    const gamma = call.tensor(2);
    const beta = call.optional(3) ?? zeros(gamma.shape, gamma.dtype);
    const y = layerNorm(total, gamma, beta, call.attributes.float("epsilon", 1e-12));
    return withSum(call, y, total);
  },
  SkipSimplifiedLayerNormalization: (call) => {
    const total = skipped(call, 3);
    const y = rmsNorm(total, call.tensor(2), call.attributes.float("epsilon", 1e-5));
    return withSum(call, y, total);
  },
};

export const normalization: HandlerTable = {
  BatchNormalization: batchNormalized,
  GroupNormalization: groupNormalized,
  InstanceNormalization: instanceNormalized,
  LayerNormalization: layerNormalized,
  MeanVarianceNormalization: meanVariance,
  RMSNormalization: rmsNormalized,
  SimplifiedLayerNormalization: rmsNormalized,
};
