/**
 * @file Element types on the GPU. WebGPU's kernels compute with float32, float16 (on some devices),
 * int32 and uint32, and know bool only between a comparison and its use. So int64 and uint8 are
 * held in int32 there, bool tensors cross between runs as int32, and float16 is held in float32
 * where the device has none; the engine's tensors keep their own dtype on the host.
 */
import { allocate, type DType, float16Bits, float16Value, type TypedArray } from "../dtype.ts";
import { UnsupportedError, ValueError } from "../errors.ts";
import { buildGraph, type Graph } from "../graph.ts";
import { cast } from "../ops/cast.ts";
import { Storage } from "../storage.ts";
import { apply, makeNode, type Node, Tensor, withOrigin } from "../tensor.ts";

/** What the device can do. */
export interface GpuFeatures {
  readonly float16: boolean;
}

/** Movements of elements without a kernel for bool. */
const NO_BOOL = new Set(["concat", "pad", "split", "stopGradient", "transpose"]);

/** The element type in which the GPU's memory holds a tensor of `dtype`. */
export function heldAs(dtype: DType, { float16 }: GpuFeatures): DType {
  if (dtype === "int64" || dtype === "uint8" || dtype === "bool") return "int32";
  return dtype === "float16" && !float16 ? "float32" : dtype;
}

/**
 * Converts host elements between an engine dtype and the one that the GPU holds.
 * @throws ValueError for an int64 that does not fit 32 bits
 */
export function convertElements(data: TypedArray, from: DType, to: DType): TypedArray {
  if (from === to) return data;
  const out = allocate(to, data.length);
  if (to === "int64") {
    for (let i = 0; i < data.length; i++) out[i] = BigInt(data[i]);
  } else if (to === "float16") {
    for (let i = 0; i < data.length; i++) out[i] = float16Bits(data[i] as number);
  } else if (from === "float16") {
    for (let i = 0; i < data.length; i++) out[i] = float16Value(data[i] as number);
  } else {
    for (let i = 0; i < data.length; i++) out[i] = Number(data[i]);
    if (from === "int64") checkRange(data as BigInt64Array, out as Int32Array);
  }
  return out;
}

function checkRange(wide: BigInt64Array, narrow: Int32Array): void {
  for (const [i, v] of narrow.entries()) {
    if (BigInt(v) !== wide[i]) {
      throw new ValueError(
        `int64 ${wide[i]} does not fit 32 bits, which is what WebGPU computes with; use the backend "onnx"`,
      );
    }
  }
}

/**
 * The same graph over the types that the GPU holds: inputs and outputs are as `heldAs` says.
 * @throws UnsupportedError where an op needs a type that has no counterpart there
 */
export async function holdOnGpu(graph: Graph, features: GpuFeatures): Promise<Graph> {
  const held = new Map<Tensor, Tensor>();
  const inputs = graph.inputs.map((t) => {
    const dtype = checked(t, features, "an argument");
    const input =
      dtype === t.dtype
        ? t
        : new Tensor(t.shape, dtype, { placeholder: t._placeholder ?? "input" });
    held.set(t, t.dtype === "bool" ? cast(input, "bool") : input);
    return input;
  });
  for (const t of graph.constants) {
    // A constant needs no crossing: bool stays bool.
    const dtype = t.dtype === "bool" ? "bool" : checked(t, features, "a constant");
    const read = async (): Promise<TypedArray> =>
      convertElements(await (t._storage as Storage).read(), t.dtype, dtype);
    held.set(
      t,
      dtype === t.dtype
        ? t
        : new Tensor(t.shape, dtype, { storage: new Storage(dtype, await read()) }),
    );
  }
  for (const node of graph.nodes) {
    const outputs = withOrigin(node.trace, () => holdNode(node, held, features));
    for (const [i, o] of node.outputs.entries()) held.set(o, outputs[i]);
  }
  const outputs = graph.outputs.map((o) => {
    const t = held.get(o) as Tensor;
    return t.dtype === "bool" ? cast(t, "int32") : t;
  });
  return buildGraph(inputs, outputs);
}

function checked(t: Tensor, features: GpuFeatures, what: string): DType {
  if (t.dtype === "float64") {
    throw new UnsupportedError(
      `${what} ${t} is float64, which WebGPU does not have; cast it to float32`,
    );
  }
  return heldAs(t.dtype, features);
}

function holdNode(
  node: Node,
  held: ReadonlyMap<Tensor, Tensor>,
  features: GpuFeatures,
): readonly Tensor[] {
  const place = node.madeAt ? ` (made at ${node.madeAt})` : "";
  for (const o of node.outputs) checked(o, features, `${node.op.name}${place}: its result`);
  if (node.op.name === "cast" && node.inputs[0].dtype === "uint32" && node.params.to === "int64") {
    throw new UnsupportedError(
      `cast${place} does not run on WebGPU: int64 has 32 bits there and does not hold uint32; cast to int32`,
    );
  }
  const inputs = node.inputs.map((x) => held.get(x) as Tensor);
  if (NO_BOOL.has(node.op.name) && inputs[0].dtype === "bool") {
    const moved = apply(
      node.op,
      inputs.map((x) => cast(x, "int32")),
      node.params,
    );
    return moved.map((y) => cast(y, "bool"));
  }
  const params = Object.fromEntries(
    Object.entries(node.params).map(([key, v]) => [
      key,
      (key === "to" || key === "dtype") && v !== "bool" ? heldAs(v as DType, features) : v,
    ]),
  );
  const sameParams = Object.entries(params).every(([key, v]) => node.params[key] === v);
  if (sameParams && inputs.every((x, i) => x === node.inputs[i])) return node.outputs;
  // A cast between types that are held alike has nothing to do.
  if (node.op.name === "cast" && inputs[0].dtype === params.to) return inputs;
  const changed = sameParams && inputs.every((x, i) => x.dtype === node.inputs[i].dtype);
  return changed
    ? makeNode(node.op, inputs, node.params, node.outputs)
    : apply(node.op, inputs, params);
}
