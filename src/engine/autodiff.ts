/** @file Reverse-mode differentiation: it builds ordinary tensors, so gradients can be differentiated again. */
import { isFloat } from "./dtype.ts";
import { DTypeError, ShapeError, ValueError } from "./errors.ts";
import type { GradContext, Params } from "./op.ts";
import { ones, zerosLike } from "./ops/create.ts";
import { add } from "./ops/elementwise.ts";
import { sumToShape } from "./ops/reshape.ts";
import { showShape } from "./shape.ts";
import { type Node, Tensor } from "./tensor.ts";
import { flatten, type Tree, unflatten } from "./tree.ts";

/** Nodes between `wrt` and `outputs`, latest first, and the tensors that depend on `wrt`. */
function dependents(
  outputs: readonly Tensor[],
  wrt: ReadonlySet<Tensor>,
): { order: Node[]; active: Set<Tensor> } {
  const active = new Set<Tensor>(wrt);
  const order: Node[] = [];
  const state = new Map<Node, boolean>();
  // An explicit stack: traced graphs are deeper than the call stack.
  const stack: [Node, number][] = [];
  const enter = (t: Tensor): void => {
    if (t._node && !wrt.has(t) && !state.has(t._node)) {
      state.set(t._node, false);
      stack.push([t._node, 0]);
    }
  };
  for (const output of outputs) {
    enter(output);
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      const [node, i] = top;
      if (i < node.inputs.length) {
        top[1]++;
        enter(node.inputs[i]);
        continue;
      }
      stack.pop();
      if (node.op.name !== "stopGradient" && node.inputs.some((x) => active.has(x))) {
        order.push(node);
        for (const o of node.outputs) if (isFloat(o.dtype)) active.add(o);
      }
    }
  }
  return { order: order.reverse(), active };
}

/** @internal dOutputs·cotangents / dWrt for each `wrt`; null where there is no path. */
export function vjp(
  outputs: readonly Tensor[],
  cotangents: readonly (Tensor | null)[],
  wrt: readonly Tensor[],
): (Tensor | null)[] {
  const { order, active } = dependents(outputs, new Set(wrt));
  const sums = new Map<Tensor, Tensor>();
  const contribute = (t: Tensor, g: Tensor | null): void => {
    if (!g || !active.has(t)) return;
    const shaped = sumToShape(g, t.shape);
    const have = sums.get(t);
    sums.set(t, have ? add(have, shaped) : shaped);
  };
  for (const [i, o] of outputs.entries()) contribute(o, cotangents[i]);
  for (const node of order) {
    const grads = node.outputs.map((o) => sums.get(o) ?? null);
    // Outputs without elements add nothing to any gradient.
    if (grads.every((g) => g === null || g.size === 0)) continue;
    const inputGrads = nodeGradients(node, grads, active);
    for (const [i, input] of node.inputs.entries()) contribute(input, inputGrads[i] ?? null);
  }
  return wrt.map((t) => sums.get(t) ?? null);
}

function nodeGradients(
  node: Node,
  grads: (Tensor | null)[],
  active: Set<Tensor>,
): (Tensor | null)[] {
  const { op, inputs, outputs, params } = node;
  if (op.grad) {
    const context: GradContext<Params> = {
      inputs,
      outputs,
      params,
      grads,
      get grad() {
        return grads[0] ?? zerosLike(outputs[0]);
      },
      needs: (i) => active.has(inputs[i]),
    };
    return op.grad(context);
  }
  if (!op.compose)
    throw new ValueError(
      `gradients: ${op.name} has no gradient; wrap it in stopGradient if none is wanted`,
    );
  return vjp(op.compose(inputs, params), grads, inputs);
}

/**
 * The gradient of a scalar with respect to every float tensor of a tree, as a tree of the same
 * form (zeros where the loss does not depend on a tensor; null for tensors of other dtypes).
 * @throws ShapeError where `loss` is not a scalar, DTypeError where it is not floating-point
 */
export function gradients<T>(loss: Tensor, wrt: T): T {
  if (loss.size !== 1) {
    throw new ShapeError(
      `gradients: the loss has shape ${showShape(loss.shape)}: expected a scalar; reduce it with sum or mean`,
    );
  }
  if (!isFloat(loss.dtype))
    throw new DTypeError(`gradients: the loss has dtype ${loss.dtype}: expected a float dtype`);
  const { leaves, structure } = flatten(wrt as Tree);
  const targets = leaves.filter((t) => isFloat(t.dtype));
  const found = vjp([loss], [ones(loss.shape, loss.dtype)], targets);
  const byTarget = new Map(targets.map((t, i) => [t, found[i] ?? zerosLike(t)]));
  return unflatten(
    structure,
    leaves.map((t) => byTarget.get(t) ?? null),
  ) as T;
}

/** A function's gradient with respect to some of its arguments; see `valueAndGrad`. */
export function grad<A extends unknown[], K extends number = 0>(
  fn: (...args: A) => Tensor,
  argument: K = 0 as K,
): (...args: A) => A[K] {
  const both = valueAndGrad(fn, argument);
  return (...args) => both(...args)[1];
}

/**
 * A function that gives a scalar function's value and its gradient with respect to one argument
 * (a tree). A function that returns `[loss, extra]` gives `[[loss, extra], gradient]`.
 */
export function valueAndGrad<
  A extends unknown[],
  R extends Tensor | readonly [Tensor, unknown],
  K extends number = 0,
>(fn: (...args: A) => R, argument: K = 0 as K): (...args: A) => [R, A[K]] {
  return (...args) => {
    const result = fn(...args);
    const loss = result instanceof Tensor ? result : result[0];
    return [result, gradients(loss, args[argument])];
  };
}
