/** @file Writes an imported model back: its own graph, with the tensors of now. */
import { cast, type Tensor, ValueError } from "../../engine/index.ts";
import {
  encodeModelProto,
  type GraphProto,
  MAX_MODEL_BYTES,
  type NodeProto,
  type TensorProto,
} from "./decode.ts";
import type { OnnxModel } from "./model.ts";
import { neededNodes, readsOfProto } from "./tracer.ts";
import { ELEMENT } from "./types.ts";

/** The bytes of an .onnx file. @throws ValueError where the graph is no longer the file's */
export async function writeModel(model: OnnxModel): Promise<Uint8Array> {
  const { proto, head, outputs, graph: plan, derived } = model._plan();
  if (head) {
    throw new ValueError(
      "toOnnx: the model's head is not part of its file; write it with saveOnnx, which traces it",
    );
  }
  const tensors: Record<string, Tensor> = { ...model.weights, ...(model.constants as object) };
  const total = Object.values(tensors).reduce((bytes, { size }) => bytes + 4 * size, 0);
  if (total > MAX_MODEL_BYTES)
    throw new ValueError(
      `toOnnx: ${total} bytes of tensors are more than one file may hold, 2 GiB`,
    );
  const graph = proto.graph as GraphProto;
  const stored = async (name: string, tensor: TensorProto): Promise<TensorProto> => {
    const value = tensors[name];
    return value ? encoded(name, value, tensor.dataType ?? ELEMENT.FLOAT) : tensor;
  };
  const numbers = new Set(neededNodes(plan, outputs, () => false).map((n) => n.index));
  const initializer: TensorProto[] = [];
  const node: NodeProto[] = [];
  const read = new Set(outputs);
  for (const [index, n] of (graph.node ?? []).entries()) {
    if (!numbers.has(index) && n.opType !== "Constant") continue;
    const [output] = n.output ?? [];
    const weight = derived.get(output);
    if (weight && tensors[weight]) {
      // What was a quantized weight is written as the real numbers that it has become.
      initializer.push(await encoded(`${output}.weight`, tensors[weight], ELEMENT.FLOAT));
      node.push({ ...n, opType: "Identity", input: [`${output}.weight`], attribute: [] });
      continue;
    }
    node.push(await storedConstant(n, stored));
    for (const name of readsOfProto(n)) read.add(name);
  }
  for (const tensor of graph.initializer ?? []) {
    const name = tensor.name ?? "";
    if (read.has(name)) initializer.push(await stored(name, tensor));
  }
  const output = outputs.map((name) => graph.output?.find((o) => o.name === name) ?? { name });
  const needed = new Set(plan.inputs.map((i) => i.name));
  const input = (graph.input ?? []).filter((i) => needed.has(i.name ?? ""));
  return encodeModelProto({ ...proto, graph: { ...graph, initializer, node, input, output } });
}

/** A node of type Constant whose tensor the model holds. */
async function storedConstant(
  node: NodeProto,
  stored: (name: string, tensor: TensorProto) => Promise<TensorProto>,
): Promise<NodeProto> {
  if (node.opType !== "Constant") return node;
  const attribute = [];
  for (const a of node.attribute ?? [])
    attribute.push(a.t ? { ...a, t: await stored(node.output?.[0] ?? "", a.t) } : a);
  return { ...node, attribute };
}

async function encoded(name: string, value: Tensor, type: number): Promise<TensorProto> {
  const dims = [...value.shape];
  if (type === ELEMENT.BFLOAT16) {
    const bits = new Uint32Array((await value.data()).slice().buffer);
    // Half of the lower half is added: the nearest of the shorter numbers.
    const halves = Uint16Array.from(bits, (v) => (v + 0x7fff + ((v >>> 16) & 1)) >>> 16);
    return { name, dims, dataType: type, rawData: new Uint8Array(halves.buffer) };
  }
  const half = type === ELEMENT.FLOAT16 && value.dtype === "float32";
  const data = await (half ? cast(value, "float16") : value).data();
  const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { name, dims, dataType: value.dtype === "float16" ? ELEMENT.FLOAT16 : type, rawData };
}
