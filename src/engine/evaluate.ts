/** @file Eager evaluation: runs what a tensor needs, reusing the compiled form of equal graphs. */
import { backendOf, currentBackend, type Executable } from "./backend.ts";
import { buildGraph, flopsOf, type Graph, graphKey } from "./graph.ts";
import { disposeIn } from "./scope.ts";
import { simplify } from "./simplify.ts";
import type { Storage } from "./storage.ts";
import type { Tensor } from "./tensor.ts";
import { treeLeaves } from "./tree.ts";

const CACHED_GRAPHS = 64;
/** Below this many operations, starting a session costs more than interpreting the graph. */
const SMALL_GRAPH_FLOPS = 200_000;

const cache = new Map<string, Promise<Executable>>();

/** @internal Computes tensors that have no elements yet. */
export async function evaluateTensors(tensors: readonly Tensor[]): Promise<void> {
  const wanted = [...new Set(tensors.filter((t) => !t._storage))];
  if (wanted.length === 0) return;
  const graph = buildGraph([], wanted);
  const flops = graph.nodes.reduce((n, node) => n + flopsOf(node), 0);
  const small = flops < SMALL_GRAPH_FLOPS && graph.constants.every((c) => !c._storage?.device);
  const name = small ? "js" : currentBackend();
  const executable = name === "js" ? await compileNow(graph, "js") : await cached(graph, name);
  const outputs = await executable.run(graph.constants.map((c) => c._storage as Storage));
  for (const [i, t] of wanted.entries()) {
    t._storage = outputs[i];
    disposeIn(t);
  }
}

async function compileNow(
  graph: Graph,
  name: ReturnType<typeof currentBackend>,
): Promise<Executable> {
  const simple = name === "js" ? graph : simplify(graph);
  // Simplifying may drop stored tensors or change their order: inputs are named to fix it.
  const fixed = buildGraph(graph.constants, simple.outputs);
  return (await backendOf(name)).compile(fixed, { bakeConstants: false, name: "eager" });
}

async function cached(graph: Graph, name: ReturnType<typeof currentBackend>): Promise<Executable> {
  const key = `${name};${graphKey(graph)}`;
  let executable = cache.get(key);
  if (executable) cache.delete(key);
  else executable = compileNow(graph, name);
  cache.set(key, executable);
  executable.catch(() => cache.delete(key));
  for (const [oldest, old] of cache) {
    if (cache.size <= CACHED_GRAPHS) break;
    cache.delete(oldest);
    old.then((e) => e.dispose());
  }
  return executable;
}

/**
 * Computes every tensor of a tree and forgets how they were made, so that a loop which feeds its
 * results back does not keep its whole past. Gives the tree back.
 */
export async function evaluate<T>(tree: T): Promise<T> {
  const leaves = treeLeaves(tree);
  await evaluateTensors(leaves);
  for (const t of leaves) t._node = null;
  return tree;
}
