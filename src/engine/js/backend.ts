/** @file The `js` backend: interprets a graph node by node; the meaning that other backends are tested against. */
import type { Backend, Executable } from "../backend.ts";
import { bytesOf, type TypedArray } from "../dtype.ts";
import { flopsOf, type Graph } from "../graph.ts";
import { Storage } from "../storage.ts";
import type { Tensor } from "../tensor.ts";
import { expand, interpretNodes } from "./interpret.ts";
import { type FloatPrecision, fromHost, jsContext, type NDArray, toHost } from "./ndarray.ts";

/** Interprets ops on the host. */
export const jsBackend: Backend = {
  name: "js",
  compile: async (graph) => jsExecutable(graph),
};

function jsExecutable(source: Graph): Executable {
  const graph = expand(source);
  return {
    async run(inputs) {
      const feeds = await Promise.all(inputs.map((s) => s.read()));
      const arrays = await interpret(graph, feeds, "float32");
      const taken = new Set<ArrayBufferLike>(feeds.map((f) => f.buffer));
      return arrays.map((a) => {
        const host = toHost(a, "float32");
        // Kernels that only rename elements share them; each tensor owns its own.
        const own = taken.has(host.buffer) ? host.slice() : host;
        taken.add(own.buffer);
        return new Storage(a.dtype, own);
      });
    },
    report: () =>
      graph.nodes.map((n) => ({
        op: n.op.name,
        provider: "js",
        output: n.outputs.map(String).join(" "),
        flops: flopsOf(n),
        bytes: n.outputs.reduce((b, o) => b + o.size * bytesOf(o.dtype), 0),
      })),
    model: async () => null,
    dispose() {},
  };
}

async function interpret(
  graph: Graph,
  feeds: readonly TypedArray[],
  precision: FloatPrecision,
): Promise<NDArray[]> {
  const ctx = jsContext(precision);
  const values = new Map<Tensor, NDArray>();
  for (const [i, t] of graph.inputs.entries())
    values.set(t, fromHost(feeds[i], t.dtype, t.shape, precision));
  for (const t of graph.constants) {
    const host =
      feeds[graph.inputs.length + graph.constants.indexOf(t)] ??
      (await (t._storage as Storage).read());
    values.set(t, fromHost(host, t.dtype, t.shape, precision));
  }
  return interpretNodes(graph, values, ctx);
}

/**
 * @internal A graph as a function of its inputs' elements with every float held as float64, so that
 * numerical differentiation is exact enough to judge gradients by.
 */
export function exactly(source: Graph): (feeds: readonly TypedArray[]) => Promise<NDArray[]> {
  const graph = expand(source);
  return (feeds) => interpret(graph, feeds, "float64");
}
