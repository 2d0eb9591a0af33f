/** @file A scan as ONNX's Scan node, whose body is a graph inside the graph. */
import type { Aval } from "../op.ts";
import type { ScanParams } from "../ops/scan.ts";
import { simplify } from "../simplify.ts";
import type { Tensor } from "../tensor.ts";
import { expandFor, lowerNode } from "./lower-graph.ts";
import type { Lowering, Value } from "./lowering.ts";

/** Captured tensors are visible in the body by their names; carries and xs are its inputs. */
export function lowerScan(
  b: Lowering,
  inputs: readonly Value[],
  { body, carries, xs, length, reverse }: ScanParams,
  outputs: readonly Aval[],
): Value[] {
  const graph = expandFor(simplify(body.graph), b.provider);
  const sub = b.subgraph("scan");
  const values = new Map<Tensor, Value>();
  for (const [i, t] of graph.inputs.entries())
    values.set(t, i < carries + xs ? sub.input(b.fresh("step"), t) : inputs[i]);
  // Scan wants something to walk along.
  if (xs === 0) sub.input(b.fresh("step"), { shape: [], dtype: "bool" });
  for (const node of graph.nodes) lowerNode(sub, node, values);
  const made = new Set(sub.graph.nodes.flatMap((n) => n.outputs));
  for (const t of graph.outputs) {
    const value = values.get(t) as Value;
    // A body's outputs must be different values that the body itself computes.
    const own = made.delete(value.name);
    const out = own ? value : sub.op("Identity", [value], t);
    sub.graph.outputs.push({ name: out.name, shape: t.shape, dtype: t.dtype });
  }
  const walked = inputs.slice(carries, carries + xs);
  if (xs === 0) walked.push(b.constant(new Uint8Array(length), [length], "bool"));
  const directions = (n: number): { ints: number[] } => ({
    ints: new Array<number>(n).fill(reverse ? 1 : 0),
  });
  return b.node("Scan", [...inputs.slice(0, carries), ...walked], outputs, {
    body: { graph: sub.graph },
    num_scan_inputs: { int: walked.length },
    scan_input_directions: directions(walked.length),
    scan_output_directions: directions(outputs.length - carries),
  });
}
