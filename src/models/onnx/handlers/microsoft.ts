/** @file Fused operators of the domain com.microsoft, as ONNX Runtime's optimizer writes them. */
import {
  add,
  cast,
  concat,
  full,
  gather,
  gelu,
  greater,
  layerNorm,
  matmul,
  mul,
  reshape,
  sigmoid,
  softmax,
  split,
  type Tensor,
  transpose,
  tril,
  where,
  zeros,
} from "../../../engine/index.ts";
import type { HandlerTable, NodeCall } from "../call.ts";
import { gemm } from "./linear.ts";
import { fusedNormalization } from "./normalization.ts";
import { convolve } from "./windows.ts";

/** A value that no softmax notices. */
const MASKED = -3.4028234663852886e38;

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

/** `[batch, time, heads · width]` as `[batch, heads, time, width]`. */
function intoHeads(x: Tensor, heads: number): Tensor {
  if (x.rank === 4) return x;
  const [batch, time, width] = x.shape;
  return transpose(reshape(x, [batch, time, heads, width / heads]), [0, 2, 1, 3]);
}

interface AttentionInputs {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  /** `[batch, keys]`, not 0 where a key stands. */
  readonly mask: Tensor | null;
  /** Added to the scores. */
  readonly bias: Tensor | null;
  readonly causal: boolean;
  readonly scale: number;
}

/** Scaled dot-product attention over heads, with the heads joined again. */
function attend({ q, k, v, mask, bias, causal, scale }: AttentionInputs): Tensor {
  const factor = scale || 1 / Math.sqrt(q.shape[3]);
  let scores = matmul(q, k, { transposeB: true, alpha: factor });
  if (bias) scores = add(scores, bias);
  if (mask) {
    const [batch, keys] = mask.shape;
    scores = where(reshape(cast(mask, "bool"), [batch, 1, 1, keys]), scores, MASKED);
  }
  const [rows, columns] = scores.shape.slice(2);
  if (causal) {
    const seen = cast(tril(full([rows, columns], 1, "int32"), columns - rows), "bool");
    scores = where(seen, scores, MASKED);
  }
  const mixed = transpose(matmul(softmax(scores, -1), v), [0, 2, 1, 3]);
  const [batch, time, heads, width] = mixed.shape;
  return reshape(mixed, [batch, time, heads * width]);
}

function keyMask(call: NodeCall, i: number, batch: number, keys: number): Tensor | null {
  const mask = call.optional(i);
  if (!mask) return null;
  if (mask.rank === 2 && mask.shape[0] === batch && mask.shape[1] === keys) return mask;
  if (mask.rank === 1 && mask.size === batch) {
    // The number of keys of each sequence.
    const places = Array.from({ length: keys }, (_, p) =>
      greater(cast(mask, "int32"), p).reshape([batch, 1]),
    );
    return concat(
      places.map((p) => cast(p, "int32")),
      1,
    );
  }
  throw call.fail(`a mask of shape [${mask.shape.join(", ")}] is not known`);
}

function multiHead(call: NodeCall): Tensor {
  if (call.has(6) || call.wants(1)) throw call.fail("a cache of keys is not known");
  const { attributes } = call;
  const heads = attributes.int("num_heads", 1);
  const query = call.tensor(0);
  if (query.rank !== 3) throw call.fail("packed inputs are not known");
  const width = query.shape[2];
  const bias = call.optional(3);
  const parts = bias ? split(bias, [width, width, bias.size - 2 * width], 0) : null;
  const [q, k, v] = [0, 1, 2].map((i) => {
    const x = call.tensor(i);
    return intoHeads(parts && x.rank === 3 ? add(x, parts[i]) : x, heads);
  });
  return attend({
    ...{ q, k, v },
    mask: keyMask(call, 4, q.shape[0], k.shape[2]),
    bias: call.optional(5),
    causal: attributes.int("unidirectional", 0) !== 0,
    scale: attributes.float("scale", 0),
  });
}

/** Attention with one weight for queries, keys and values. */
function attention(call: NodeCall): Tensor {
  if (call.has(4) || call.wants(1)) throw call.fail("a cache of keys is not known");
  const { attributes } = call;
  const heads = attributes.int("num_heads", 1);
  const weights = call.tensor(1);
  const sizes = attributes.ints("qkv_hidden_sizes") ?? 3;
  const product = matmul(call.tensor(0), weights);
  const bias = call.optional(2);
  const parts = split(bias ? add(product, bias) : product, sizes, -1);
  const [q, k, v] = parts.map((part) => intoHeads(part, heads));
  return attend({
    ...{ q, k, v },
    mask: keyMask(call, 3, q.shape[0], k.shape[2]),
    bias: call.optional(5),
    causal: attributes.int("unidirectional", 0) !== 0,
    scale: attributes.float("scale", 0),
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
  ...fusedNormalization,
  Attention: attention,
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
  MultiHeadAttention: multiHead,
  QuickGelu: (call) => {
    const x = call.tensor(0);
    return mul(x, sigmoid(mul(x, call.attributes.float("alpha", 1.702))));
  },
};
