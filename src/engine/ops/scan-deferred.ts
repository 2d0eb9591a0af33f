/** @file Parts of a sum over a loop's steps that are cheaper as one op after the loop. */
import type { Tensor } from "../tensor.ts";
import { add } from "./elementwise.ts";
import { matmul } from "./matmul.ts";
import { sum } from "./reduce.ts";
import { reshape, transpose } from "./reshape.ts";

type Later = () => Tensor;

/** A sum over steps, cut in two: what is computed after the loop, and what is added up inside it. */
export interface Deferred {
  readonly later: Later | null;
  readonly left: Tensor | null;
}

/**
 * Splits `Σ_t g_t`. Products `aᵀ·b` of values of one step become one product of the stacked
 * values, which is long in the summed axis and so runs at full speed; sums over rows become one sum.
 * `stack(t)` asks for a value of each step, stacked along a new first axis.
 */
export function deferAfterLoop(
  g: Tensor,
  length: number,
  stack: (t: Tensor) => () => Tensor,
): Deferred {
  const node = g._storage ? null : g._node;
  if (!node) return { later: null, left: g };
  const [a, b] = node.inputs;
  const { name } = node.op;
  if (name === "add" && a.size === g.size && b.size === g.size) {
    const [x, y] = [deferAfterLoop(a, length, stack), deferAfterLoop(b, length, stack)];
    return {
      later: x.later && y.later ? both(x.later, y.later) : (x.later ?? y.later),
      left: x.left && y.left ? add(x.left, y.left) : (x.left ?? y.left),
    };
  }
  const wrapped = name === "reshape" || name === "transpose";
  if (wrapped) {
    const inner = deferAfterLoop(a, length, stack);
    if (!inner.later || inner.left) return { later: null, left: g };
    const { later } = inner;
    const perm = node.params.perm as number[];
    return {
      later: () => (name === "reshape" ? reshape(later(), g.shape) : transpose(later(), perm)),
      left: null,
    };
  }
  if (name === "sum") {
    const rows = stack(a);
    const axes = node.params.axes as number[];
    const keepdims = node.params.keepdims as boolean;
    return {
      later: () =>
        reshape(sum(rows(), { axis: [0, ...axes.map((x) => x + 1)], keepdims }), g.shape),
      left: null,
    };
  }
  const { transposeA, transposeB, alpha } = node.params as {
    transposeA?: boolean;
    transposeB?: boolean;
    alpha?: number;
  };
  if (name === "matmul" && transposeA && !transposeB && a.rank === 2 && b.rank === 2) {
    const [x, y] = [stack(a), stack(b)];
    const rows = (t: Tensor): Tensor => reshape(t, [-1, t.shape[2]]);
    return { later: () => matmul(rows(x()), rows(y()), { transposeA, alpha }), left: null };
  }
  return { later: null, left: g };
}

function both(a: Later, b: Later): Later {
  return () => add(a(), b());
}
