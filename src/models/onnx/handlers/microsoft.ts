/** @file Fused operators of the domain com.microsoft, as ONNX Runtime's optimizer writes them. */
import {
  add,
  gather,
  gelu,
  layerNorm,
  matmul,
  mul,
  sigmoid,
  type Tensor,
  zeros,
} from "../../../engine/index.ts";
import type { HandlerTable, NodeCall } from "../call.ts";
import { fusedAttentions } from "./attention.ts";
import { gemm } from "./linear.ts";
import { fusedNormalization } from "./normalization.ts";
import { convolve } from "./windows.ts";

function activated(call: NodeCall, y: Tensor): Tensor {
  const name = call.attributes.string("activation", "");
  const table: Readonly<Record<string, (x: Tensor) => Tensor>> = {
    "": (x) => x,
    Relu: (x) => x.relu(),
    Sigmoid: (x) => x.sigmoid(),
    Tanh: (x) => x.tanh(),
  };
  const fn = table[name];
  if (!fn) throw call.fail(`the activation ${name} is not known`);
  return fn(y);
}

function fusedMatmul(call: NodeCall): Tensor {
  const { attributes } = call;
  if (attributes.int("transBatchA", 0) !== 0 || attributes.int("transBatchB", 0) !== 0)
    throw call.fail("transposed batch axes are not known");
  return matmul(call.tensor(0), call.tensor(1), {
    transposeA: attributes.int("transA", 0) !== 0,
    transposeB: attributes.int("transB", 0) !== 0,
    alpha: attributes.float("alpha", 1),
  });
}

/** Word, position and segment embeddings with their normalisation. */
function embedded(call: NodeCall): Tensor[] {
  const ids = call.tensor(0);
  const [, time] = ids.shape;
  const words = gather(call.tensor(2), ids);
  const table = call.tensor(3);
  const places = call.optional(8);
  const positions = places
    ? gather(table, places)
    : table.slice([0], [time]).reshape([1, time, table.shape[1]]);
  const sum = add(words, positions);
  const [segments, segmentTable] = [call.optional(1), call.optional(4)];
  const total = segments && segmentTable ? add(sum, gather(segmentTable, segments)) : sum;
  const epsilon = call.attributes.float("epsilon", 1e-12);
  const y = layerNorm(total, call.tensor(5), call.tensor(6), epsilon);
  if (!call.wants(1) && !call.wants(2)) return [y];
  const mask = call.optional(7);
  const counts = mask ? mask.sum({ axis: 1 }) : zeros([ids.shape[0]], "int32");
  return [y, counts, total];
}

const withBias = (call: NodeCall): Tensor => {
  const bias = call.optional(1);
  return bias ? add(call.tensor(0), bias) : call.tensor(0);
};

export const microsoft: HandlerTable = {
  ...fusedAttentions,
  ...fusedNormalization,
  BiasGelu: (call) => gelu(withBias(call), "erf"),
  EmbedLayerNormalization: embedded,
  FastGelu: (call) => gelu(withBias(call), "tanh"),
  FusedConv: (call) => {
    const y = convolve(call, call.tensor(0), call.tensor(1));
    const bias = call.optional(2);
    const spread = bias?.reshape([bias.size, ...y.shape.slice(2).map(() => 1)]);
    return activated(call, spread ? add(y, spread) : y);
  },
  FusedGemm: (call) => activated(call, gemm(call)),
  FusedMatMul: fusedMatmul,
  Gelu: (call) => gelu(call.tensor(0), "erf"),
  QuickGelu: (call) => {
    const x = call.tensor(0);
    return mul(x, sigmoid(mul(x, call.attributes.float("alpha", 1.702))));
  },
};
