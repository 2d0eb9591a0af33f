/** @file Functions that say how they are differentiated: `checkpoint` and `customGradient`. */
import { vjp } from "../autodiff.ts";
import { bodyInput, captureBody, inlineBody, type TracedBody } from "../body.ts";
import { isFloat } from "../dtype.ts";
import { ValueError } from "../errors.ts";
import { flopsOf } from "../graph.ts";
import { defineOp, type OpDef, type Params } from "../op.ts";
import { apply, apply1, Tensor } from "../tensor.ts";
import { flatten, unflatten } from "../tree.ts";
import { barrier } from "./cast.ts";

interface CheckpointParams extends Params {
  readonly body: TracedBody;
}

const checkpointOp: OpDef<CheckpointParams> = defineOp<CheckpointParams>({
  name: "checkpoint",
  infer: (_inputs, { body }) => body.graph.outputs.map(({ shape, dtype }) => ({ shape, dtype })),
  grad({ inputs, grads, params: { body }, needs }) {
    // The body again, from inputs that only become available with the incoming gradient: nothing of
    // it is shared with the forward pass, and it cannot be scheduled before the backward pass.
    const after = grads.find((g) => g !== null) as Tensor;
    const computed = inputs.some((x) => x._node !== null && !x._storage);
    const again = inputs.map((x) =>
      isFloat(x.dtype) && (!computed || (x._node && !x._storage)) ? barrier(x, after) : x,
    );
    const targets = again.flatMap((x, i) => (needs(i) && isFloat(x.dtype) ? [i] : []));
    const found = vjp(
      inlineBody(body, again),
      grads,
      targets.map((i) => again[i]),
    );
    return inputs.map((_, i) => found[targets.indexOf(i)] ?? null);
  },
  compose: (inputs, { body }) => inlineBody(body, inputs),
  flops: (_inputs, { body }) => body.graph.nodes.reduce((n, node) => n + flopsOf(node), 0),
});

/**
 * A function that does not keep its intermediate values for the gradient, but computes them again
 * from its arguments when they are needed (Chen et al. 2016): less memory for more arithmetic. The
 * arguments and the result are trees of tensors; what the function captures is differentiated too.
 */
export function checkpoint<A extends unknown[], R>(fn: (...args: A) => R): (...args: A) => R {
  return (...args) => {
    const given = flatten(args);
    const inputs = given.leaves.map((t) => bodyInput(t, "an argument of a checkpoint"));
    const result = flatten(fn(...(unflatten(given.structure, inputs) as A)));
    const { body, captured } = captureBody(inputs, result.leaves);
    const outputs = apply(checkpointOp, [...given.leaves, ...captured], { body });
    return unflatten(result.structure, outputs) as R;
  };
}

/** What the gradient rule of `customGradient` is given. */
export interface CustomGradientContext {
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
}

/** Gradients of the inputs from that of the output; null for an input that has none. */
export type CustomGradientRule = (
  grad: Tensor,
  context: CustomGradientContext,
) => readonly (Tensor | null)[];

interface CustomParams extends Params {
  readonly rule: CustomGradientRule;
}

/** Inputs: those of the function, then its result, which is handed through. */
const customGradientOp: OpDef<CustomParams> = defineOp<CustomParams>({
  name: "customGradient",
  infer(inputs) {
    const { shape, dtype } = inputs[inputs.length - 1];
    return [{ shape, dtype }];
  },
  grad({ inputs, outputs: [output], grad, params: { rule } }) {
    const given = inputs.slice(0, -1);
    const found = rule(grad, { inputs: given, output });
    if (!Array.isArray(found) || found.length !== given.length) {
      throw new ValueError(
        `customGradient: the rule must return one gradient (or null) for each of the ${given.length} inputs`,
      );
    }
    return [...found, null];
  },
  compose: (inputs) => [inputs[inputs.length - 1]],
  flops: () => 0,
});

/**
 * `fn` with a gradient of one's own: `rule(grad, { inputs, output })` gives the gradient of each
 * input, in ordinary ops, so that it can be differentiated again. `fn` takes tensors and gives one;
 * tensors that it captures get no gradient.
 */
export function customGradient(
  fn: (...inputs: Tensor[]) => Tensor,
  rule: CustomGradientRule,
): (...inputs: Tensor[]) => Tensor {
  return (...inputs) => {
    const result = fn(...inputs);
    if (!(result instanceof Tensor))
      throw new ValueError("customGradient: the function must return one tensor");
    return apply1(customGradientOp, [...inputs, result], { rule });
  };
}
