/** @file Algebraic clean-up of graphs: what costs nothing to leave out is left out. */
import { isFloat } from "./dtype.ts";
import { consumerCounts, type Graph, type Rule, rewriteGraph } from "./graph.ts";
import { mergeScans } from "./merge-scans.ts";
import { full, fullOp } from "./ops/create.ts";
import { mul, sub } from "./ops/elementwise.ts";
import { linear, type MatmulParams, matmul } from "./ops/matmul.ts";
import { reshape, transpose } from "./ops/reshape.ts";
import { broadcastShapes, sameShape } from "./shape.ts";
import type { Node } from "./tensor.ts";
import { apply1, makeNode, type Tensor } from "./tensor.ts";

/** The value of a constant tensor that is one number everywhere. */
function constantValue(t: Tensor): number | null {
  return t._node?.op.name === "full" ? (t._node.params.value as number) : null;
}

function producer(t: Tensor, name: string): Node | null {
  return t._node && t._node.op.name === name ? t._node : null;
}

/** `f(x)` for numbers, by the op's own JavaScript expression (float ops only, so exact enough). */
const FOLD: Record<string, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
};

/** Elementwise inputs that were only repeated by broadcastTo are taken unrepeated. */
function withoutBroadcasts(node: Node, inputs: readonly Tensor[]): readonly Tensor[] | null {
  if (!node.op.expression || node.inputs.length < 2) return null;
  let current = [...inputs];
  for (const [i, x] of inputs.entries()) {
    const source = producer(x, "broadcastTo")?.inputs[0];
    if (!source) continue;
    const tried = current.map((c, k) => (k === i ? source : c));
    if (
      sameShape(broadcastShapes(node.op.name, ...tried.map((t) => t.shape)), node.outputs[0].shape)
    )
      current = tried;
  }
  return current.some((x, i) => x !== inputs[i])
    ? makeNode(node.op, current, node.params, node.outputs)
    : null;
}

function arithmetic(node: Node, [a, b]: readonly Tensor[]): Tensor | null {
  const name = node.op.name;
  const out = node.outputs[0];
  const ca = constantValue(a);
  const cb = constantValue(b);
  if (ca !== null && cb !== null && isFloat(out.dtype) && FOLD[name]) {
    return apply1(fullOp, [], { shape: out.shape, value: FOLD[name](ca, cb), dtype: out.dtype });
  }
  const keepsA = sameShape(a.shape, out.shape);
  const keepsB = sameShape(b.shape, out.shape);
  if (name === "add") {
    if (ca === 0 && keepsB) return b;
    if (cb === 0 && keepsA) return a;
    const negated = producer(b, "neg");
    if (negated) return sub(a, negated.inputs[0]);
  } else if (name === "sub") {
    if (cb === 0 && keepsA) return a;
  } else if (name === "mul") {
    if (ca === 1 && keepsB) return b;
    if (cb === 1 && keepsA) return a;
    if (ca !== null && a.rank === 0 && cb === null) return mul(b, a);
    const inner = cb !== null && b.rank === 0 ? producer(a, "mul") : null;
    const factor = inner && inner.inputs[1].rank === 0 ? constantValue(inner.inputs[1]) : null;
    if (inner && factor !== null && isFloat(out.dtype))
      return mul(inner.inputs[0], full([], factor * (cb as number), out.dtype));
  } else if (name === "div" && cb !== null && b.rank === 0 && isFloat(out.dtype)) {
    if (cb === 1) return a;
    // Exact where the divisor is a power of two; else one rounding more, in a faster kernel.
    if (Number.isInteger(Math.log2(Math.abs(cb)))) return mul(a, full([], 1 / cb, out.dtype));
  }
  return null;
}

const BINARY = new Set(["add", "sub", "mul", "div"]);

