/** @file Small ONNX models written by hand, for tests. */
import onnxProto from "onnx-proto";
import type { DType, TypedArray } from "../../../engine/index.ts";
import { ONNX_TYPE } from "../../../engine/onnx/model.ts";
import type { AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto } from "../decode.ts";

/** Elements to be stored in a model, with an element type that the engine may not have. */
export interface Stored {
  readonly shape: readonly number[];
  /** TensorProto's number of the type. */
  readonly type: number;
  readonly bytes: Uint8Array;
}

/** A graph's input or output. */
export interface TestPort {
  readonly name: string;
  readonly type: number;
  readonly shape?: readonly (number | string)[];
}

/** Attribute values: whole numbers are ints, `{ float }` is a float. */
export type TestAttribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly strings: readonly string[] }
  | { readonly tensor: Stored }
  | { readonly graph: GraphProto };

/** A node. */
export interface TestNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, TestAttribute>>;
  readonly domain?: string;
  readonly name?: string;
}

/** A graph. */
export interface TestGraph {
  readonly inputs: readonly TestPort[];
  readonly outputs: readonly TestPort[];
  readonly nodes: readonly TestNode[];
  readonly stored?: Readonly<Record<string, Stored>>;
}

const utf8 = new TextEncoder();
const { AttributeType } = onnxProto.onnx.AttributeProto;

/** Elements of a dtype that the engine has. */
export function stored(data: TypedArray, dtype: DType, shape: readonly number[]): Stored {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { shape, type: ONNX_TYPE[dtype], bytes };
}

/** float32 elements. */
export function floats(values: readonly number[], shape: readonly number[]): Stored {
  return stored(Float32Array.from(values), "float32", shape);
}

/** int64 elements in one row. */
export function ints(
  values: readonly number[],
  shape: readonly number[] = [values.length],
): Stored {
  return stored(BigInt64Array.from(values, BigInt), "int64", shape);
}

function attributeProto(name: string, value: TestAttribute): AttributeProto {
  if (typeof value === "number") return { name, type: AttributeType.INT, i: value };
  if (typeof value === "string") return { name, type: AttributeType.STRING, s: utf8.encode(value) };
  if ("float" in value) return { name, type: AttributeType.FLOAT, f: value.float };
  if ("floats" in value) return { name, type: AttributeType.FLOATS, floats: [...value.floats] };
  if ("strings" in value) {
    const strings = value.strings.map((s) => utf8.encode(s));
    return { name, type: AttributeType.STRINGS, strings };
  }
  if ("tensor" in value) {
    return { name, type: AttributeType.TENSOR, t: tensorProto("", value.tensor) };
  }
  if ("graph" in value) return { name, type: AttributeType.GRAPH, g: value.graph };
  return { name, type: AttributeType.INTS, ints: [...value] };
}

/** A stored tensor as a message. */
export function tensorProto(name: string, { shape, type, bytes }: Stored): TensorProto {
  return { name, dims: [...shape], dataType: type, rawData: bytes };
}

function nodeProto({
  op,
  inputs,
  outputs,
  attributes = {},
  domain = "",
  name,
}: TestNode): NodeProto {
  return {
    opType: op,
    domain,
    name: name ?? "",
    input: [...inputs],
    output: [...outputs],
    attribute: Object.entries(attributes).map(([key, value]) => attributeProto(key, value)),
  };
}

/** A graph as a message: a model's own, or the body of a control-flow node. */
export function graphProto({
  inputs,
  outputs,
  nodes,
  stored: tensors = {},
}: TestGraph): GraphProto {
  const port = ({ name, type, shape }: TestPort) => ({
    name,
    type: {
      tensorType: {
        elemType: type,
        ...(shape
          ? {
              shape: {
                dim: shape.map((d) => (typeof d === "string" ? { dimParam: d } : { dimValue: d })),
              },
            }
          : {}),
      },
    },
  });
  return {
    name: "test",
    input: inputs.map(port),
    output: outputs.map(port),
    node: nodes.map(nodeProto),
    initializer: Object.entries(tensors).map(([name, t]) => tensorProto(name, t)),
  };
}

/** A model as a message. */
export function modelProto(graph: TestGraph, opset = 21): ModelProto {
  return {
    irVersion: opset >= 21 ? 10 : 8,
    opsetImport: [
      { domain: "", version: opset },
      { domain: "com.microsoft", version: 1 },
    ],
    graph: graphProto(graph),
  };
}

/** A model as the bytes of a file. */
export function modelBytes(graph: TestGraph, opset = 21): Uint8Array {
  return encode(modelProto(graph, opset));
}

/** A message as the bytes of a file. */
export function encode(model: ModelProto): Uint8Array {
  const { ModelProto } = onnxProto.onnx;
  return ModelProto.encode(ModelProto.create(model)).finish();
}
