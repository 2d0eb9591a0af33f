/** @file Which stored tensors of a graph are weights, which are state, and which are mere constants. */
import { DataError } from "../../data/errors.ts";
import { toTypedArray } from "../../engine/dtype.ts";
import { isFloat } from "../../engine/index.ts";
import type { TensorProto } from "./decode.ts";
import { type GraphNode, labelOf, type OnnxGraph } from "./graph.ts";
import {
  type HostTensor,
  readTensor,
  shapeOfTensor,
  type TensorReader,
  widenFloat16,
} from "./tensor-data.ts";
import { neededNodes } from "./tracer.ts";
import { engineType } from "./types.ts";
import { HOST_ELEMENTS } from "./value.ts";

/** Inputs that are weights wherever they are stored tensors; "all" for every input. */
const WEIGHT_INPUTS: Readonly<Record<string, readonly number[] | "all">> = {
  Attention: [1, 2],
  BatchNormalization: [1, 2],
  BiasGelu: [1],
  Concat: "all",
  Conv: [1, 2],
  ConvTranspose: [1, 2],
  Einsum: "all",
  EmbedLayerNormalization: [2, 3, 4, 5, 6],
  Expand: [0],
  FastGelu: [1],
  FusedConv: [1, 2],
  FusedGemm: "all",
  FusedMatMul: "all",
  Gather: [0],
  Gemm: "all",
  GroupNormalization: [1, 2],
  GRU: [1, 2, 3, 5],
  InstanceNormalization: [1, 2],
  LayerNormalization: [1, 2],
  LSTM: [1, 2, 3, 5, 6],
  MatMul: "all",
  MultiHeadAttention: [3],
  PRelu: [1],
  RMSNormalization: [1],
  RNN: [1, 2, 3, 5],
  SimplifiedLayerNormalization: [1],
  SkipLayerNormalization: [2, 3, 4],
  SkipSimplifiedLayerNormalization: [2, 3],
};

/** What hands its first input on without computing. */
const PASSING = new Set(
  "Cast Flatten Identity Pad Reshape Slice Split Squeeze Transpose Unsqueeze".split(" "),
);
const ARITHMETIC = new Set(["Add", "Div", "Mul", "Sub", "Sum"]);
const PRODUCTS = new Set(["Conv", "ConvTranspose", "Gemm", "MatMul"]);

/** A quantized tensor that is stored with its scale: it stands for the real numbers. */
export interface Dequantized {
  /** The value that the node makes. */
  readonly output: string;
  readonly node: GraphNode;
}

/** The stored tensors of a graph by their part in it. */
export interface StoredTensors {
  /** Trained. */
  readonly weights: Map<string, HostTensor>;
  /** State and large constants: fixed, but kept beside the weights. */
  readonly buffers: Map<string, HostTensor>;
  /** Values that are weights under another name: the outputs of DequantizeLinear. */
  readonly derived: Map<string, string>;
}

/** Chooses weights by name in place of the rules. */
export type WeightTest = (name: string, tensor: HostTensor) => boolean;

/** Sorts the stored tensors that the graph's outputs need, and reads those that are kept as tensors. */
export function sortStored(
  graph: OnnxGraph,
  reader: TensorReader,
  test: WeightTest | null,
): StoredTensors {
  const wanted = graph.outputs.map((o) => o.name);
  const nodes = neededNodes(graph, wanted, () => false);
  const readers = new Map<string, { node: GraphNode; input: number }[]>();
  const producers = new Map<string, GraphNode>();
  for (const node of nodes) {
    for (const output of node.outputs) producers.set(output, node);
    for (const [input, name] of node.inputs.entries()) {
      const list = readers.get(name);
      if (list) list.push({ node, input });
      else readers.set(name, [{ node, input }]);
    }
  }
  const uses = { readers, producers };
  const sorted: StoredTensors = { weights: new Map(), buffers: new Map(), derived: new Map() };
  const quantized = quantizedTensors(graph, nodes);
  for (const [name, proto] of graph.initializers) {
    if (!readers.has(name) && !wanted.includes(name)) continue;
    const wholes = quantized.get(name);
    if (wholes) addDequantized(graph, name, wholes, reader, uses, test, sorted);
    else addStored(name, proto, reader, uses, test, sorted);
  }
  return sorted;
}

interface Uses {
  readonly readers: ReadonlyMap<string, readonly { node: GraphNode; input: number }[]>;
  readonly producers: ReadonlyMap<string, GraphNode>;
}

function addStored(
  name: string,
  proto: TensorProto,
  reader: TensorReader,
  uses: Uses,
  test: WeightTest | null,
  { weights, buffers }: StoredTensors,
): void {
  const dtype = engineType(proto.dataType ?? 0, reader.widen);
  const size = shapeOfTensor(proto, reader.source).reduce((n, d) => n * d, 1);
  const part = dtype && isFloat(dtype) ? partOf(name, size, uses) : "constant";
  const kept = size > HOST_ELEMENTS && dtype !== null;
  if (part === "constant" && !kept && !test) return;
  if (dtype === null) return;
  const host = readTensor(proto, reader);
  const chosen = test
    ? isFloat(dtype) && test(name, host)
    : part === "weight" && !isMask(name, host, uses);
  if (chosen) weights.set(name, host);
  else if (kept || part === "buffer") buffers.set(name, host);
}

