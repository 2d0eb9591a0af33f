/** @file Writes any traced function or module as an .onnx file, with names that a reader understands. */
import { writeFileAtomically } from "../../data/atomic-file.ts";
import { compile, flattenTree, Tensor, treeMap, ValueError } from "../../engine/index.ts";
import { ONNX_TYPE } from "../../engine/onnx/model.ts";
import { barrier } from "../../engine/ops/cast.ts";
import {
  decodeModel,
  encodeModelProto,
  type GraphProto,
  MAX_MODEL_BYTES,
  type NodeProto,
  type TensorProto,
} from "./decode.ts";
import { OnnxModel } from "./model.ts";

/** Example inputs: their shapes and dtypes are the file's. A record's keys are the inputs' names. */
export type ExampleInputs = Tensor | readonly Tensor[] | Readonly<Record<string, Tensor>>;

/** What can be saved: a module with `forward`, or a function over tensors. */
export type Saveable = { forward(...inputs: never[]): unknown } | ((...inputs: never[]) => unknown);

/** Settings of `saveOnnx` and `encodeOnnx`. */
export interface SaveOptions {
  /** Names of the outputs, in the order in which the result holds them. */
  readonly outputs?: readonly string[];
}

/**
 * Writes a module or function as an .onnx file, traced for the example inputs: its sizes are fixed.
 * Tensors of the module are stored under their paths. An imported model needs no examples: its own
 * graph is written, open sizes included. A crash leaves no half-written file.
 * @throws ValueError for names that do not fit, or what is more than one file may hold (2 GiB)
 */
export async function saveOnnx(
  path: string,
  model: Saveable,
  inputs?: ExampleInputs,
  options: SaveOptions = {},
): Promise<void> {
  const bytes =
    model instanceof OnnxModel && inputs === undefined
      ? await model.toOnnx()
      : await encodeOnnx(model, inputs ?? [], options);
  await writeFileAtomically(path, [bytes]);
}

/** The bytes that `saveOnnx` writes. */
export async function encodeOnnx(
  model: Saveable,
  inputs: ExampleInputs,
  { outputs }: SaveOptions = {},
): Promise<Uint8Array> {
  const tree: unknown = typeof model === "function" ? null : model;
  let results: string[] = [];
  const traced = compile(
    (module: unknown, given: ExampleInputs) => {
      const result = applied(module === null ? model : (module as Saveable), given);
      results = flattenTree(result).paths;
      // Each result is an output of its own, even where two are equal or one is an input.
      return treeMap(result, (t) => barrier(t));
    },
    { backend: "onnx", name: "saved model" },
  );
  let exported: Uint8Array;
  try {
    exported = await traced.exportOnnx(tree, inputs);
  } finally {
    traced.dispose();
  }
  const proto = decodeModel(exported, "the exported model");
  const names = await namesOf(tree, inputs);
  const renamed = new Map<string, string>();
  for (const [i, { name }] of names.entries()) renamed.set(`input${i}`, name);
  const given = outputs ?? results.map(outputName);
  if (given.length !== results.length)
    throw new ValueError(
      `saveOnnx: ${given.length} output names for ${results.length} results: ${given.join(", ")}`,
    );
  for (const [i, name] of given.entries()) renamed.set(`output${i}`, name);
  const graph = renameGraph(
    proto.graph as GraphProto,
    distinct(renamed, proto.graph as GraphProto),
  );
  return encodeModelProto({ ...proto, graph: withStored(graph, names, renamed) });
}

function applied(model: Saveable, inputs: ExampleInputs): unknown {
  const args = (Array.isArray(inputs) ? inputs : [inputs]) as never[];
  if (typeof model === "function") return model(...args);
  if (model instanceof OnnxModel) {
    const named = !Array.isArray(inputs) && !(inputs instanceof Tensor);
    return named ? model.call(inputs as Record<string, Tensor>) : model.forward(args[0]);
  }
  return model.forward(...args);
}

interface LeafName {
  readonly name: string;
  /** The elements, for tensors of the module; null for inputs. */
  readonly stored: TensorProto | null;
}

