/** @file Foresees which nodes work on values in the blocked channel layout, before a graph is lowered. */
import type { Graph } from "../graph.ts";
import { sameShape } from "../shape.ts";
import type { Node, Tensor } from "../tensor.ts";

const SPATIAL = new Set([
  ...["conv", "convGradInput", "maxPool", "maxPoolGrad", "avgPool", "upsampleNearest"],
  ...["batchNorm", "batchNormGrad", "channelAffine"],
]);

/**
 * Elementwise nodes and sums on what convolutions and pools with whole blocks of channels make. They
 * stay as they are: taken together in a loop over rows, they would need the plain layout.
 */
export function blockedNodes(graph: Graph, blockSize: number): Set<Node> {
  const found = new Set<Node>();
  if (blockSize === 0) return found;
  const blocked = new Set<Tensor>();
  for (const node of graph.nodes) {
    const [out] = node.outputs;
    const reads = node.inputs.some((x) => blocked.has(x));
    const spatial =
      SPATIAL.has(node.op.name) &&
      (out.rank === 3 || out.rank === 4) &&
      out.shape[1] % blockSize === 0;
    const follows =
      node.op.expression !== undefined &&
      node.inputs.some((x) => blocked.has(x) && sameShape(x.shape, out.shape));
    if (spatial || follows) blocked.add(out);
    if (follows || (reads && node.op.name === "sum")) found.add(node);
  }
  return found;
}
