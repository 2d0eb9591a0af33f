/** @file Lowers a cluster of row-wise ops to an ONNX Scan over blocks of rows. */
import { bytesOf } from "../dtype.ts";
import type { Tensor } from "../tensor.ts";
import { type Cluster, roleOf } from "./fusion.ts";
import type { Lowering, Value } from "./lowering.ts";

/** Bytes of the largest tensor's block: a few of them fit in a core's second-level cache. */
const BLOCK_BYTES = 512 << 10;
const MOST_BLOCK_BYTES = 4 << 20;

/** How many blocks a cluster's rows divide into; null where no divisor gives blocks of a fitting size. */
export function blockCount({ rows, nodes }: Cluster): number | null {
  const largest = Math.max(
    ...nodes.flatMap((n) => [...n.inputs, ...n.outputs].map((t) => t.size * bytesOf(t.dtype))),
  );
  const wanted = largest / BLOCK_BYTES;
  let best = 1;
  for (let count = 2; count <= rows; count++) {
    if (
      rows % count === 0 &&
      Math.abs(Math.log(count / wanted)) < Math.abs(Math.log(best / wanted))
    )
      best = count;
  }
  return best > 1 && largest / best <= MOST_BLOCK_BYTES ? best : null;
}

/**
 * Adds the Scan of a cluster to the graph. `values` holds what its nodes need and receives what
 * others read of it; `outputs` names those tensors.
 */
export function lowerCluster(
  b: Lowering,
  cluster: Cluster,
  blocks: number,
  outputs: readonly Tensor[],
  values: Map<Tensor, Value>,
): void {
  const { rows } = cluster;
  const perBlock = rows / blocks;
  const members = new Set(cluster.nodes);
  const body = b.subgraph("rows");
  const inside = new Map<Tensor, Value>();
  const scanned: Value[] = [];
  const blocked = (t: Tensor): readonly number[] => [perBlock, ...t.shape.slice(1)];

  const blockOf = (t: Tensor): Value => {
    const have = inside.get(t);
    if (have) return have;
    const outer = values.get(t) as Value;
    scanned.push(b.reshape(outer, [blocks, ...blocked(t)]));
    const value = body.input(body.fresh("block"), { shape: blocked(t), dtype: t.dtype });
    inside.set(t, value);
    return value;
  };

  for (const node of cluster.nodes) {
    const role = roleOf(node, rows);
    const reference = node.op.expression ? node.outputs[0].rank : node.inputs[0].rank;
    const inputs = node.inputs.map((t) => {
      const split =
        (t._node && members.has(t._node)) || (t.rank === reference && t.shape[0] === rows);
      return split ? blockOf(t) : (values.get(t) as Value);
    });
    const out = node.outputs[0];
    const aval = role === "rows" ? { shape: blocked(out), dtype: out.dtype } : out;
    const lower = node.op.lower as NonNullable<typeof node.op.lower>;
    const [value] = lower(body, inputs, node.params, [aval]);
    inside.set(out, { ...value, shape: aval.shape, dtype: out.dtype });
  }

  for (const t of outputs) {
    const value = inside.get(t) as Value;
    body.graph.outputs.push(value);
  }
  const stacked = b.node(
    "Scan",
    scanned,
    outputs.map((t) => ({ shape: [blocks, ...(inside.get(t) as Value).shape], dtype: t.dtype })),
    { body: { graph: body.graph }, num_scan_inputs: { int: scanned.length } },
  );
  for (const [i, t] of outputs.entries()) {
    const partial = t._node && roleOf(t._node, rows) === "columnSum";
    values.set(
      t,
      partial ? b.reduce("ReduceSum", stacked[i], [0], false) : b.reshape(stacked[i], t.shape),
    );
  }
}
