/** @file Graphs of tensors: topological order, rewriting, and a key for equal structures. */
import { ValueError } from "./errors.ts";
import { identityOf, paramsKey } from "./op.ts";
import { makeNode, type Node, type Tensor, withOrigin } from "./tensor.ts";

/** A computation with named ends: what backends compile. */
export interface Graph {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** Stored tensors that the computation refers to. */
  readonly constants: readonly Tensor[];
  /** Applications in an order in which each comes after those it needs. */
  readonly nodes: readonly Node[];
}

/**
 * The graph that computes `outputs` from `inputs` and from stored tensors.
 * @throws ValueError where it needs an argument of some other traced function
 */
export function buildGraph(inputs: readonly Tensor[], outputs: readonly Tensor[]): Graph {
  const known = new Set(inputs);
  const constants = new Set<Tensor>();
  const nodes: Node[] = [];
  const seen = new Set<Node>();
  const stack: [Node, number][] = [];
  const enter = (t: Tensor): void => {
    if (known.has(t)) return;
    if (t._storage) constants.add(t);
    else if (!t._node) {
      throw new ValueError(
        `the computation uses ${t._placeholder ?? "an argument"} of another traced function, which has no value here; ` +
          "give it to this function as an argument, or return it from that one",
      );
    } else if (!seen.has(t._node)) {
      seen.add(t._node);
      stack.push([t._node, 0]);
    }
  };
  for (const output of outputs) {
    enter(output);
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      if (top[1] < top[0].inputs.length) enter(top[0].inputs[top[1]++]);
      else nodes.push((stack.pop() as [Node, number])[0]);
    }
  }
  return { inputs, outputs, constants: [...constants], nodes };
}

/** What a rewriting rule may do with a node whose inputs are rewritten already. */
export type Rule = (node: Node, inputs: readonly Tensor[]) => readonly Tensor[] | null;

/**
 * Rebuilds a graph by a rule: null keeps the application (with its new inputs); tensors replace its
 * outputs, and are rewritten in turn where they are new. Equal applications become one.
 */
export function rewriteGraph(graph: Graph, rule: Rule): Graph {
  const done = new Map<Tensor, Tensor>();
  const equal = new Map<string, readonly Tensor[]>();
  const final = new Set<Tensor>();
  for (const t of [...graph.inputs, ...graph.constants]) {
    done.set(t, t);
    final.add(t);
  }

  const resolve = (t: Tensor): Tensor => {
    const have = done.get(t);
    if (have) return have;
    if (final.has(t)) return t;
    if (!t._node || t._storage) {
      done.set(t, t);
      return t;
    }
    walk(t._node);
    return done.get(t) as Tensor;
  };

  const walk = (root: Node): void => {
    const stack: [Node, number][] = [[root, 0]];
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      const [node, i] = top;
      if (i < node.inputs.length) {
        top[1]++;
        const x = node.inputs[i];
        if (!done.has(x) && !final.has(x) && x._node && !x._storage) stack.push([x._node, 0]);
        continue;
      }
      stack.pop();
      if (!done.has(node.outputs[0])) withOrigin(node.trace, () => visit(node));
    }
  };

  const visit = (node: Node): void => {
    const inputs = node.inputs.map(resolve);
    const replaced = rule(node, inputs);
    const outputs = replaced ? replaced.map(resolve) : keep(node, inputs);
    for (const [i, o] of node.outputs.entries()) done.set(o, outputs[i]);
  };

  const keep = (node: Node, inputs: readonly Tensor[]): readonly Tensor[] => {
    const key = node.op.unique
      ? ""
      : nodeKey(
          node,
          inputs.map((x) => x._id),
        );
    const same = key ? equal.get(key) : undefined;
    if (same) return same;
    const changed = inputs.some((x, i) => x !== node.inputs[i]);
    const outputs = changed ? makeNode(node.op, inputs, node.params, node.outputs) : node.outputs;
    for (const o of outputs) final.add(o);
    if (key) equal.set(key, outputs);
    return outputs;
  };

  return buildGraph(graph.inputs, graph.outputs.map(resolve));
}

function nodeKey(node: Node, inputs: readonly (number | string)[]): string {
  return `${node.op.name}(${inputs.join()})${paramsKey(node.params)}`;
}

/**
 * A string equal for graphs of one structure: ops, parameters, and shapes and dtypes of what they
 * start from. Stored tensors count by shape, so their elements may differ.
 */
export function graphKey(graph: Graph): string {
  const number = new Map<Tensor, string>();
  const parts: string[] = [];
  for (const [i, t] of [...graph.inputs, ...graph.constants].entries()) {
    number.set(t, `i${i}`);
    parts.push(`${t.dtype}[${t.shape.join()}]`);
  }
  for (const [k, node] of graph.nodes.entries()) {
    for (const [i, o] of node.outputs.entries()) number.set(o, `n${k}.${i}`);
    parts.push(
      nodeKey(
        node,
        node.inputs.map((x) => number.get(x) ?? `#${identityOf(x)}`),
      ),
    );
  }
  parts.push(graph.outputs.map((o) => number.get(o)).join());
  return parts.join(";");
}

/** Estimated floating-point operations of one application. */
export function flopsOf(node: Node): number {
  if (node.op.flops) return node.op.flops(node.inputs, node.params, node.outputs);
  return node.outputs.reduce((n, o) => n + o.size, 0);
}

/** How many applications (and graph outputs) use each tensor. */
export function consumerCounts(graph: Graph): Map<Tensor, number> {
  const uses = new Map<Tensor, number>();
  const count = (t: Tensor): void => void uses.set(t, (uses.get(t) ?? 0) + 1);
  for (const node of graph.nodes) for (const x of node.inputs) count(x);
  for (const o of graph.outputs) count(o);
  return uses;
}
