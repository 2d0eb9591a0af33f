// What an ONNX file says of itself: inputs, the output with the probabilities, and classes that a ZipMap names.
import onnxProto from "onnx-proto";
import {
  decodeModel,
  type GraphProto,
  type NodeProto,
  toNumber,
} from "../../../models/onnx/decode.ts";
import { LimeError } from "../errors.ts";

/** An input of the graph; open sizes by name or "?". */
export interface PortShape {
  readonly name: string;
  /** As ONNX Runtime's JavaScript API calls it. */
  readonly type: string;
  readonly dims: readonly (number | string)[];
}

/** A graph as far as asking it goes. */
export interface OpenedGraph {
  readonly inputs: readonly PortShape[];
  /** The output with the probabilities. */
  readonly output: string;
  readonly classNames?: readonly string[];
  /** Set where the graph had to be changed before it can run. */
  readonly bytes?: Uint8Array;
}

const types: Readonly<Record<number, string>> = {
  1: "float32",
  2: "uint8",
  6: "int32",
  7: "int64",
  8: "string",
  11: "float64",
};

/** Reads a file's inputs and outputs. A ZipMap is taken off: its input is the matrix it would spread. */
export function openGraph(bytes: Uint8Array, path: string): OpenedGraph {
  const model = decodeModel(bytes, path);
  const graph = model.graph!;
  const weights = new Set((graph.initializer ?? []).map(({ name }) => name));
  const inputs = (graph.input ?? [])
    .filter(({ name }) => !weights.has(name))
    .map(({ name, type }) => {
      const dims = (type?.tensorType?.shape?.dim ?? []).map((dim, i) =>
        dim.dimParam || toNumber(dim.dimValue) === 0
          ? dim.dimParam || (i === 0 ? "N" : "?")
          : toNumber(dim.dimValue),
      );
      return { name: name ?? "", type: types[type?.tensorType?.elemType ?? 0] ?? "other", dims };
    });
  if (inputs.length === 0) {
    throw new LimeError("model", { expected: "a model with an input", received: path });
  }
  const zipMap = takeOffZipMap(graph);
  if (zipMap !== undefined) {
    const changed = onnxProto.onnx.ModelProto.encode(model).finish();
    return { inputs, ...zipMap, bytes: changed };
  }
  const classNames = labelNames(graph);
  return { inputs, output: findProbabilities(graph, path), ...(classNames && { classNames }) };
}

/** The matrix below the graph's ZipMap becomes the output in its place. */
function takeOffZipMap(graph: GraphProto): { output: string; classNames?: string[] } | undefined {
  const outputs = graph.output ?? [];
  const node = (graph.node ?? []).find(
    ({ opType, output }) => opType === "ZipMap" && outputs.some(({ name }) => name === output?.[0]),
  );
  if (node === undefined) return undefined;
  const matrix = node.input![0]!;
  graph.node = graph.node!.filter((other) => other !== node);
  graph.output = outputs
    .filter(({ name }) => name !== node.output![0] && name !== matrix)
    .concat(
      onnxProto.onnx.ValueInfoProto.create({
        name: matrix,
        type: { tensorType: { elemType: onnxProto.onnx.TensorProto.DataType.FLOAT } },
      }),
    );
  const classNames = namesOf(node);
  return { output: matrix, ...(classNames && { classNames }) };
}

/** The names of the classes in a node's attributes, as scikit-learn's exporter writes them. */
function namesOf(node: NodeProto): string[] | undefined {
  for (const { name, strings, ints } of node.attribute ?? []) {
    if (!/^(classlabels|class_labels|classes)/.test(name ?? "")) continue;
    if (strings?.length) return strings.map((bytes) => new TextDecoder().decode(bytes));
    if (ints?.length) return ints.map((value) => String(toNumber(value)));
  }
  return undefined;
}

function labelNames(graph: GraphProto): string[] | undefined {
  for (const node of graph.node ?? []) {
    if (!node.opType?.endsWith("Classifier")) continue;
    const names = namesOf(node);
    if (names !== undefined) return names;
  }
  return undefined;
}

/** The only output of floats, or the one called after probabilities; else the last of floats. */
function findProbabilities(graph: GraphProto, path: string): string {
  const floats = (graph.output ?? []).filter(({ type }) =>
    ["float32", "float64"].includes(types[type?.tensorType?.elemType ?? 0] ?? ""),
  );
  if (floats.length === 0) {
    const names = (graph.output ?? []).map(({ name }) => name).join(", ");
    throw new LimeError("model", {
      expected: "an output of floats [N, classes]",
      received: `${path} with outputs ${names}`,
      hint: "Export the model with its probabilities.",
    });
  }
  const named = floats.find(({ name }) => /prob/i.test(name ?? ""));
  return (named ?? floats.at(-1))!.name ?? "";
}
