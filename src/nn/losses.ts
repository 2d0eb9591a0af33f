/** @file Losses on predictions: cross-entropy, binary cross-entropy, squared, absolute, Huber, Kullback-Leibler. */
import {
  abs,
  add,
  cast,
  crossEntropyRows,
  div,
  equal,
  exp,
  gather,
  log1p,
  logSoftmax,
  maximum,
  mean,
  minimum,
  mul,
  neg,
  notEqual,
  onesLike,
  ShapeError,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  where,
} from "../engine/index.ts";

/** How the losses of single elements become one number; `none` leaves them. Default `mean`. */
export type Reduction = "mean" | "sum" | "none";

/** Settings that every loss takes. */
export interface LossOptions {
  readonly reduction?: Reduction;
}

/** Mean, sum, or the losses as they are. */
export function reduceLoss(losses: Tensor, reduction: Reduction = "mean"): Tensor {
  if (reduction === "none") return losses;
  return reduction === "sum" ? sum(losses) : mean(losses);
}

function checkSame(name: string, a: Tensor, b: Tensor): void {
  if (a.rank === b.rank && a.shape.every((size, i) => size === b.shape[i])) return;
  throw new ShapeError(
    `${name}: predictions [${a.shape}] and targets [${b.shape}] must have the same shape`,
  );
}

/** Settings of `crossEntropy`. */
export interface CrossEntropyOptions extends LossOptions {
  /** Share of the target that is spread evenly over all classes (Szegedy et al. 2016). Default 0. */
  readonly labelSmoothing?: number;
  /** Positions with this label do not count. */
  readonly ignoreIndex?: number;
  /** A weight for each class; the mean is then over the weights of the targets. */
  readonly weights?: readonly number[];
}

/**
 * Cross-entropy of logits `[..., classes]` with class numbers `[...]` (int32 or int64), in nats.
 * @throws ShapeError where labels do not have the logits' leading shape
 */
export function crossEntropy(
  logits: Tensor,
  labels: Tensor,
  options: CrossEntropyOptions = {},
): Tensor {
  const { labelSmoothing = 0, ignoreIndex, weights, reduction } = options;
  const expected = logits.shape.slice(0, -1);
  if (labels.rank !== expected.length || expected.some((size, i) => size !== labels.shape[i])) {
    throw new ShapeError(
      `crossEntropy: logits [${logits.shape}] need labels [${expected}], got [${labels.shape}]`,
    );
  }
  const valid = ignoreIndex === undefined ? null : notEqual(labels, ignoreIndex);
  const safe = valid ? where(valid, labels, 0) : labels;
  const classWeights = weights ? classTable(weights, logits) : null;
  const own = classWeights ? gather(classWeights, safe) : null;
  const present = valid ? cast(valid, logits.dtype) : null;
  const counted = own && present ? mul(own, present) : (own ?? present);
  const nll = crossEntropyRows(logits, safe);
  let losses = own ? mul(nll, own) : nll;
  if (labelSmoothing > 0) {
    const logp = logSoftmax(logits);
    const spread = neg(mean(classWeights ? mul(logp, classWeights) : logp, { axis: -1 }));
    losses = add(mul(losses, 1 - labelSmoothing), mul(spread, labelSmoothing));
  }
  if (present) losses = mul(losses, present);
  if (!counted || reduction === "none" || reduction === "sum") return reduceLoss(losses, reduction);
  // With nothing that counts the loss is 0, not 0/0.
  const total = sum(counted);
  return div(sum(losses), where(equal(total, 0), onesLike(total), total));
}

function classTable(weights: readonly number[], logits: Tensor): Tensor {
  const classes = logits.shape.at(-1);
  if (weights.length !== classes) {
    throw new ShapeError(
      `crossEntropy: ${classes} classes need as many weights, got ${weights.length}`,
    );
  }
  return tensor([...weights], { dtype: logits.dtype });
}

/** Settings of `binaryCrossEntropy`. */
export interface BinaryCrossEntropyOptions extends LossOptions {
  /** Weight of the positive targets. Default 1. */
  readonly positiveWeight?: number;
}

/**
 * Binary cross-entropy of logits with targets in [0, 1] of the same shape, from
 * max(x, 0) - x·t + log(1 + exp(-|x|)), which is safe for large logits.
 */
export function binaryCrossEntropy(
  logits: Tensor,
  targets: Tensor,
  { positiveWeight = 1, reduction }: BinaryCrossEntropyOptions = {},
): Tensor {
  checkSame("binaryCrossEntropy", logits, targets);
  const t = cast(targets, logits.dtype);
  // -log(1 - sigmoid(x)) = max(x, 0) + log1p(exp(-|x|)), and -log sigmoid(x) is that minus x.
  const negative = add(maximum(logits, 0), log1p(exp(neg(abs(logits)))));
  if (positiveWeight === 1) return reduceLoss(sub(negative, mul(logits, t)), reduction);
  const positive = mul(sub(negative, logits), positiveWeight);
  return reduceLoss(add(mul(positive, t), mul(negative, add(neg(t), 1))), reduction);
}

/** Mean squared error. */
export function meanSquaredLoss(
  predictions: Tensor,
  targets: Tensor,
  { reduction }: LossOptions = {},
): Tensor {
  checkSame("meanSquaredLoss", predictions, targets);
  return reduceLoss(square(sub(predictions, targets)), reduction);
}

/** Mean absolute error. */
export function meanAbsoluteLoss(
  predictions: Tensor,
  targets: Tensor,
  { reduction }: LossOptions = {},
): Tensor {
  checkSame("meanAbsoluteLoss", predictions, targets);
  return reduceLoss(abs(sub(predictions, targets)), reduction);
}

/** Huber 1964: half the square up to `delta`, then linear with slope `delta`. */
export function huberLoss(
  predictions: Tensor,
  targets: Tensor,
  { delta = 1, reduction }: LossOptions & { readonly delta?: number } = {},
): Tensor {
  checkSame("huberLoss", predictions, targets);
  const error = abs(sub(predictions, targets));
  // With q = min(e, δ): ½q² + δ(e - q) is both branches at once.
  const near = minimum(error, delta);
  const losses = add(mul(square(near), 0.5), mul(sub(error, near), delta));
  return reduceLoss(losses, reduction);
}

/**
 * Kullback-Leibler divergence Σ p·(log p - log q) over the last axis, from logits of both
 * distributions `[..., classes]`; the target's own gradient is kept.
 */
export function klDivergence(
  logits: Tensor,
  targetLogits: Tensor,
  { reduction }: LossOptions = {},
): Tensor {
  checkSame("klDivergence", logits, targetLogits);
  const target = logSoftmax(targetLogits);
  const losses = sum(mul(exp(target), sub(target, logSoftmax(logits))), { axis: -1 });
  return reduceLoss(losses, reduction);
}
