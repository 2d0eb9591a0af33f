// A network of fully connected layers, and Adam (Kingma & Ba 2015), in plain trees of tensors.

import * as dd from "../../src/engine/index.ts";

/** Weights [in, out] and biases [out] of each layer. */
export type Mlp = { weight: dd.Tensor; bias: dd.Tensor }[];

/** Adam's running means of gradients and squared gradients, and the number of steps so far. */
export interface Adam {
  readonly first: Mlp;
  readonly second: Mlp;
  readonly steps: dd.Tensor;
}

/** Layers of the given widths; weights as He et al. 2015 draw them. */
export function mlpStart(key: dd.Tensor, widths: readonly number[]): Mlp {
  return widths.slice(1).map((width, i) => ({
    weight: dd.randomNormal(dd.foldIn(key, i), [widths[i], width], 0, Math.sqrt(2 / widths[i])),
    bias: dd.zeros([width]),
  }));
}

/** Scores of each class for each row. */
export function logits(model: Mlp, x: dd.Tensor): dd.Tensor {
  return model.reduce((h, { weight, bias }, i) => {
    const y = h.matmul(weight).add(bias);
    return i < model.length - 1 ? y.relu() : y;
  }, x);
}

/** Adam's state before the first step. */
export function adamStart(model: Mlp): Adam {
  const none = () => dd.treeMap(model, (t) => dd.zerosLike(t));
  return { first: none(), second: none(), steps: dd.scalar(0) };
}

/** The model and the optimizer's state after one step. */
export function adamStep(model: Mlp, slopes: Mlp, adam: Adam, rate: dd.Tensor) {
  const [b1, b2] = [0.9, 0.999];
  const steps = adam.steps.add(1);
  const unbiased = dd.sqrt(dd.sub(1, dd.pow(b2, steps))).div(dd.sub(1, dd.pow(b1, steps)));
  const scale = rate.mul(unbiased);
  const combine = (a: Mlp, b: Mlp, f: (x: dd.Tensor, y: dd.Tensor) => dd.Tensor): Mlp => {
    const others = dd.treeLeaves(b);
    let i = 0;
    return dd.treeMap(a, (t) => f(t, others[i++]));
  };
  const first = combine(adam.first, slopes, (m, g) => m.mul(b1).add(g.mul(1 - b1)));
  const second = combine(adam.second, slopes, (v, g) => v.mul(b2).add(g.square().mul(1 - b2)));
  const moves = combine(first, second, (m, v) => m.mul(scale).div(dd.sqrt(v).add(1e-8)));
  return { model: combine(model, moves, (w, d) => w.sub(d)), adam: { first, second, steps } };
}
