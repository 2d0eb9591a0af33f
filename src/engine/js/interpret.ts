/** @file Runs a graph's ops one after the other on host arrays; graphs inside ops (scan) are run by it too. */
import { UnsupportedError } from "../errors.ts";
import { consumerCounts, type Graph, rewriteGraph } from "../graph.ts";
import type { Node, Tensor } from "../tensor.ts";
import { runElementwise } from "./elementwise.ts";
import { type JsContext, type NDArray, roundToFloat16 } from "./ndarray.ts";

/** The graph in terms of ops that have a JavaScript kernel. */
export function expand(graph: Graph): Graph {
  return rewriteGraph(graph, (node, inputs) => {
    if (node.op.js || node.op.expression) return null;
    if (!node.op.compose) throw new UnsupportedError(`${node.op.name}: has no JavaScript kernel`);
    return node.op.compose(inputs, node.params);
  });
}

/** Computes an expanded graph's outputs from `values` of its inputs and constants, which it uses up. */
export function interpretNodes(
  graph: Graph,
  values: Map<Tensor, NDArray>,
  ctx: JsContext,
): NDArray[] {
  const uses = consumerCounts(graph);
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((t) => values.get(t) as NDArray);
    const outputs = applyKernel(node, inputs, ctx);
    for (const [i, o] of node.outputs.entries()) {
      if (o.dtype === "float16" && ctx.precision === "float32") roundToFloat16(outputs[i].data);
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

function applyKernel(node: Node, inputs: readonly NDArray[], ctx: JsContext): NDArray[] {
  const { op, params, outputs } = node;
  if (op.expression) return [runElementwise(ctx, op, inputs, params, outputs[0])];
  return (op.js as NonNullable<typeof op.js>)(ctx, inputs, params, outputs);
}