/** A name for each tensor in the order in which the compiled function numbers its inputs. */
async function namesOf(tree: unknown, inputs: ExampleInputs): Promise<LeafName[]> {
  const names = new Map<Tensor, LeafName>();
  const own = flattenTree(tree);
  let total = 0;
  for (const [i, t] of own.leaves.entries()) {
    if (names.has(t)) continue;
    const data = await t.data();
    total += data.byteLength;
    if (total > MAX_MODEL_BYTES)
      throw new ValueError("saveOnnx: the tensors are more than one file may hold, 2 GiB");
    const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const name = own.paths[i].replace(/\[(\w+)\]/g, ".$1");
    const stored = { name, dims: [...t.shape], dataType: ONNX_TYPE[t.dtype], rawData };
    names.set(t, { name, stored });
  }
  const given = flattenTree(inputs);
  for (const [i, t] of given.leaves.entries())
    if (!names.has(t)) names.set(t, { name: inputName(given.paths[i]), stored: null });
  return [...names.values()];
}

function inputName(path: string): string {
  const index = /^\[(\d+)\]$/.exec(path);
  if (index) return index[1] === "0" ? "input" : `input_${index[1]}`;
  return path === "" ? "input" : path;
}

function outputName(path: string): string {
  const index = /^\[(\d+)\]$/.exec(path);
  return index ? `output_${index[1]}` : path === "" ? "output" : path;
}

/** Adds underscores where a name is taken by something else. */
function distinct(renamed: Map<string, string>, graph: GraphProto): Map<string, string> {
  const taken = new Set<string>();
  const visit = (g: GraphProto): void => {
    for (const t of g.initializer ?? []) taken.add(t.name ?? "");
    for (const n of g.node ?? []) {
      for (const name of n.output ?? []) taken.add(name);
      for (const a of n.attribute ?? []) if (a.g) visit(a.g);
    }
  };
  visit(graph);
  for (const old of renamed.keys()) taken.delete(old);
  for (const [old, name] of renamed) {
    let free = name;
    while (taken.has(free)) free += "_";
    taken.add(free);
    renamed.set(old, free);
  }
  return renamed;
}

function renameGraph(graph: GraphProto, names: ReadonlyMap<string, string>): GraphProto {
  const one = (name: string): string => names.get(name) ?? name;
  const port = <T extends { name?: string | null }>(v: T): T => ({ ...v, name: one(v.name ?? "") });
  const node = (n: NodeProto): NodeProto => ({
    ...n,
    input: n.input?.map(one),
    output: n.output?.map(one),
    attribute: n.attribute?.map((a) => (a.g ? { ...a, g: renameBody(a.g, names) } : a)),
  });
  return {
    ...graph,
    input: graph.input?.map(port),
    output: graph.output?.map(port),
    node: graph.node?.map(node),
  };
}

/** Bodies see the names around them, apart from those of their own inputs. */
function renameBody(body: GraphProto, names: ReadonlyMap<string, string>): GraphProto {
  const own = new Set((body.input ?? []).map((i) => i.name ?? ""));
  const outer = new Map([...names].filter(([old]) => !own.has(old)));
  const renamed = renameGraph(body, outer);
  return { ...renamed, input: body.input };
}

/** Turns the inputs that are the module's tensors into stored ones. */
function withStored(
  graph: GraphProto,
  names: readonly LeafName[],
  renamed: ReadonlyMap<string, string>,
): GraphProto {
  const stored = new Map<string, TensorProto>();
  for (const [i, { stored: tensor }] of names.entries()) {
    const name = renamed.get(`input${i}`) as string;
    if (tensor) stored.set(name, { ...tensor, name });
  }
  const used = (graph.input ?? []).filter((v) => stored.has(v.name ?? ""));
  return {
    ...graph,
    input: (graph.input ?? []).filter((v) => !stored.has(v.name ?? "")),
    initializer: [
      ...used.map((v) => stored.get(v.name ?? "") as TensorProto),
      ...(graph.initializer ?? []),
    ],
  };
}
