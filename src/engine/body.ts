/** @file Functions as parts of a graph: the traced body of a scan or a checkpoint, with what it captures. */
import { buildGraph, type Graph, graphKey } from "./graph.ts";
import { makeNode, type Node, Tensor } from "./tensor.ts";

/** A traced function that stands by itself: everything it needs is among its inputs. */
export class TracedBody {
  readonly graph: Graph;
  /** The body that this one adds outputs to (itself where it adds none): its family. */
  readonly origin: TracedBody;

  constructor(graph: Graph, origin: TracedBody | null = null) {
    this.graph = graph;
    this.origin = origin ?? this;
  }

  /** The same body with more outputs, which are tensors of its graph. */
  withOutputs(outputs: readonly Tensor[]): TracedBody {
    const same = ({ graph }: TracedBody): boolean =>
      graph.outputs.length === outputs.length && graph.outputs.every((t, i) => t === outputs[i]);
    const have = [this, this.origin].find(same);
    return have ?? intern(new TracedBody(buildGraph(this.graph.inputs, outputs), this.origin));
  }
}

const KEPT_BODIES = 512;
const known = new Map<string, TracedBody>();
const families = new WeakMap<TracedBody, number>();
let familyCount = 0;

/** One object for equal bodies, so that graphs around them compare equal too. */
function intern(body: TracedBody): TracedBody {
  const family = body.origin === body ? "" : families.get(body.origin);
  const key = `${family}|${graphKey(body.graph)}`;
  const have = known.get(key);
  if (have) return have;
  known.set(key, body);
  if (body.origin === body) families.set(body, ++familyCount);
  for (const oldest of known.keys()) {
    if (known.size <= KEPT_BODIES) break;
    known.delete(oldest);
  }
  return body;
}

/** A placeholder like `t`, for the input of a body. */
export function bodyInput(
  t: { readonly shape: readonly number[]; readonly dtype: Tensor["dtype"] },
  name: string,
  shape = t.shape,
): Tensor {
  return new Tensor(shape, t.dtype, { placeholder: name });
}

/** Whether a tensor is a constant that costs nothing to repeat inside a body. */
function isLiteral(t: Tensor): boolean {
  return !t._storage && t._node?.op.name === "full";
}

/** A body, and the tensors from outside that it uses: they become its inputs after `inputs`. */
export interface Captured {
  readonly body: TracedBody;
  readonly captured: readonly Tensor[];
}

/** Makes a body of what was traced from `inputs` to `outputs`. */
export function captureBody(inputs: readonly Tensor[], outputs: readonly Tensor[]): Captured {
  const given = new Set(inputs);
  const depends = new Set<Tensor>(inputs);
  const order = nodesBetween(given, outputs);
  const inside: Node[] = [];
  for (const node of order) {
    if (!node.inputs.some((x) => depends.has(x))) continue;
    inside.push(node);
    for (const o of node.outputs) depends.add(o);
  }
  const captured = new Set<Tensor>();
  for (const t of [...inside.flatMap((n) => n.inputs), ...outputs])
    if (!depends.has(t) && !isLiteral(t)) captured.add(t);
  const list = [...captured];
  const fresh = new Map<Tensor, Tensor>(
    [...inputs, ...list].map((t, i) => [t, bodyInput(t, `body input ${i}`)]),
  );
  const mapped = substitute(inside, outputs, fresh);
  const body = intern(new TracedBody(buildGraph([...fresh.values()], mapped)));
  return { body, captured: list };
}

/** Nodes that `outputs` need, down to `given` and to stored tensors, each after those it needs. */
function nodesBetween(given: ReadonlySet<Tensor>, outputs: readonly Tensor[]): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  const stack: [Node, number][] = [];
  const enter = (t: Tensor): void => {
    if (given.has(t) || t._storage || !t._node || seen.has(t._node)) return;
    seen.add(t._node);
    stack.push([t._node, 0]);
  };
  for (const output of outputs) {
    enter(output);
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      if (top[1] < top[0].inputs.length) enter(top[0].inputs[top[1]++]);
      else order.push((stack.pop() as [Node, number])[0]);
    }
  }
  return order;
}

/** Applies nodes again with some tensors replaced; gives the outputs' counterparts. */
function substitute(
  nodes: readonly Node[],
  outputs: readonly Tensor[],
  replaced: ReadonlyMap<Tensor, Tensor>,
): Tensor[] {
  const values = new Map(replaced);
  const now = (t: Tensor): Tensor => values.get(t) ?? t;
  for (const node of nodes) {
    if (!node.inputs.some((x) => values.has(x))) continue;
    const made = makeNode(node.op, node.inputs.map(now), node.params, node.outputs);
    for (const [i, o] of node.outputs.entries()) values.set(o, made[i]);
  }
  return outputs.map(now);
}

/** `outputs` computed from other tensors in place of some. */
export function replaceTensors(
  outputs: readonly Tensor[],
  replaced: ReadonlyMap<Tensor, Tensor>,
): Tensor[] {
  return substitute(nodesBetween(new Set(replaced.keys()), outputs), outputs, replaced);
}

/** The body's outputs for given inputs, as ordinary tensors. */
export function inlineBody(body: TracedBody, inputs: readonly Tensor[]): Tensor[] {
  return inlineGraph(body.graph, inputs);
}

/** A graph's outputs for given inputs, as ordinary tensors. */
export function inlineGraph(graph: Graph, inputs: readonly Tensor[]): Tensor[] {
  return substitute(
    graph.nodes,
    graph.outputs,
    new Map(graph.inputs.map((t, i) => [t, inputs[i]])),
  );
}
