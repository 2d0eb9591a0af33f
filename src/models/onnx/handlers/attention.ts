/** @file Attention as one operator: ONNX's own, and the fused ones of the domain com.microsoft. */
import {
  add,
  cast,
  concat,
  type DType,
  expandDims,
  full,
  gather,
  less,
  matmul,
  mul,
  pad,
  repeat,
  reshape,
  softmax,
  split,
  sub,
  type Tensor,
  tanh,
  tensor,
  transpose,
  tril,
  where,
} from "../../../engine/index.ts";
import type { HandlerTable, NodeCall } from "../call.ts";

/** A score that no softmax notices. */
const MASKED = -3.4028234663852886e38;
const MASKED_HALF = -65_504;

/** `[batch, time, heads · width]` as `[batch, heads, time, width]`. */
function intoHeads(x: Tensor, heads: number): Tensor {
  if (x.rank === 4) return x;
  const [batch, time, width] = x.shape;
  return transpose(reshape(x, [batch, time, heads, width / heads]), [0, 2, 1, 3]);
}

function joinHeads(x: Tensor): Tensor {
  const [batch, heads, time, width] = x.shape;
  return reshape(transpose(x, [0, 2, 1, 3]), [batch, time, heads * width]);
}

interface AttentionInputs {
  /** `[batch, heads, time, width]`; keys and values may have fewer heads, each for a group. */
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  /** Booleans that broadcast to the scores: where a key may be seen. */
  readonly seen: readonly Tensor[];
  /** Added to the scores. */
  readonly bias: Tensor | null;
  readonly causal: boolean;
  /** 0 for `1/√width`. */
  readonly scale: number;
  /** Scores are held within this by tanh; 0 for no limit. */
  readonly limit?: number;
  /** What a query gives that sees no key: zeros, or the mean of all values (default). */
  readonly blindRows?: "zero" | "mean";
}

/** Scaled dot-product attention `[batch, heads, time, width]`. */
function attend(inputs: AttentionInputs): Tensor {
  const { q, k, v, seen, bias, causal, scale, limit = 0, blindRows } = inputs;
  const groups = q.shape[1] / k.shape[1];
  const [keys, values] = groups > 1 ? [repeat(k, groups, 1), repeat(v, groups, 1)] : [k, v];
  const factor = scale || 1 / Math.sqrt(q.shape[3]);
  let scores = matmul(q, keys, { transposeB: true, alpha: factor });
  if (limit > 0) scores = mul(tanh(mul(scores, 1 / limit)), limit);
  if (bias) scores = add(scores, bias);
  const masked = scores.dtype === "float16" ? MASKED_HALF : MASKED;
  for (const visible of seen) scores = where(visible, scores, masked);
  const [rows, columns] = scores.shape.slice(2);
  if (causal) {
    const before = cast(tril(full([rows, columns], 1, "int32"), columns - rows), "bool");
    scores = where(before, scores, masked);
  }
  const shares = softmax(scores, -1);
  // A row that sees nothing gives zeros.
  const kept = seen.reduce((p, visible) => where(visible, p, 0), shares);
  return matmul(blindRows === "zero" ? kept : shares, values);
}

/** A mask of keys as com.microsoft has them: one for each key, or the number of each sequence's keys. */
function keysSeen(call: NodeCall, i: number, batch: number, keys: number): Tensor[] {
  const mask = call.optional(i);
  if (!mask) return [];
  const wide = [batch, 1, 1, keys];
  if (mask.rank === 2 && mask.shape[0] === batch && mask.shape[1] === keys)
    return [reshape(cast(mask, "bool"), wide)];
  if (mask.rank !== 1 || mask.size !== batch)
    throw call.fail(`a mask of shape [${mask.shape.join(", ")}] is not known`);
  const places = tensor(
    Array.from({ length: keys }, (_, p) => p),
    { dtype: "int32" },
  );
  return [reshape(less(places, expandDims(cast(mask, "int32"), 1)), wide)];
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
  const y = attend({
    ...{ q, k, v },
    seen: keysSeen(call, 4, q.shape[0], k.shape[2]),
    bias: call.optional(5),
    causal: attributes.int("unidirectional", 0) !== 0,
    scale: attributes.float("scale", 0),
  });
  return joinHeads(y);
}

