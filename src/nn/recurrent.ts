/** @file Recurrent layers. What the inputs contribute is one matrix product before the loop. */
import {
  add,
  cast,
  matmul,
  mul,
  scan,
  sigmoid,
  split,
  splitKey,
  sub,
  type Tensor,
  tanh,
  transpose,
  where,
  zeros,
} from "../engine/index.ts";
import type { AttentionContext } from "./context.ts";
import { uniformInit } from "./init.ts";
import { Module } from "./module.ts";

/** Settings of `Gru` and `Lstm`. */
export interface RecurrentOptions {
  /** Width of the input. */
  readonly in: number;
  /** Width of the state. */
  readonly width: number;
  /** Walk from the last element to the first. Default false. */
  readonly reverse?: boolean;
  readonly key: Tensor;
}

interface Walk<S> {
  readonly x: Tensor;
  readonly mask: Tensor | undefined;
  readonly initial: S;
  readonly reverse: boolean;
}

/** Time to the front: `[batch, time, ...]` to `[time, batch, ...]` and back. */
function timeFirst(x: Tensor): Tensor {
  return transpose(x, [1, 0, ...Array.from({ length: x.rank - 2 }, (_, i) => i + 2)]);
}

/**
 * Runs a cell over time. Where the mask is 0 the state stays as it was, so padding changes nothing.
 * @param xs what the inputs contribute, trees of `[time, batch, ...]`
 */
function walk<S extends Readonly<Record<string, Tensor>> & { h: Tensor }, X>(
  { mask, initial, reverse }: Omit<Walk<S>, "x">,
  xs: X,
  cell: (state: S, x: X) => S,
): { output: Tensor; state: S } {
  const present = mask ? timeFirst(cast(mask, "bool").expandDims(2)) : null;
  const [state, output] = scan(
    (before: S, { x, valid }: { x: X; valid: Tensor | null }) => {
      const after = cell(before, x);
      const kept = valid
        ? (Object.fromEntries(
            Object.entries(after).map(([k, t]) => [k, where(valid, t, before[k])]),
          ) as S)
        : after;
      return [kept, kept.h] as const;
    },
    initial,
    { x: xs, valid: present },
    { reverse },
  );
  return { output: timeFirst(output), state };
}

/** Weights of a recurrent layer with `gates` gates. */
abstract class RecurrentLayer extends Module {
  /** `[gates · width, in]`. */
  inputWeight: Tensor;
  /** `[gates · width, width]`. */
  hiddenWeight: Tensor;
  /** `[gates · width]`. */
  inputBias: Tensor;
  /** `[gates · width]`. */
  hiddenBias: Tensor;
  readonly width: number;
  readonly reverse: boolean;

  constructor({ in: fanIn, width, key, reverse = false }: RecurrentOptions, gates: number) {
    super();
    const init = uniformInit(1 / Math.sqrt(width));
    const keys = splitKey(key, 4);
    this.inputWeight = init(keys[0], [gates * width, fanIn]);
    this.hiddenWeight = init(keys[1], [gates * width, width]);
    this.inputBias = init(keys[2], [gates * width]);
    this.hiddenBias = init(keys[3], [gates * width]);
    this.width = width;
    this.reverse = reverse;
  }

  protected zeroState(x: Tensor): Tensor {
    return zeros([x.shape[0], this.width], x.dtype);
  }
}

/**
 * Gated recurrent unit (Cho et al. 2014) with the reset gate applied after the recurrent product, as
 * kernels have it; gates in the order reset, update, candidate.
 */
export class Gru extends RecurrentLayer {
  constructor(options: RecurrentOptions) {
    super(options, 3);
  }

  /** `[batch, time, in]` gives `[batch, time, width]`. */
  forward(x: Tensor, ctx: AttentionContext = {}): Tensor {
    return this.run(x, ctx).output;
  }

  /** The outputs, and the state after the last step, `h` `[batch, width]`. */
  run(
    x: Tensor,
    ctx: AttentionContext = {},
    initial: { h: Tensor } = { h: this.zeroState(x) },
  ): { output: Tensor; state: { h: Tensor } } {
    const sizes = [2 * this.width, this.width];
    const [gateBias, candidateBias] = split(this.hiddenBias, sizes);
    const [inputGates, candidate] = split(
      add(matmul(timeFirst(x), this.inputWeight, { transposeB: true }), this.inputBias),
      sizes,
      -1,
    );
    const xs = { gates: add(inputGates, gateBias), candidate };
    const { mask } = ctx;
    return walk({ mask, initial, reverse: this.reverse }, xs, ({ h }, now) => {
      const product = matmul(h, this.hiddenWeight, { transposeB: true });
      const [hiddenGates, hidden] = split(product, sizes, -1);
      const [reset, update] = split(sigmoid(add(now.gates, hiddenGates)), 2, -1);
      const fresh = tanh(add(now.candidate, mul(reset, add(hidden, candidateBias))));
      return { h: add(fresh, mul(update, sub(h, fresh))) };
    });
  }
}

/** Long short-term memory (Hochreiter & Schmidhuber 1997; Gers et al. 2000); gates in the order input, forget, cell, output. */
export class Lstm extends RecurrentLayer {
  constructor(options: RecurrentOptions) {
    super(options, 4);
  }

  /** `[batch, time, in]` gives `[batch, time, width]`. */
  forward(x: Tensor, ctx: AttentionContext = {}): Tensor {
    return this.run(x, ctx).output;
  }

  /** The outputs, and the state after the last step: `h` and `c`, each `[batch, width]`. */
  run(
    x: Tensor,
    ctx: AttentionContext = {},
    initial: { h: Tensor; c: Tensor } = { h: this.zeroState(x), c: this.zeroState(x) },
  ): { output: Tensor; state: { h: Tensor; c: Tensor } } {
    const bias = add(this.inputBias, this.hiddenBias);
    const xs = add(matmul(timeFirst(x), this.inputWeight, { transposeB: true }), bias);
    const { mask } = ctx;
    return walk({ mask, initial, reverse: this.reverse }, xs, ({ h, c }, now) => {
      const gates = add(now, matmul(h, this.hiddenWeight, { transposeB: true }));
      const [input, forget, cell, output] = split(gates, 4, -1);
      const next = add(mul(sigmoid(forget), c), mul(sigmoid(input), tanh(cell)));
      return { h: mul(sigmoid(output), tanh(next)), c: next };
    });
  }
}
