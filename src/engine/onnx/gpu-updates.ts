/**
 * @file Updates of many tensors as one: an optimizer applies the same few ops to every parameter,
 * and on the GPU each of them costs a launch whatever its size. Equal updates of small tensors are
 * joined end to end, computed together, and cut apart again.
 */
import { buildGraph, type Graph } from "../graph.ts";
import { identityOf, paramsKey } from "../op.ts";
import { concat, split } from "../ops/join.ts";
import { reshape } from "../ops/reshape.ts";
import { apply1, type Node, type Tensor, withOrigin } from "../tensor.ts";
import { splitTail, type TailGroup } from "./tail.ts";

/** Larger tensors keep the GPU busy by themselves; joining them would only copy them. */
const LARGEST_ELEMENTS = 1 << 20;

/** The graph with equal updates of donated state joined. */
export function joinUpdates(graph: Graph, donated: readonly number[]): Graph {
  const tail = donated.length > 0 ? splitTail(graph, donated) : null;
  if (!tail) return graph;
  const alike = new Map<string, TailGroup[]>();
  for (const group of tail.groups) {
    if (group.size > LARGEST_ELEMENTS) continue;
    const key = `${paramsKey(group.program)}/${group.scalars.map(identityOf).join()}`;
    alike.set(key, [...(alike.get(key) ?? []), group]);
  }
  const replaced = new Map<Tensor, Tensor>();
  for (const groups of alike.values()) {
    if (groups.length > 1) withOrigin(groups[0].nodes[0].trace, () => join(groups, replaced));
  }
  if (replaced.size === 0) return graph;
  return buildGraph(
    graph.inputs,
    graph.outputs.map((o) => replaced.get(o) ?? o),
  );
}

function join(groups: readonly TailGroup[], replaced: Map<Tensor, Tensor>): void {
  const [first] = groups;
  const values = new Map<Tensor, Tensor>();
  for (const [i, input] of first.inputs.entries()) {
    const parts = groups.map((g) => reshape(g.inputs[i], [g.size]));
    values.set(input, concat(parts));
  }
  for (const node of first.nodes) values.set(node.outputs[0], applyAgain(node, values));
  const sizes = groups.map((g) => g.size);
  for (const [i, output] of first.outputs.entries()) {
    const parts = split(values.get(output) as Tensor, sizes);
    for (const [k, g] of groups.entries())
      replaced.set(g.outputs[i], reshape(parts[k], g.outputs[i].shape));
  }
}

function applyAgain(node: Node, values: ReadonlyMap<Tensor, Tensor>): Tensor {
  const inputs = node.inputs.map((x) => values.get(x) ?? x);
  return apply1(node.op, inputs, node.params);
}
