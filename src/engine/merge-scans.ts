/** @file Scans over the same inputs become one loop, and outputs that nobody reads are left out of it. */
import { consumerCounts, type Graph, rewriteGraph } from "./graph.ts";
import type { ScanParams } from "./ops/scan.ts";
import { makeNode, type Node, type Tensor } from "./tensor.ts";

/**
 * Differentiating a scan makes a second one that saves more values: where both are in a graph, one
 * loop with the outputs of both takes their place.
 */
export function mergeScans(graph: Graph): Graph {
  const scans = graph.nodes.filter((n) => n.op.name === "scan");
  if (scans.length === 0) return graph;
  const read = consumerCounts(graph);
  const groups: Node[][] = [];
  for (const node of scans) {
    const group = groups.find(([first]) => sameLoop(first, node));
    if (group) group.push(node);
    else groups.push([node]);
  }
  const groupOf = new Map<Node, Node[]>();
  for (const group of groups) for (const node of group) groupOf.set(node, group);
  const merged = new Map<Node[], MergedLoop>();
  return rewriteGraph(graph, (node, inputs) => {
    const group = groupOf.get(node);
    if (!group) return null;
    let loop = merged.get(group);
    if (!loop) {
      loop = mergeGroup(group, inputs, read);
      merged.set(group, loop);
    }
    const { carries, stacks } = loop;
    const any = carries[0] ?? [...stacks.values()][0];
    if (any._node === node) return null;
    return bodyOutputs(node).map((t, i) => carries[i] ?? stacks.get(t) ?? any);
  });
}

interface MergedLoop {
  readonly carries: readonly Tensor[];
  /** Stacked outputs by the tensor of the body that they collect. */
  readonly stacks: ReadonlyMap<Tensor, Tensor>;
}

/** One loop with every output of the group that is read. */
function mergeGroup(
  group: readonly Node[],
  inputs: readonly Tensor[],
  read: ReadonlyMap<Tensor, number>,
): MergedLoop {
  const params = paramsOf(group[0]);
  const { carries, body, length } = params;
  const wanted = new Set<Tensor>();
  for (const node of group)
    for (const [i, t] of bodyOutputs(node).entries())
      if (i >= carries && read.has(node.outputs[i])) wanted.add(t);
  const outputs = [...bodyOutputs(group[0]).slice(0, carries), ...wanted];
  const same =
    group.length === 1 &&
    outputs.length === group[0].outputs.length &&
    inputs.every((x, i) => x === group[0].inputs[i]);
  const made = same
    ? group[0].outputs
    : makeNode(
        group[0].op,
        inputs,
        { ...params, body: body.withOutputs(outputs) },
        outputs.map(({ shape, dtype }, i) => ({
          shape: i < carries ? shape : [length, ...shape],
          dtype,
        })),
      );
  return {
    carries: made.slice(0, carries),
    stacks: new Map([...wanted].map((t, k) => [t, made[carries + k]])),
  };
}

const paramsOf = (node: Node): ScanParams => node.params as ScanParams;
const bodyOutputs = (node: Node): readonly Tensor[] => paramsOf(node).body.graph.outputs;

function sameLoop(a: Node, b: Node): boolean {
  const [p, q] = [paramsOf(a), paramsOf(b)];
  return (
    p.body.origin === q.body.origin &&
    p.reverse === q.reverse &&
    p.unroll === q.unroll &&
    a.inputs.every((x, i) => x === b.inputs[i])
  );
}
