/** @file Connectionist temporal classification (Graves et al. 2006). */
import {
  add,
  broadcastTo,
  concat,
  div,
  expandDims,
  full,
  greater,
  less,
  logicalAnd,
  logSoftmax,
  logSumExp,
  maximum,
  mul,
  neg,
  notEqual,
  reshape,
  ShapeError,
  scan,
  slice,
  stack,
  type Tensor,
  takeAlongAxis,
  tensor,
  transpose,
  where,
} from "../engine/index.ts";
import { type LossOptions, reduceLoss } from "./losses.ts";

/** A logarithm of zero that can be added to without becoming NaN. */
const LOG_ZERO = -1e30;
/** Larger losses come from `LOG_ZERO`: no path exists. */
const IMPOSSIBLE = 1e20;

/** Settings of `ctcLoss`. */
export interface CtcOptions extends LossOptions {
  /** `[batch]` int32: frames of each row. Default all. */
  readonly frames?: Tensor;
  /** `[batch]` int32: labels of each row. Default all. */
  readonly lengths?: Tensor;
  /** The class that stands for nothing. Default 0. */
  readonly blank?: number;
  /** Rows whose labels do not fit into their frames count as 0, not as infinity. Default false. */
  readonly zeroInfinity?: boolean;
}

/** Labels with a blank before, between and after: `[batch, n]` to `[batch, 2n + 1]`. */
function withBlanks(labels: Tensor, blank: number): Tensor {
  const [batch, n] = labels.shape;
  const blanks = full([batch, n, 1], blank, labels.dtype);
  const pairs = reshape(concat([blanks, expandDims(labels, 2)], 2), [batch, 2 * n]);
  return concat([pairs, full([batch, 1], blank, labels.dtype)], 1);
}

/** States moved up by `steps`, with log 0 moving in. */
function shifted(alpha: Tensor, steps: number): Tensor {
  const [batch, states] = alpha.shape;
  const entering = full([batch, Math.min(steps, states)], LOG_ZERO, alpha.dtype);
  if (states <= steps) return entering;
  return concat([entering, slice(alpha, [0, 0], [batch, states - steps])], 1);
}

/**
 * Minus the log-probability of labels `[batch, n]` (int32) given logits `[batch, frames, classes]`,
 * summed over all alignments by the forward recursion in log space (equations 5 to 8). The mean
 * divides each row by its number of labels first.
 * @throws ShapeError where logits and labels do not fit
 */
export function ctcLoss(logits: Tensor, labels: Tensor, options: CtcOptions = {}): Tensor {
  const { blank = 0, reduction = "mean", zeroInfinity = false } = options;
  if (logits.rank !== 3 || labels.rank !== 2 || logits.shape[0] !== labels.shape[0]) {
    throw new ShapeError(
      `ctcLoss: expected logits [batch, frames, classes] and labels [batch, n], got [${logits.shape}] and [${labels.shape}]`,
    );
  }
  const [batch, time] = logits.shape;
  const n = labels.shape[1];
  const frames = options.frames ?? full([batch], time, "int32");
  const lengths = options.lengths ?? full([batch], n, "int32");
  const last = finalStates(logits, withBlanks(labels, blank), frames, blank);
  const at = (index: Tensor): Tensor =>
    reshape(takeAlongAxis(last, expandDims(index, 1), 1), [batch]);
  const end = mul(lengths, 2);
  // A row without labels has one last state, the blank, and not two.
  const inLabel = where(greater(lengths, 0), at(maximum(end.sub(1), 0)), LOG_ZERO);
  const loss = neg(logSumExp(stack([at(end), inLabel]), { axis: 0 }));
  const none = zeroInfinity ? 0 : Number.POSITIVE_INFINITY;
  const losses = where(less(loss, IMPOSSIBLE), loss, none);
  if (reduction !== "mean") return reduceLoss(losses, reduction);
  return reduceLoss(div(losses, maximum(lengths, 1).cast(logits.dtype)));
}

/** log α of every state after each row's last frame, `[batch, states]`. */
function finalStates(logits: Tensor, states: Tensor, frames: Tensor, blank: number): Tensor {
  const [batch, time] = logits.shape;
  const count = states.shape[1];
  const index = broadcastTo(expandDims(states, 1), [batch, time, count]);
  const emissions = transpose(takeAlongAxis(logSoftmax(logits), index, 2), [1, 0, 2]);
  // A blank may be left out between two labels that differ.
  const before = concat(
    [full([batch, 2], blank, states.dtype), slice(states, [0, 0], [batch, count - 2])],
    1,
  );
  const maySkip = logicalAnd(notEqual(states, blank), notEqual(states, before));
  const opening = tensor(Float32Array.from({ length: count }, (_, s) => (s < 2 ? 0 : LOG_ZERO)));
  const initial = add(reshape(slice(emissions, [0], [1]), [batch, count]), opening);
  const times = tensor(Int32Array.from({ length: time - 1 }, (_, t) => t + 1));
  const [final] = scan(
    (alpha: Tensor, { emission, t }: { emission: Tensor; t: Tensor }) => {
      const skipped = where(maySkip, shifted(alpha, 2), LOG_ZERO);
      const reached = logSumExp(stack([alpha, shifted(alpha, 1), skipped]), { axis: 0 });
      const running = expandDims(less(broadcastTo(t, [batch]), frames), 1);
      return [where(running, add(reached, emission), alpha), null] as const;
    },
    initial,
    { emission: slice(emissions, [1], [time]), t: times },
  );
  return final;
}
