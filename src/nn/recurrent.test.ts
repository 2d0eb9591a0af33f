import { describe, expect, test } from "vitest";
import { gradients, randomKey, tensor, zeros } from "../engine/index.ts";
import { Gru, Lstm, RecurrentStack } from "./index.ts";
import { expectClose, fillWithWaves, wave } from "./testing.ts";

// PyTorch's figures by fixtures/torch_figures.py, on the same inputs.
const x = wave([2, 4, 2], 0.2);
const sizes = { in: 2, width: 3, key: randomKey(0) };

describe("recurrent layers have PyTorch's outputs and gradients", () => {
  test("Gru", async () => {
    const gru = fillWithWaves(new Gru(sizes), [0, 1, 2, 3]);
    const y = gru.forward(x);
    await expectClose(
      y,
      [
        0.709849, 0.38223, 0.162172, 0.965421, 0.043114, -0.106903, 0.876097, 0.735183, 0.684668,
        0.87412, 0.91491, 0.96904, 0.160375, 0.569351, 0.572349, 0.917402, -0.437448, 0.31172,
        0.935791, 0.552866, 0.245956, 0.908692, 0.872717, 0.924427,
      ],
    );
    const slopes = gradients(y.mul(wave([2, 4, 3], 3)).sum(), { x, w: gru.hiddenWeight });
    await expectClose(
      slopes.x,
      [
        0.281936, 0.451132, -0.121016, -0.018878, -0.053266, -0.236239, 0.051824, 0.082174,
        -0.717972, -0.157937, -0.288187, -0.567169, 0.493163, 0.545277, -0.062216, 0.007154,
      ],
    );
    await expectClose(slopes.w.at(0), [0.014463, -0.001322, -0.011628]);
  });

  test("Lstm", async () => {
    const lstm = fillWithWaves(new Lstm(sizes), [0, 1, 2, 3]);
    const y = lstm.forward(x);
    await expectClose(
      y,
      [
        0.483053, 0.289794, 0.02802, 0.66604, 0.232319, 0.007837, 0.647088, 0.13331, 0.02365,
        0.550653, 0.028313, 0.021708, 0.207162, 0.142192, 0.034759, 0.621278, 0.206934, 0.024411,
        0.65093, 0.308649, 0.016645, 0.632997, 0.040866, 0.023908,
      ],
    );
    const slopes = gradients(y.mul(wave([2, 4, 3], 3)).sum(), { x, w: lstm.hiddenWeight });
    await expectClose(
      slopes.x,
      [
        -0.043851, 0.045307, 0.022959, 0.060171, 0.140239, 0.163119, -0.011506, 0.006642, -0.442635,
        -0.256112, -0.147291, -0.403686, -0.097844, -0.039839, -0.06157, -0.106759,
      ],
    );
    await expectClose(slopes.w.at(0), [-0.00659, -0.004311, -0.000041]);
  });
});

describe("masks and directions", () => {
  const gru = fillWithWaves(new Gru(sizes), [0, 1, 2, 3]);

  test("padding leaves the state of a shorter row as it was", async () => {
    const mask = tensor([
      [1, 1, 1, 1],
      [1, 1, 0, 0],
    ]);
    const short = gru.run(x.at([1, 2], [0, 2]));
    const masked = gru.run(x, { mask });
    await expectClose(masked.state.h.at(1), await short.state.h.numbers(), 1e-6);
  });

  test("reading backwards is reading the reversed row forwards", async () => {
    const back = fillWithWaves(new Gru({ ...sizes, reverse: true }), [0, 1, 2, 3]);
    const expected = gru.forward(x.flip(1)).flip(1);
    await expectClose(back.forward(x), await expected.numbers(), 1e-6);
  });

  test("a given state goes on where another run ended", async () => {
    const first = gru.run(x.at(null, [0, 3]));
    const rest = gru.run(x.at(null, [3, 4]), {}, first.state);
    const whole = await gru.run(x).state.h.numbers();
    await expectClose(rest.state.h, whole, 1e-6);
  });

  test("a stack of two layers in both directions gives twice the width", () => {
    const stack = new RecurrentStack({
      kind: "lstm",
      in: 2,
      width: 3,
      layers: 2,
      bidirectional: true,
      key: randomKey(1),
    });
    expect(stack.forward(zeros([2, 4, 2])).shape).toEqual([2, 4, 6]);
    // Per direction 4 gates of width 3 from 2 (then 6) inputs and 3 states, with two biases.
    expect(stack.countParameters()).toBe(2 * 12 * (2 + 3 + 2) + 2 * 12 * (6 + 3 + 2));
  });
});