function movement(node: Node, [x]: readonly Tensor[]): Tensor | null {
  if (node.op.name === "reshape") {
    const before = producer(x, "reshape");
    const source = before ? before.inputs[0] : x;
    const shape = node.outputs[0].shape;
    if (sameShape(source.shape, shape)) return source;
    if (before) return reshape(source, shape);
    const value = constantValue(x);
    if (value !== null) return full(shape, value, x.dtype);
  }
  if (node.op.name === "transpose") {
    const before = producer(x, "transpose");
    if (before) {
      const first = before.params.perm as number[];
      return transpose(
        before.inputs[0],
        (node.params.perm as number[]).map((p) => first[p]),
      );
    }
  }
  if (node.op.name === "broadcastTo") {
    const before = producer(x, "broadcastTo");
    const value = constantValue(x);
    if (value !== null) return full(node.outputs[0].shape, value, x.dtype);
    if (before) return makeNode(node.op, before.inputs, node.params, node.outputs)[0];
  }
  return null;
}

function swapsLastTwo(node: Node | null): boolean {
  const perm = node?.params.perm as number[] | undefined;
  if (!perm) return false;
  const r = perm.length;
  return perm.every((p, i) => p === (i === r - 1 ? r - 2 : i === r - 2 ? r - 1 : i));
}

function transposedFactors(node: Node, [a, b]: readonly Tensor[]): Tensor | null {
  const { transposeA, transposeB, alpha } = node.params as MatmulParams;
  const ta = producer(a, "transpose");
  const tb = producer(b, "transpose");
  const [sa, sb] = [swapsLastTwo(ta), swapsLastTwo(tb)];
  if (!sa && !sb) return null;
  const y = makeNode(
    node.op,
    [sa ? (ta as Node).inputs[0] : a, sb ? (tb as Node).inputs[0] : b],
    { transposeA: transposeA !== sa, transposeB: transposeB !== sb, alpha },
    node.outputs,
  );
  return y[0];
}

/** Common subexpressions, unused nodes and algebraic identities, for any backend. */
export function simplify(graph: Graph): Graph {
  const rule: Rule = (node, inputs) => {
    if (node.op.name !== "full" && node.outputs.every((o) => o.size === 0))
      return node.outputs.map((o) => full(o.shape, 0, o.dtype));
    const unbroadcast = withoutBroadcasts(node, inputs);
    if (unbroadcast) return unbroadcast;
    if (BINARY.has(node.op.name)) {
      const y = arithmetic(node, inputs);
      return y && y !== node.outputs[0] ? [y] : null;
    }
    if (node.op.name === "matmul") {
      const y = transposedFactors(node, inputs);
      return y ? [y] : null;
    }
    const y = movement(node, inputs);
    return y ? [y] : null;
  };
  return foldIntoProducts(rewriteGraph(mergeScans(graph), rule));
}

/**
 * What follows a product that nothing else needs goes into its kernel: a scale, and a bias, also
 * where the product was unfolded to more axes before the bias was added.
 */
function foldIntoProducts(graph: Graph): Graph {
  const uses = consumerCounts(graph);
  const once = (t: Tensor): boolean => uses.get(t) === 1;
  return rewriteGraph(graph, (node, inputs) => {
    const [a, b] = inputs;
    if (node.op.name === "mul") {
      const factor = b.rank === 0 ? constantValue(b) : null;
      const product = factor !== null && once(node.inputs[0]) ? producer(a, "matmul") : null;
      if (!product || !isFloat(a.dtype)) return null;
      const params = product.params as MatmulParams;
      return [
        matmul(product.inputs[0], product.inputs[1], {
          ...params,
          alpha: params.alpha * (factor as number),
        }),
      ];
    }
    if (node.op.name !== "add") return null;
    const at = b.rank === 1 ? 0 : 1;
    const [unfolded, bias] = [inputs[at], inputs[1 - at]];
    if (bias.rank !== 1 || !isFloat(bias.dtype) || !once(node.inputs[at])) return null;
    const before = producer(node.inputs[at], "reshape");
    if (before && !once(before.inputs[0])) return null;
    const folded = producer(unfolded, "reshape")?.inputs[0] ?? unfolded;
    const product = producer(folded, "matmul");
    if (folded.rank !== 2 || !product || folded.shape[1] !== bias.size) return null;
    if (unfolded.shape.at(-1) !== bias.size) return null;
    const y = linear(product.inputs[0], product.inputs[1], bias, product.params as MatmulParams);
    return [reshape(y, unfolded.shape)];
  });
}
