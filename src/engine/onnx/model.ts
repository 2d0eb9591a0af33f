/** @file An ONNX model as plain data, and its encoding as protobuf. */
import onnxProto from "onnx-proto";
import type { DType } from "../dtype.ts";
import type { Shape } from "../shape.ts";

/** A node attribute. */
export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] }
  | { readonly dtype: DType }
  | { readonly graph: GraphModel };

/** One node. */
export interface NodeModel {
  readonly type: string;
  readonly domain: string;
  readonly name: string;
  readonly inputs: string[];
  readonly outputs: string[];
  readonly attributes: Record<string, Attribute>;
}

/** A typed name: graph input or output. */
export interface ValueModel {
  readonly name: string;
  /** Null: any shape. */
  readonly shape: Shape | null;
  readonly dtype: DType;
}

/** A constant tensor as little-endian bytes. */
export interface InitializerModel extends ValueModel {
  readonly shape: Shape;
  readonly bytes: Uint8Array;
}

/** A graph or the body of a control-flow node. */
export interface GraphModel {
  readonly name: string;
  readonly nodes: NodeModel[];
  readonly inputs: ValueModel[];
  readonly outputs: ValueModel[];
  readonly initializers: InitializerModel[];
}

/** ONNX's numbers for element types (TensorProto.DataType). */
export const ONNX_TYPE: Record<DType, number> = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
};

/** Opset that has kernels on both CPU and WebGPU: newer ones lose WebGPU kernels (ONNX Runtime #29736). */
export const OPSET = 21;
const IR_VERSION = 10;

const { onnx } = onnxProto;

/** Encodes a model as the bytes of an .onnx file. */
export function encodeModel(graph: GraphModel): Uint8Array {
  const domains = new Set<string>();
  collectDomains(graph, domains);
  const message = onnx.ModelProto.create({
    irVersion: IR_VERSION,
    producerName: "deepdive",
    opsetImport: [
      { domain: "", version: OPSET },
      ...[...domains].filter(Boolean).map((domain) => ({ domain, version: 1 })),
    ],
    graph: graphProto(graph),
  });
  return onnx.ModelProto.encode(message).finish();
}

function collectDomains(graph: GraphModel, domains: Set<string>): void {
  for (const node of graph.nodes) {
    domains.add(node.domain);
    for (const a of Object.values(node.attributes))
      if ("graph" in a) collectDomains(a.graph, domains);
  }
}

function graphProto(graph: GraphModel): onnxProto.onnx.IGraphProto {
  return {
    name: graph.name,
    node: graph.nodes.map((n) => ({
      opType: n.type,
      domain: n.domain,
      name: n.name,
      input: n.inputs,
      output: n.outputs,
      attribute: Object.entries(n.attributes).map(([name, a]) => attributeProto(name, a)),
    })),
    input: graph.inputs.map(valueProto),
    output: graph.outputs.map(valueProto),
    initializer: graph.initializers.map((t) => ({
      name: t.name,
      dims: [...t.shape],
      dataType: ONNX_TYPE[t.dtype],
      rawData: t.bytes,
    })),
  };
}

function valueProto(v: ValueModel): onnxProto.onnx.IValueInfoProto {
  return {
    name: v.name,
    type: {
      tensorType: {
        elemType: ONNX_TYPE[v.dtype],
        ...(v.shape ? { shape: { dim: v.shape.map((d) => ({ dimValue: d })) } } : {}),
      },
    },
  };
}

function attributeProto(name: string, a: Attribute): onnxProto.onnx.IAttributeProto {
  const { AttributeType } = onnx.AttributeProto;
  if ("int" in a) return { name, type: AttributeType.INT, i: a.int };
  if ("float" in a) return { name, type: AttributeType.FLOAT, f: a.float };
  if ("string" in a)
    return { name, type: AttributeType.STRING, s: new TextEncoder().encode(a.string) };
  if ("ints" in a) return { name, type: AttributeType.INTS, ints: [...a.ints] };
  if ("floats" in a) return { name, type: AttributeType.FLOATS, floats: [...a.floats] };
  if ("dtype" in a) return { name, type: AttributeType.INT, i: ONNX_TYPE[a.dtype] };
  return { name, type: AttributeType.GRAPH, g: graphProto(a.graph) };
}
