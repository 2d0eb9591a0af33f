import { describe, expect, test } from "vitest";
import { compile, type Tensor, tensor } from "../engine/index.ts";
import {
  Adafactor,
  type AdafactorState,
  Adam,
  AdamW,
  constant,
  Lion,
  noDecay,
  type Optimizer,
  Sgd,
} from "./index.ts";

const wave = (size: number, start: number, scale = 1) =>
  Float32Array.from({ length: size }, (_, i) => scale * Math.sin(start + 0.7 * i));

/** Parameters after `steps` updates from sin(0.5 + 0.7 i) with gradients k·sin(1 + k + 0.7 i). */
async function trajectory<S>(optimizer: Optimizer<S>, steps = 4): Promise<number[]> {
  const step = compile(
    (params: { p: Tensor }, state: S, g: Tensor) => optimizer.update(params, { p: g }, state),
    { donate: [0, 1] },
  );
  let params = { p: tensor(wave(3, 0.5)) };
  let state = optimizer.init(params);
  for (let k = 1; k <= steps; k++) {
    ({ params, state } = await step(params, state, tensor(wave(3, 1 + k, k))));
  }
  return params.p.numbers();
}

function expectNear(actual: readonly number[], expected: readonly number[], tolerance = 2e-6) {
  for (const [i, v] of expected.entries()) {
    expect(Math.abs(actual[i]! - v), `${actual} should be ${expected}`).toBeLessThan(tolerance);
  }
}

// Figures by ../nn/fixtures/torch_figures.py.
describe("the same path as torch.optim of PyTorch 2.13", () => {
  const cases: [string, Optimizer, number[]][] = [
    ["Sgd", new Sgd({ learningRate: 0.1 }), [0.970882, 1.515519, 1.347384]],
    [
      "Sgd with momentum and weight decay",
      new Sgd({ learningRate: 0.1, momentum: 0.9, weightDecay: 0.05 }),
      [0.887145, 1.819029, 1.895396],
    ],
    [
      "Sgd with Nesterov's momentum",
      new Sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true }),
      [1.35406, 2.352903, 2.245139],
    ],
    [
      "Adam with an L2 penalty",
      new Adam({ learningRate: 0.1, weightDecay: 0.05 }),
      [0.387727, 1.022151, 1.278781],
    ],
    ["AdamW", new AdamW({ learningRate: 0.1, weightDecay: 0.05 }), [0.382851, 1.011365, 1.261287]],
  ];
  test.each(cases)("%s", async (_name, optimizer, expected) => {
    expectNear(await trajectory(optimizer), expected);
  });

  test("AdamW over 300 steps", async () => {
    const optimizer = new AdamW({ learningRate: 0.01, weightDecay: 0.05 });
    expectNear(await trajectory(optimizer, 300), [0.409836, 0.812608, 0.841552], 2e-5);
  });
});

test("Lion steps along the sign of the blend (algorithm 2, by hand)", async () => {
  const optimizer = new Lion({ learningRate: 0.1, weightDecay: 0.5 });
  const p = wave(3, 0.5);
  const m = [0, 0, 0];
  for (let k = 1; k <= 4; k++) {
    const g = wave(3, 1 + k, k);
    for (const i of m.keys()) {
      const direction = Math.sign(0.9 * m[i]! + 0.1 * g[i]!);
      p[i]! -= 0.1 * (direction + 0.5 * p[i]!);
      m[i] = 0.99 * m[i]! + 0.01 * g[i]!;
    }
  }
  expectNear(await trajectory(optimizer), [...p]);
});

describe("Adafactor", () => {
  test("of a vector: full second moments, clipped, scaled by the parameter (by hand)", async () => {
    const p = wave(3, 0.5);
    const v = [0, 0, 0];
    for (let t = 1; t <= 4; t++) {
      const g = wave(3, 1 + t, t);
      const fresh = t ** -0.8;
      for (const i of v.keys()) v[i] = v[i]! * (1 - fresh) + fresh * (g[i]! ** 2 + 1e-30);
      const u = v.map((x, i) => g[i]! / Math.sqrt(x));
      const rms = (x: ArrayLike<number>) =>
        Math.sqrt(Array.from(x).reduce((sum, y) => sum + y * y, 0) / x.length);
      const rate = Math.max(1e-3, rms(p)) * Math.min(0.01, 1 / Math.sqrt(t));
      const limit = Math.max(1, rms(u));
      for (const i of v.keys()) p[i]! -= (rate * u[i]!) / limit;
    }
    expectNear(await trajectory(new Adafactor()), [...p]);
  });

  test("of a matrix: row and column means stand for all of it", async () => {
    const optimizer = new Adafactor({ learningRate: 1, scaleByParameter: false, clip: 1e9 });
    const p = tensor([
      [0, 0, 0],
      [0, 0, 0],
    ]);
    const g = [
      [1, 2, 3],
      [2, 4, 6],
    ];
    const first = optimizer.update(p, tensor(g), optimizer.init(p));
    // g² has rank 1, so the estimate is exact and every step has size 1.
    expectNear(await first.params.numbers(), [-1, -1, -1, -1, -1, -1]);
    const state: AdafactorState = first.state;
    expectNear(await state.rows[""]!.numbers(), [14 / 3, 56 / 3], 1e-5);
    expectNear(await state.columns[""]!.numbers(), [2.5, 10, 22.5], 1e-5);
  });
});

describe("settings", () => {
  const params = { w: tensor([[1, 1]]), b: tensor([1, 1]) };
  const grads = { w: tensor([[0, 0]]), b: tensor([0, 0]) };

  test("groups: no decay for vectors, another rate by pattern", async () => {
    const decays = new AdamW({ learningRate: 0.5, weightDecay: 0.2, groups: [noDecay] });
    const { params: p } = decays.update(params, grads, decays.init(params));
    expectNear(await p.w.numbers(), [0.9, 0.9]);
    expectNear(await p.b.numbers(), [1, 1]);

    const slow = new Sgd({ learningRate: 0.5, groups: [{ match: /^b$/, rateScale: 0.1 }] });
    const slopes = { w: tensor([[1, 1]]), b: tensor([1, 1]) };
    const { params: q } = slow.update(params, slopes, slow.init(params));
    expectNear(await q.w.numbers(), [0.5, 0.5]);
    expectNear(await q.b.numbers(), [0.95, 0.95]);
  });

  test("a rate given to update takes the place of the optimizer's", async () => {
    const sgd = new Sgd({ learningRate: constant(9) });
    const options = { learningRate: tensor(0.25) };
    const slopes = { w: tensor([[1, 1]]), b: tensor([1, 1]) };
    const { params: p } = sgd.update(params, slopes, sgd.init(params), options);
    expectNear(await p.b.numbers(), [0.75, 0.75]);
  });

  test("gradients of another tree are refused", () => {
    const sgd = new Sgd({ learningRate: 1 });
    const fewer = { w: grads.w } as typeof params;
    expect(() => sgd.update(params, fewer, sgd.init(params))).toThrow(
      "Sgd.update: 2 parameters and 1 gradients",
    );
  });

  test("decay rates outside [0, 1) are refused", () => {
    expect(() => new AdamW({ learningRate: 1, beta2: 1 })).toThrow(
      "AdamW: beta2: expected at least 0 and below 1, got 1",
    );
  });
});
