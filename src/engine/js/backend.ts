/** @file The `js` backend: interprets a graph node by node; the meaning that other backends are tested against. */
import type { Backend, Executable } from "../backend.ts";
import { bytesOf, type TypedArray } from "../dtype.ts";
import { UnsupportedError } from "../errors.ts";
import { consumerCounts, flopsOf, type Graph, rewriteGraph } from "../graph.ts";
import { Storage } from "../storage.ts";
import type { Node, Tensor } from "../tensor.ts";
import { runElementwise } from "./elementwise.ts";
import {
  type FloatPrecision,
  fromHost,
  jsContext,
  type NDArray,
  roundToFloat16,
  toHost,
} from "./ndarray.ts";

/** Interprets ops on the host. */
export const jsBackend: Backend = {
  name: "js",
  compile: async (graph) => jsExecutable(graph),
};

/** The graph in terms of ops that have a JavaScript kernel. */
function expand(graph: Graph): Graph {
  return rewriteGraph(graph, (node, inputs) => {
    if (node.op.js || node.op.expression) return null;
    if (!node.op.compose) throw new UnsupportedError(`${node.op.name}: has no JavaScript kernel`);
    return node.op.compose(inputs, node.params);
  });
}

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
  const uses = consumerCounts(graph);
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((t) => values.get(t) as NDArray);
    const outputs = applyKernel(node, inputs, ctx);
    for (const [i, o] of node.outputs.entries()) {
      if (o.dtype === "float16" && precision === "float32") roundToFloat16(outputs[i].data);
      values.set(o, outputs[i]);
    }
    for (const t of node.inputs) {
      const left = (uses.get(t) as number) - 1;
      uses.set(t, left);
      if (left === 0) values.delete(t);
    }
  }
  return graph.outputs.map((o) => values.get(o) as NDArray);
}

function applyKernel(
  node: Node,
  inputs: readonly NDArray[],
  ctx: ReturnType<typeof jsContext>,
): NDArray[] {
  const { op, params, outputs } = node;
  if (op.expression) return [runElementwise(ctx, op, inputs, params, outputs[0])];
  return (op.js as NonNullable<typeof op.js>)(ctx, inputs, params, outputs);
}

/**
 * @internal A graph as a function of its inputs' elements with every float held as float64, so that
 * numerical differentiation is exact enough to judge gradients by.
 */
export function exactly(source: Graph): (feeds: readonly TypedArray[]) => Promise<NDArray[]> {
  const graph = expand(source);
  return (feeds) => interpret(graph, feeds, "float64");
}
