/**
 * @file The tail of a training step: updates that act on each element by itself (the optimizer) and
 * write over donated state. ONNX Runtime would stream memory once per op; one SIMD loop per
 * parameter reads and writes each element once, in place.
 */
import { buildGraph, type Graph } from "../graph.ts";
import { sameShape } from "../shape.ts";
import type { Node, Tensor } from "../tensor.ts";
import {
  type KernelInstruction,
  type KernelOperand,
  type KernelProgram,
  kernelKnows,
} from "../wasm/elementwise-kernel.ts";

/** One parameter's update: a kernel with the tensors that it reads and writes. */
export interface TailGroup {
  readonly program: KernelProgram;
  readonly size: number;
  /** Vectors that it reads. */
  readonly inputs: readonly Tensor[];
  /** Scalars that it reads. */
  readonly scalars: readonly Tensor[];
  /** Graph outputs that it writes. */
  readonly outputs: readonly Tensor[];
  /** For each output the position among `inputs` of the donated vector that it overwrites, or -1. */
  readonly inPlace: readonly number[];
  readonly nodes: readonly Node[];
}

/** A graph cut in two: what ONNX Runtime runs first, and the updates that follow. */
export interface TailSplit {
  readonly main: Graph;
  readonly groups: readonly TailGroup[];
}

function isScalar(t: Tensor): boolean {
  return t.size === 1 && t.rank === 0;
}

function eligible(node: Node): boolean {
  const out = node.outputs[0];
  return (
    node.outputs.length === 1 &&
    out.dtype === "float32" &&
    out.size > 1 &&
    kernelKnows(node.op.name) &&
    node.inputs.every(
      (x) => x.dtype === "float32" && (isScalar(x) || sameShape(x.shape, out.shape)),
    )
  );
}

/** Nodes whose results go nowhere but to graph outputs and to other such nodes. */
function tailNodes(graph: Graph): Set<Node> {
  const consumers = new Map<Tensor, Node[]>();
  for (const node of graph.nodes) {
    for (const x of node.inputs) {
      const list = consumers.get(x);
      if (list) list.push(node);
      else consumers.set(x, [node]);
    }
  }
  const tail = new Set<Node>();
  for (const node of [...graph.nodes].reverse()) {
    if (eligible(node) && (consumers.get(node.outputs[0]) ?? []).every((c) => tail.has(c)))
      tail.add(node);
  }
  return tail;
}

/** Tail nodes joined where they share a vector. */
function components(tail: ReadonlySet<Node>, graph: Graph): Node[][] {
  const parent = new Map<Tensor, Tensor>();
  const find = (t: Tensor): Tensor => {
    let root = t;
    for (let p = parent.get(root); p && p !== root; p = parent.get(root)) root = p;
    parent.set(t, root);
    return root;
  };
  const ordered = graph.nodes.filter((n) => tail.has(n));
  for (const node of ordered) {
    for (const x of node.inputs) if (!isScalar(x)) parent.set(find(x), find(node.outputs[0]));
  }
  const groups = new Map<Tensor, Node[]>();
  for (const node of ordered) {
    const root = find(node.outputs[0]);
    const list = groups.get(root);
    if (list) list.push(node);
    else groups.set(root, [node]);
  }
  return [...groups.values()];
}

function groupOf(
  nodes: readonly Node[],
  outputs: ReadonlyMap<Tensor, number>,
  donated: ReadonlyMap<Tensor, number>,
): TailGroup | null {
  const results = new Map(nodes.map((n, i) => [n.outputs[0], i]));
  const inputs: Tensor[] = [];
  const scalars: Tensor[] = [];
  const position = (list: Tensor[], t: Tensor): number => {
    const at = list.indexOf(t);
    return at >= 0 ? at : list.push(t) - 1;
  };
  const operand = (t: Tensor): KernelOperand => {
    const result = results.get(t);
    if (result !== undefined) return { kind: "result", index: result };
    if (!isScalar(t)) return { kind: "input", index: position(inputs, t) };
    if (t._node?.op.name === "full")
      return { kind: "number", value: t._node.params.value as number };
    return { kind: "scalar", index: position(scalars, t) };
  };
  const instructions: KernelInstruction[] = nodes.map((n) => ({
    op: n.op.name,
    operands: n.inputs.map(operand),
    params: n.params,
  }));
  const written = nodes.map((n) => n.outputs[0]).filter((t) => outputs.has(t));
  // State mostly comes back in the order in which it went in, so each vector stays in its place.
  written.sort((a, b) => (outputs.get(a) as number) - (outputs.get(b) as number));
  const free = inputs
    .flatMap((t, i) => (donated.has(t) ? [i] : []))
    .sort((a, b) => (donated.get(inputs[a]) as number) - (donated.get(inputs[b]) as number));
  if (free.length === 0) return null;
  const inPlace = written.map(() => free.shift() ?? -1);
  return {
    program: {
      inputs: inputs.length,
      scalars: scalars.length,
      instructions,
      outputs: written.map((t) => results.get(t) as number),
    },
    size: written[0].size,
    inputs,
    scalars,
    outputs: written,
    inPlace,
    nodes,
  };
}

/**
 * Splits the updates of donated state off a graph; null where there are none. A donated vector is
 * overwritten only by the group that reads it, after everything else has run.
 */
export function splitTail(graph: Graph, donated: readonly number[]): TailSplit | null {
  const donatedTensors = new Map(donated.map((i) => [graph.inputs[i], i]));
  const outputs = new Map(graph.outputs.map((t, i) => [t, i]));
  const tail = tailNodes(graph);
  // A donated tensor that is itself an output must keep its elements.
  for (const o of graph.outputs) donatedTensors.delete(o);
  const groups = components(tail, graph)
    .map((nodes) => groupOf(nodes, outputs, donatedTensors))
    .filter((g) => g !== null);
  if (groups.length === 0) return null;
  const inTail = new Set(groups.flatMap((g) => g.nodes));
  const produced = new Set(groups.flatMap((g) => g.outputs));
  const wanted = new Set(graph.outputs.filter((o) => !produced.has(o)));
  const known = new Set(graph.inputs);
  for (const g of groups) {
    for (const t of [...g.inputs, ...g.scalars]) {
      if (!known.has(t) && !(t._node && inTail.has(t._node))) wanted.add(t);
    }
  }
  return { main: buildGraph(graph.inputs, [...wanted]), groups };
}
