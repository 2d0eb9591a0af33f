/** @file Reads an ONNX model into the engine: its graph as a plan, its weights as parameters. */
import { type Tensor, tensor } from "../../engine/index.ts";
import { bufferObject, recordOf } from "./buffers.ts";
import { decodeModel, type ModelProto, type TensorProto } from "./decode.ts";
import { labelOf, type OnnxModelGraph, readModelGraph } from "./graph.ts";
import { handlerOf } from "./handlers/index.ts";
import { OnnxModel } from "./model.ts";
import type { Blocker } from "./plan.ts";
import type { HostTensor, TensorReader } from "./tensor-data.ts";
import { neededNodes, Tracer } from "./tracer.ts";
import { sortStored } from "./weights.ts";

/** Settings of `importOnnx`. */
export interface ImportOptions {
  /**
   * Read float16 as float32 (default true): the CPU has hardly any kernels for float16, and training
   * in it is coarse. `toOnnx` writes float16 again.
   */
  readonly widen?: boolean;
  /**
   * Which stored float tensors are weights. By default those that stand where operators have their
   * weights, and those of more than one element that are added or multiplied, apart from masks.
   */
  readonly weights?: RegExp | ((name: string, shape: readonly number[]) => boolean);
}

/**
 * Imports a model. Its float tensors become parameters; from a path they are views on the file's
 * bytes. A model with operators that have no translation is imported too: `blockers` names them, and
 * `run` runs the file as it is.
 * @param source a path (external data is looked for beside it), or the bytes of a file
 * @throws DataError where the file is missing, cut short, damaged or contradicts itself
 */
export async function importOnnx(
  source: string | URL | Uint8Array,
  options: ImportOptions = {},
): Promise<OnnxModel> {
  if (source instanceof Uint8Array) return importBytes(source, "the model", options);
  const { fileURLToPath } = await import("node:url");
  const { externalDataOf, readModelFile } = await import("./files.ts");
  const path = source instanceof URL ? fileURLToPath(source) : source;
  const bytes = await readModelFile(path);
  return importBytes(bytes, path, options, externalDataOf(path));
}

function importBytes(
  bytes: Uint8Array,
  source: string,
  { widen = true, weights: test }: ImportOptions,
  external: TensorReader["external"] = null,
): OnnxModel {
  const proto = decodeModel(bytes, source);
  const graph = readModelGraph(proto, source, widen);
  const reader: TensorReader = { source, owned: external !== null, widen, external };
  const stored = sortStored(graph, reader, test ? (name, t) => chosen(test, name, t) : null);
  const tensors = (from: ReadonlyMap<string, HostTensor>): [string, Tensor][] =>
    [...from].map(([name, { data, dtype, shape }]) => [name, tensor(data, { dtype, shape })]);
  const parts = {
    weights: recordOf(tensors(stored.weights)),
    constants: bufferObject(tensors(stored.buffers)),
    lora: {},
    head: null,
  };
  const own = [...Object.values(parts.weights), ...Object.values(parts.constants)] as Tensor[];
  release(graph, new Set([...stored.weights.keys(), ...stored.buffers.keys()]));
  const plan = {
    graph,
    tracer: new Tracer(graph, reader),
    outputs: graph.outputs.map((o) => o.name),
    head: null,
    lora: new Map(),
    derived: stored.derived,
    blockers: blockersOf(graph, proto),
    stored: new WeakSet(own),
    origin: external ? { path: source } : { bytes },
    proto,
    widen,
  };
  return new OnnxModel(plan, parts);
}

function chosen(
  test: NonNullable<ImportOptions["weights"]>,
  name: string,
  { shape }: HostTensor,
): boolean {
  return typeof test === "function" ? test(name, shape) : test.test(name);
}

/** Lets go of the file's bytes where tensors hold the elements, or few enough to be copied. */
function release(graph: OnnxModelGraph, held: ReadonlySet<string>): void {
  for (const [name, proto] of graph.initializers) {
    if (held.has(name)) {
      const empty: TensorProto = { rawData: new Uint8Array(), floatData: [], doubleData: [] };
      Object.assign(proto, empty);
    } else if (proto.rawData && proto.rawData.length > 0) proto.rawData = proto.rawData.slice();
  }
}

/** Operators without translation, in the graph, its functions and the bodies of its control flow. */
function blockersOf(graph: OnnxModelGraph, proto: ModelProto): Blocker[] {
  const blockers: Blocker[] = [];
  const wanted = graph.outputs.map((o) => o.name);
  for (const node of neededNodes(graph, wanted, () => false)) {
    if (graph.functions.has(`${node.domain}:${node.op}`) || handlerOf(node.domain, node.op))
      continue;
    const op = node.domain ? `${node.domain}.${node.op}` : node.op;
    blockers.push({ op, node: labelOf(node), reason: "has no translation" });
  }
  for (const { name, dtype } of graph.inputs) {
    if (dtype === null)
      blockers.push({ op: "input", node: `input ${name}`, reason: "is not a tensor of numbers" });
  }
  for (const f of proto.functions ?? []) {
    for (const inner of f.node ?? []) {
      const domain = inner.domain === "ai.onnx" ? "" : (inner.domain ?? "");
      const op = inner.opType ?? "";
      if (graph.functions.has(`${domain}:${op}`) || handlerOf(domain, op)) continue;
      blockers.push({ op, node: `${op} in function ${f.name}`, reason: "has no translation" });
    }
  }
  return blockers;
}
