/**
 * @file Finds chains of elementwise ops (and sums along rows) over large tensors, which the CPU
 * kernels would stream through memory once per op. Run block of rows by block of rows they stay in
 * the cache.
 */

import { bytesOf } from "../dtype.ts";
import type { Graph } from "../graph.ts";
import { consumerCounts } from "../graph.ts";
import type { Node, Tensor } from "../tensor.ts";

/** Nodes that run together, block by block along the first axis of size `rows`. */
export interface Cluster {
  readonly rows: number;
  readonly nodes: Node[];
  /** Clusters that this one needs, directly. */
  readonly needs: Set<Cluster>;
}

/** A tensor smaller than this stays in the last cache anyway: 1.5 MB gained nothing, 12 MB a third. */
const LARGE_BYTES = 4 << 20;
/** Fewer passes over memory than this are not worth a loop. */
const LEAST_LARGE_NODES = 3;

const bytes = (t: Tensor): number => t.size * bytesOf(t.dtype);
const ROWWISE = new Set(["softmax", "gelu"]);
const REDUCTIONS = new Set(["sum", "max", "min"]);
const FLOATS = new Set(["float32", "bool"]);

/** How a node may take part: each row by itself, or summing over rows (a partial sum per block). */
export type Role = "rows" | "columnSum";

/** The part that a node can play in a cluster over `rows` rows; null where it can play none. */
export function roleOf(node: Node, rows: number): Role | null {
  const { op, params, outputs, inputs } = node;
  if (outputs.length !== 1 || !FLOATS.has(outputs[0].dtype)) return null;
  const name = op.name;
  const x = inputs[0];
  if (REDUCTIONS.has(name)) {
    const axes = params.axes as readonly number[];
    if (x.shape[0] !== rows || x.dtype !== "float32") return null;
    if (!axes.includes(0)) return "rows";
    return name === "sum" ? "columnSum" : null;
  }
  if (outputs[0].shape[0] !== rows) return null;
  if (ROWWISE.has(name)) return name !== "softmax" || (params.axis as number) > 0 ? "rows" : null;
  return op.expression && (name !== "cast" || FLOATS.has(x.dtype)) ? "rows" : null;
}

/** Activations that ONNX Runtime folds into the product before them. */
function foldedIntoProduct(graph: Graph): Set<Node> {
  const uses = consumerCounts(graph);
  const folded = graph.nodes.filter(
    ({ op, inputs: [x] }) =>
      op.name === "relu" && x._node?.op.name === "linear" && uses.get(x) === 1,
  );
  return new Set(folded);
}

/** Whether `from` needs `to`, also indirectly. */
function reaches(from: Cluster, to: Cluster, seen = new Set<Cluster>()): boolean {
  if (from === to) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  for (const next of from.needs) if (reaches(next, to, seen)) return true;
  return false;
}

/**
 * Groups nodes so that each group can run as one unit: nothing outside a group depends on it and is
 * needed by it. Nodes in `apart` stay by themselves.
 */
export function findClusters(graph: Graph, apart: ReadonlySet<Node> = new Set()): Cluster[] {
  const folded = new Set([...foldedIntoProduct(graph), ...apart]);
  const cluster = new Map<Node, Cluster>();
  /** Clusters that an unclustered node needs. */
  const needs = new Map<Node, Set<Cluster>>();
  const needsOf = (t: Tensor): Iterable<Cluster> => {
    if (!t._node) return [];
    const own = cluster.get(t._node);
    return own ? [own] : (needs.get(t._node) ?? []);
  };
  const all: Cluster[] = [];
  for (const node of graph.nodes) {
    const before = new Set<Cluster>();
    for (const x of node.inputs) for (const c of needsOf(x)) before.add(c);
    const large = Math.max(bytes(node.outputs[0]), ...node.inputs.map(bytes)) >= LARGE_BYTES;
    const home = folded.has(node) ? null : chooseCluster(node, cluster, needsOf);
    const rows = node.outputs[0].shape[0] ?? 0;
    if (home) {
      home.nodes.push(node);
      cluster.set(node, home);
      for (const c of before) if (c !== home) home.needs.add(c);
    } else if (large && !folded.has(node) && rows > 1 && roleOf(node, rows) === "rows") {
      const made: Cluster = { rows, nodes: [node], needs: before };
      all.push(made);
      cluster.set(node, made);
    } else {
      needs.set(node, before);
    }
  }
  return all.filter(
    (c) => c.nodes.filter((n) => bytes(n.outputs[0]) >= LARGE_BYTES).length >= LEAST_LARGE_NODES,
  );
}

/** The cluster of a producer that the node can join without closing a cycle. */
function chooseCluster(
  node: Node,
  cluster: ReadonlyMap<Node, Cluster>,
  needsOf: (t: Tensor) => Iterable<Cluster>,
): Cluster | null {
  const tried = new Set<Cluster>();
  for (const { _node: producer } of node.inputs) {
    const home = producer && cluster.get(producer);
    if (!home || tried.has(home)) continue;
    tried.add(home);
    if (roleOf(node, home.rows) && node.inputs.every((x) => fits(x, node, home))) return home;
  }
  return null;

  function fits(x: Tensor, reader: Node, home: Cluster): boolean {
    if (x._node && cluster.get(x._node) === home) {
      // A partial sum is complete only after the loop, and a block of rows lines up with its like.
      const rank = roleOf(reader, home.rows) === "columnSum" ? x.rank : reader.outputs[0].rank;
      const aligned = REDUCTIONS.has(reader.op.name) || x.rank === rank;
      return aligned && roleOf(x._node, home.rows) === "rows";
    }
    for (const c of needsOf(x)) if (reaches(c, home)) return false;
    return true;
  }
}
