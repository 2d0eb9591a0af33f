/** @file Imports TensorFlow.js graph models: their graph is written in ONNX and imported from there. */
import { type Tensor, UnsupportedError, ValueError } from "../../engine/index.ts";
import { encodeModelProto, type TensorProto, type ValueInfoProto } from "../onnx/decode.ts";
import { importOnnx } from "../onnx/import.ts";
import type { OnnxModel } from "../onnx/model.ts";
import { ELEMENT } from "../onnx/types.ts";
import { elementOf, elementwise, type Translation } from "./elementwise.ts";
import { Emitter, NodeWriter, type StoredArray } from "./emitter.ts";
import { readTfGraph, sourceOf, type TfGraph, type TfNode } from "./graph.ts";
import { layers } from "./layers.ts";
import { shapes } from "./shapes.ts";
import { readTfjs } from "./weights.ts";

const translations: Readonly<Record<string, Translation>> = {
  ...elementwise,
  ...shapes,
  ...layers,
};
/** Nodes that are no computation. */
const SILENT = new Set(["Const", "NoOp", "Placeholder"]);

/** Settings of `importTfjs`. */
export interface TfjsOptions {
  /** Names of the nodes to give; default those that no other reads from. */
  readonly outputs?: readonly string[];
}

/**
 * Imports a graph model of TensorFlow.js (`model.json` with its weight shards). Its weights are
 * parameters under their names in the file, the model can be trained, changed and written as ONNX.
 * int64 is int32, as in TensorFlow.js.
 * @throws DataError where files are missing or damaged; UnsupportedError that lists the operators
 *   without a translation
 */
export async function importTfjs(path: string, options: TfjsOptions = {}): Promise<OnnxModel> {
  const { topology, weights } = await readTfjs(path);
  const graph = readTfGraph(topology, path);
  const stored = await storedArrays(weights);
  const outputs = options.outputs ?? graph.ends;
  return importOnnx(encodeGraph(graph, stored, outputs));
}

async function storedArrays(
  weights: ReadonlyMap<string, Tensor>,
): Promise<Map<string, StoredArray>> {
  const stored = new Map<string, StoredArray>();
  for (const [name, weight] of weights) {
    stored.set(name, { shape: weight.shape, data: (await weight.data()) as StoredArray["data"] });
  }
  return stored;
}

function encodeGraph(
  graph: TfGraph,
  stored: ReadonlyMap<string, StoredArray>,
  outputs: readonly string[],
): Uint8Array {
  const needed = neededFor(graph, outputs);
  refuseUnknown(needed);
  const emitter = new Emitter(stored);
  const inputs: ValueInfoProto[] = [];
  for (const node of needed) {
    const writer = new NodeWriter(node, emitter);
    if (node.op === "Placeholder") inputs.push(inputPort(writer));
    else if (node.op === "Const") emitter.initializers.push(constant(writer, stored));
    else if (node.op !== "NoOp") write(writer);
  }
  // Axes and sizes that became int64 are no longer read as they were stored.
  const read = new Set([...outputs, ...emitter.nodes.flatMap(({ input }) => input ?? [])]);
  const initializer = emitter.initializers.filter(({ name }) => read.has(name ?? ""));
  return encodeModelProto({
    irVersion: 10,
    producerName: "deepdive",
    opsetImport: [
      { domain: "", version: 21 },
      { domain: "com.microsoft", version: 1 },
    ],
    graph: {
      name: "tfjs",
      node: emitter.nodes,
      initializer,
      input: inputs,
      output: outputs.map((name) => ({ name })),
    },
  });
}

/** The nodes that the outputs follow from. */
function neededFor({ nodes }: TfGraph, outputs: readonly string[]): TfNode[] {
  const names = new Set(nodes.map(({ name }) => name));
  const unknown = outputs.find((name) => !names.has(sourceOf(name)));
  if (unknown !== undefined) {
    throw new ValueError(`importTfjs: outputs: there is no node ${JSON.stringify(unknown)}`);
  }
  const wanted = new Set(outputs.map(sourceOf));
  return nodes
    .toReversed()
    .filter(({ name, inputs }) => {
      if (!wanted.has(name)) return false;
      for (const input of inputs) wanted.add(sourceOf(input));
      return true;
    })
    .reverse();
}

function refuseUnknown(nodes: readonly TfNode[]): void {
  const unknown = nodes.filter(({ op }) => !SILENT.has(op) && !Object.hasOwn(translations, op));
  if (unknown.length === 0) return;
  const byOp = Map.groupBy(unknown, ({ op }) => op);
  const shown = [...byOp].map(([op, [first]]) => `${op} (node ${first!.name})`);
  throw new UnsupportedError(`importTfjs: no translation for ${shown.join(", ")}`);
}

/** Gives a node's outputs the names that others read. */
function write(writer: NodeWriter): void {
  const { node, emitter } = writer;
  const before = emitter.nodes.length;
  const made = translations[node.op]!(writer);
  const names = typeof made === "string" ? [made] : made;
  const renamed = new Map(
    names.map((name, i) => [name, i === 0 ? node.name : `${node.name}:${i}`]),
  );
  for (const proto of emitter.nodes.slice(before)) {
    if (proto.output?.some((name) => renamed.has(name))) {
      proto.output = proto.output.map((name) => renamed.get(name) ?? name);
    }
  }
}

function inputPort(writer: NodeWriter): ValueInfoProto {
  const { name, attributes } = writer.node;
  const shape = attributes.shape("shape");
  const dim = shape?.map((size, axis) =>
    size < 0 ? { dimParam: `${name}_${axis}` } : { dimValue: size },
  );
  const elemType = elementOf(writer, "dtype");
  return { name, type: { tensorType: { elemType, ...(dim && { shape: { dim } }) } } };
}

function constant(writer: NodeWriter, stored: ReadonlyMap<string, StoredArray>): TensorProto {
  const { name } = writer.node;
  const found = stored.get(name);
  if (!found) throw writer.refuse("has no value among the weights");
  const { data, shape } = found;
  const dataType =
    data instanceof Float32Array
      ? ELEMENT.FLOAT
      : data instanceof Int32Array
        ? ELEMENT.INT32
        : ELEMENT.BOOL;
  const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { name, dims: [...shape], dataType, rawData };
}