/** com.microsoft's: one weight for queries, keys and values. */
function packedAttention(call: NodeCall): Tensor {
  if (call.has(4) || call.wants(1)) throw call.fail("a cache of keys is not known");
  const { attributes } = call;
  const heads = attributes.int("num_heads", 1);
  const sizes = attributes.ints("qkv_hidden_sizes") ?? 3;
  const product = matmul(call.tensor(0), call.tensor(1));
  const bias = call.optional(2);
  const parts = split(bias ? add(product, bias) : product, sizes, -1);
  const [q, k, v] = parts.map((part) => intoHeads(part, heads));
  const y = attend({
    ...{ q, k, v },
    seen: keysSeen(call, 3, q.shape[0], k.shape[2]),
    bias: call.optional(5),
    causal: attributes.int("unidirectional", 0) !== 0,
    scale: attributes.float("scale", 0),
  });
  return joinHeads(y);
}

/** ONNX's own, since operator set 23: inputs in three or four axes, with keys and values of before. */
function attention(call: NodeCall): Tensor[] {
  const { attributes } = call;
  if (call.has(6)) throw call.fail("numbers of keys beside a mask are not known");
  if (call.wants(3)) throw call.fail("scores as an output are not known");
  if (attributes.names().some((name) => name.includes("window")))
    throw call.fail("attention windows are not known");
  const [query, key, value] = [call.tensor(0), call.tensor(1), call.tensor(2)];
  const q = intoHeads(query, attributes.int("q_num_heads", 1));
  const grown = (x: Tensor, before: Tensor | null): Tensor => {
    const now = intoHeads(x, attributes.int("kv_num_heads", 1));
    return before ? concat([before, now], 2) : now;
  };
  const [k, v] = [grown(key, call.optional(4)), grown(value, call.optional(5))];
  const mask = wholeMask(call.optional(3), k.shape[2], q.dtype);
  const visible = mask?.dtype === "bool" ? [mask] : [];
  const causal = attributes.int("is_causal", 0) !== 0;
  const y = attend({
    ...{ q, k, v },
    seen: causal ? [...visible, causalFrom(q, k, call)] : visible,
    bias: visible.length > 0 ? null : mask,
    causal: false,
    scale: attributes.float("scale", 0),
    limit: attributes.float("softcap", 0),
    blindRows: "zero",
  });
  return [query.rank === 3 ? joinHeads(y) : y, k, v];
}

/** A mask for fewer keys than there are hides the others. */
function wholeMask(mask: Tensor | null, keys: number, dtype: DType): Tensor | null {
  const missing = mask ? keys - (mask.shape.at(-1) as number) : 0;
  if (!mask || missing <= 0) return mask;
  const widths = mask.shape.map((_, i) => [0, i === mask.rank - 1 ? missing : 0] as const);
  if (mask.dtype === "bool") return cast(pad(cast(mask, "int32"), widths), "bool");
  return pad(mask, widths, dtype === "float16" ? MASKED_HALF : MASKED);
}

/** Row i sees the keys of before and those up to its own. */
function causalFrom(q: Tensor, k: Tensor, call: NodeCall): Tensor {
  const past = call.optional(4)?.shape[2] ?? 0;
  return cast(tril(full([q.shape[2], k.shape[2]], 1, "int32"), past), "bool");
}

/** Rotates pairs of elements by angles of their positions (Su et al. 2021). */
function rotated(call: NodeCall): Tensor {
  const x = call.tensor(0);
  const { attributes } = call;
  const split3 = x.rank === 3;
  const h = split3 ? intoHeads(x, attributes.int("num_heads", 1)) : x;
  const [batch, , time, width] = h.shape;
  const part = attributes.int("rotary_embedding_dim", 0) || width;
  const places = call.optional(3);
  const angles = (table: Tensor): Tensor => {
    const rows = places ? gather(table, places) : table;
    return reshape(rows, [batch, 1, time, part / 2]);
  };
  const [cos, sin] = [angles(call.tensor(1)), angles(call.tensor(2))];
  const [turned, rest] = part < width ? split(h, [part, width - part], -1) : [h, null];
  const interleaved = attributes.int("interleaved", 0) !== 0;
  const shape = [...turned.shape.slice(0, -1), part / 2];
  const pairs = interleaved
    ? split(reshape(turned, [...shape, 2]), 2, -1).map((p) => reshape(p, shape))
    : split(turned, 2, -1);
  const [a, b] = pairs;
  const first = sub(mul(a, cos), mul(b, sin));
  const second = add(mul(a, sin), mul(b, cos));
  const joined = interleaved
    ? reshape(concat([expandDims(first, 4), expandDims(second, 4)], 4), turned.shape)
    : concat([first, second], -1);
  const y = rest ? concat([joined, rest], -1) : joined;
  return split3 ? joinHeads(y) : y;
}

export const attentions: HandlerTable = { Attention: attention, RotaryEmbedding: rotated };

/** Those of the domain com.microsoft. */
export const fusedAttentions: HandlerTable = {
  Attention: packedAttention,
  MultiHeadAttention: multiHead,
};
