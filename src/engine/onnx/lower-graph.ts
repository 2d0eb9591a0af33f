/** @file Turns an engine graph into an ONNX graph for one provider. */
import type { BackendOptions, NodeReport } from "../backend.ts";
import { bytesOf, type DType } from "../dtype.ts";
import { UnsupportedError } from "../errors.ts";
import { consumerCounts, flopsOf, type Graph, rewriteGraph } from "../graph.ts";
import { type Shape, sizeOf } from "../shape.ts";
import type { Storage } from "../storage.ts";
import type { Node, Tensor } from "../tensor.ts";
import { blockedNodes } from "./blocked-nodes.ts";
import { type Cluster, findClusters } from "./fusion.ts";
import { Lowering, type Provider, type Value } from "./lowering.ts";
import type { GraphModel } from "./model.ts";
import { blockCount, lowerCluster } from "./row-blocks.ts";

/** A value that is fed or fetched. */
export interface Port {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** An ONNX graph with what binds it to the engine's. */
export interface LoweredGraph {
  readonly graph: GraphModel;
  /** Which input (then constant, where not baked in) feeds which name. */
  readonly feeds: readonly (Port & { readonly index: number })[];
  readonly fetches: readonly Port[];
  /** For each output of the engine's graph, its position among the fetches. */
  readonly outputs: readonly number[];
  readonly report: readonly NodeReport[];
}

/** Whether an op's own lowering works on a provider; else why not. */
function support(node: Node, provider: Provider): true | string {
  if (!node.op.lower) return "it has no ONNX form";
  return node.op.supports?.(provider, node.inputs, node.params) ?? true;
}

/** @internal The graph in terms of ops that the provider runs. @throws UnsupportedError naming the op */
export function expandFor(graph: Graph, provider: Provider): Graph {
  return rewriteGraph(graph, (node, inputs) => {
    const works = support(node, provider);
    if (works === true) return null;
    if (node.op.compose) return node.op.compose(inputs, node.params);
    const place = node.madeAt ? ` (made at ${node.madeAt})` : "";
    throw new UnsupportedError(`${node.op.name}${place} does not run on ${provider}: ${works}`);
  });
}

/**
 * Lowers a graph. `blockSize` is that of the CPU kernels' channel layout, 0 for a portable model.
 * @throws UnsupportedError where an op does not run on the provider
 */
export async function lowerGraph(
  source: Graph,
  provider: Provider,
  options: BackendOptions,
  blockSize = 0,
): Promise<LoweredGraph> {
  const graph = expandFor(source, provider);
  const b = new Lowering(provider, options.name ?? "graph", null, blockSize);
  const uses = consumerCounts(graph);
  const values = new Map<Tensor, Value>();
  const feeds: LoweredGraph["feeds"][number][] = [];
  const used = new Set([...graph.nodes.flatMap((n) => n.inputs), ...graph.outputs]);
  for (const [index, t] of graph.inputs.entries()) {
    if (!used.has(t)) continue;
    const name = `input${index}`;
    values.set(t, b.input(name, t));
    feeds.push({ name, index, shape: t.shape, dtype: t.dtype });
  }
  for (const t of graph.constants) {
    const data = await (t._storage as Storage).read();
    values.set(t, b.constant(data, t.shape, t.dtype));
  }
  const report: NodeReport[] = [];
  for (const unit of schedule(graph, provider, blockSize)) {
    if ("op" in unit) {
      lowerNode(b, unit, values);
      for (const o of unit.outputs) b.layout?.countUses(values.get(o) as Value, uses.get(o) ?? 0);
      report.push(reportOf(unit, provider));
    } else {
      lowerCluster(b, unit.cluster, unit.blocks, unit.outputs, values);
      for (const node of unit.cluster.nodes) report.push(reportOf(node, `${provider} row blocks`));
    }
  }
  const fetches: Port[] = [];
  const position = new Map<Tensor, number>();
  const outputs = graph.outputs.map((o) => {
    let at = position.get(o);
    if (at === undefined) {
      at = fetches.length;
      position.set(o, at);
      const name = `output${at}`;
      b.output(name, values.get(o) as Value);
      fetches.push({ name, shape: o.shape, dtype: o.dtype });
    }
    return at;
  });
  return { graph: b.graph, feeds, fetches, outputs, report };
}

interface BlockedUnit {
  readonly cluster: Cluster;
  readonly blocks: number;
  readonly outputs: readonly Tensor[];
}

/** Nodes and clusters in an order in which each comes after what it needs. */
function schedule(graph: Graph, provider: Provider, blockSize: number): (Node | BlockedUnit)[] {
  if (provider === "webgpu") return [...graph.nodes];
  const unitOf = new Map<Node, BlockedUnit>();
  const readers = new Map<Tensor, Set<Node | null>>();
  for (const node of graph.nodes) {
    for (const x of node.inputs) readers.set(x, (readers.get(x) ?? new Set()).add(node));
  }
  for (const o of graph.outputs) readers.set(o, (readers.get(o) ?? new Set()).add(null));
  for (const cluster of findClusters(graph, blockedNodes(graph, blockSize))) {
    const blocks = blockCount(cluster);
    if (blocks === null) continue;
    const members = new Set<Node | null>(cluster.nodes);
    const outputs = cluster.nodes
      .flatMap((n) => n.outputs)
      .filter((t) => [...(readers.get(t) ?? [])].some((reader) => !members.has(reader)));
    for (const node of cluster.nodes) unitOf.set(node, { cluster, blocks, outputs });
  }
  if (unitOf.size === 0) return [...graph.nodes];
  const order: (Node | BlockedUnit)[] = [];
  const done = new Set<Cluster | Node>();
  const visit = (root: Node): void => {
    const stack: { unit: Node | BlockedUnit; key: Cluster | Node; needs: Node[]; next: number }[] =
      [];
    const push = (node: Node): void => {
      const unit = unitOf.get(node);
      const key = unit ? unit.cluster : node;
      if (done.has(key)) return;
      done.add(key);
      const inputs = (unit ? unit.cluster.nodes : [node]).flatMap((n) => n.inputs);
      const needs = inputs.flatMap((x) => (x._node && !x._storage ? [x._node] : []));
      stack.push({ unit: unit ?? node, key, needs, next: 0 });
    };
    push(root);
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      if (top.next < top.needs.length) push(top.needs[top.next++]);
      else order.push((stack.pop() as typeof top).unit);
    }
  };
  for (const node of graph.nodes) visit(node);
  return order;
}

/** @internal Lowers one application, reading and writing `values`. */
export function lowerNode(b: Lowering, node: Node, values: Map<Tensor, Value>): void {
  const inputs = node.inputs.map((t) => values.get(t) as Value);
  const lowered = (node.op.lower as NonNullable<typeof node.op.lower>)(
    b,
    inputs,
    node.params,
    node.outputs,
  );
  for (const [i, o] of node.outputs.entries())
    values.set(o, { ...lowered[i], shape: o.shape, dtype: o.dtype });
}

/** @internal One application, for `explain()`. */
export function reportOf(node: Node, provider: string): NodeReport {
  return {
    op: node.op.name,
    provider,
    output: node.outputs.map((o) => `${o.dtype}[${o.shape.join(",")}]`).join(" "),
    flops: flopsOf(node),
    bytes: node.outputs.reduce((n, o) => n + sizeOf(o.shape) * bytesOf(o.dtype), 0),
  };
}