/** Stored integers that a DequantizeLinear with stored scale turns into real numbers. */
function quantizedTensors(
  graph: OnnxGraph,
  nodes: readonly GraphNode[],
): Map<string, Dequantized[]> {
  const found = new Map<string, Dequantized[]>();
  for (const node of nodes) {
    if (node.op !== "DequantizeLinear") continue;
    const [x = "", scale = "", zero = ""] = node.inputs;
    const stored = (name: string): boolean => graph.initializers.has(name);
    if (!stored(x) || !stored(scale) || (zero !== "" && !stored(zero))) continue;
    const list = found.get(node.inputs[0]) ?? [];
    list.push({ output: node.outputs[0], node });
    found.set(node.inputs[0], list);
  }
  return found;
}

function addDequantized(
  graph: OnnxGraph,
  name: string,
  list: readonly Dequantized[],
  reader: TensorReader,
  uses: Uses,
  test: WeightTest | null,
  { weights, buffers, derived }: StoredTensors,
): void {
  for (const [i, { output, node }] of list.entries()) {
    const [x, scale, zero] = node.inputs.map((input) => {
      const proto = graph.initializers.get(input);
      return proto ? readTensor(proto, reader) : null;
    });
    const parts = { x: x as HostTensor, scale: scale as HostTensor, zero: zero ?? null };
    const host = dequantize(parts, node, reader.source);
    const key = i === 0 ? name : `${name}.${i}`;
    const part = partOf(output, host.data.length, uses);
    const chosen = test ? test(name, host) : part === "weight";
    (chosen ? weights : buffers).set(key, host);
    derived.set(output, key);
  }
}

interface QuantizedParts {
  readonly x: HostTensor;
  readonly scale: HostTensor;
  readonly zero: HostTensor | null;
}

/** `(x - zero) · scale` on the host: per tensor, per slice of an axis, or per block along it. */
function dequantize(
  { x, scale, zero }: QuantizedParts,
  node: GraphNode,
  source: string,
): HostTensor {
  const { attributes } = node;
  const { shape } = x;
  const given = attributes.int("axis", 1);
  const axis = shape.length === 0 ? 0 : given < 0 ? given + shape.length : given;
  const block = attributes.int("block_size", 0);
  const inner = shape.slice(axis + 1).reduce((n, d) => n * d, 1);
  const size = shape[axis] ?? 1;
  const groups = Math.ceil(size / Math.max(1, block));
  const stepOf = (i: number): number => {
    if (scale.data.length === 1) return 0;
    const along = Math.floor(i / inner) % size;
    if (block === 0) return along;
    const outer = Math.floor(i / (inner * size));
    return (outer * groups + Math.floor(along / block)) * inner + (i % inner);
  };
  const expected = block === 0 ? size : (x.data.length / Math.max(1, size)) * groups;
  for (const { data } of [scale, ...(zero ? [zero] : [])]) {
    if (data.length === 1 || data.length === expected) continue;
    throw new DataError({
      code: "malformed",
      path: source,
      field: labelOf(node),
      expected: `1 or ${expected} scales and zero points`,
      received: `${data.length}`,
    });
  }
  const out = new Float32Array(x.data.length);
  const scales = numbersOf(scale);
  const zeros = zero ? numbersOf(zero) : null;
  const wholes = x.data;
  for (let i = 0; i < out.length; i++) {
    const step = stepOf(i);
    out[i] =
      (Number(wholes[i]) - (zeros ? zeros[zeros.length === 1 ? 0 : step] : 0)) * scales[step];
  }
  const { dtype } = scale;
  return { shape, dtype, data: dtype === "float32" ? out : toTypedArray(out, dtype) };
}

function numbersOf({ data, dtype }: HostTensor): ArrayLike<number> {
  if (dtype === "float16") return widenFloat16(data as Uint16Array);
  return data instanceof BigInt64Array ? Float64Array.from(data, Number) : data;
}

function partOf(name: string, size: number, uses: Uses): "weight" | "buffer" | "constant" {
  let part: "weight" | "buffer" | "constant" = "constant";
  for (const { node, input } of uses.readers.get(name) ?? []) {
    const { op } = node;
    if (PASSING.has(op) && input === 0) {
      for (const output of node.outputs) {
        const through = partOf(output, size, uses);
        if (through !== "constant") part = through;
      }
      continue;
    }
    if (op === "BatchNormalization" && input >= 3) return "buffer";
    const inputs = WEIGHT_INPUTS[op];
    if (inputs === "all" || inputs?.includes(input)) part = "weight";
    else if (ARITHMETIC.has(op) && (size > 1 || followsProduct(node, input, uses))) part = "weight";
    else if (node.domain !== "" && !inputs && size > 1) part = "weight";
  }
  return part;
}

/** Whether the other operand is a product: then even a single number is its bias. */
function followsProduct(node: GraphNode, input: number, { producers }: Uses): boolean {
  return node.inputs.some((name, i) => {
    const producer = i === input ? undefined : producers.get(name);
    return producer !== undefined && PRODUCTS.has(producer.op);
  });
}

const ABSURD = 1e9;

/** Whether a tensor that is only added to others holds the huge numbers of an attention mask. */
function isMask(name: string, { data, dtype }: HostTensor, { readers }: Uses): boolean {
  const added = readers.get(name)?.every(({ node }) => node.op === "Add") ?? false;
  if (!added || dtype !== "float32") return false;
  return (data as Float32Array).some((v) => !(Math.abs(v) < ABSURD));
}
