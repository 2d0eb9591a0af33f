/** @file Differentiation as users meet it: first and second derivatives, trees, stops and custom rules. */
import { describe, expect, it } from "vitest";
import {
  checkpoint,
  compile,
  customGradient,
  grad,
  gradients,
  matmul,
  mul,
  randomKey,
  randomNormal,
  splitKey,
  stopGradient,
  sum,
  type Tensor,
  tanh,
  tensor,
  valueAndGrad,
} from "./index.ts";

/** A small net with a scalar loss. */
interface Net {
  w1: Tensor;
  b1: Tensor;
  w2: Tensor;
}

function net(): Net {
  const [a, b, c] = splitKey(randomKey(3), 3);
  return {
    w1: randomNormal(a, [4, 8], 0, 0.5),
    b1: randomNormal(b, [8], 0, 0.5),
    w2: randomNormal(c, [8, 1], 0, 0.5),
  };
}

const inputs = randomNormal(randomKey(9), [6, 4]);

function loss({ w1, b1, w2 }: Net): Tensor {
  return matmul(tanh(inputs.matmul(w1).add(b1)), w2)
    .square()
    .mean();
}

const inner = (a: Net, b: Net): Tensor =>
  sum(mul(a.w1, b.w1))
    .add(sum(mul(a.b1, b.b1)))
    .add(sum(mul(a.w2, b.w2)));

const moved = (p: Net, v: Net, t: number): Net => ({
  w1: p.w1.add(v.w1.mul(t)),
  b1: p.b1.add(v.b1.mul(t)),
  w2: p.w2.add(v.w2.mul(t)),
});

describe("gradients", () => {
  it("differentiates a polynomial as by hand", async () => {
    const df = grad((x: Tensor) => x.pow(3).sum());
    expect(await df(tensor([1, 2, -1])).array()).toEqual([3, 12, 3]);
    const d2f = grad((x: Tensor) => df(x).sum());
    expect(await d2f(tensor([1, 2, -1])).array()).toEqual([6, 12, -6]);
  });

  it("gives the Hessian times a vector of a small net, as finite differences of the gradient do", async () => {
    const p = net();
    const direction = net();
    const product = compile((at: Net, v: Net) => gradients(inner(gradients(loss(at), at), v), at));
    const hv = await product(p, direction);
    const slope = compile((at: Net) => gradients(loss(at), at));
    const h = 1e-2;
    const [up, down] = [await slope(moved(p, direction, h)), await slope(moved(p, direction, -h))];
    for (const key of ["w1", "b1", "w2"] as const) {
      const exact = await hv[key].numbers();
      const [a, b] = [await up[key].numbers(), await down[key].numbers()];
      const scale = Math.max(...exact.map(Math.abs));
      for (const [i, v] of exact.entries())
        expect(Math.abs((a[i] - b[i]) / (2 * h) - v) / scale).toBeLessThan(2e-3);
    }
  });

  it("gives trees of the form of the argument, null for integers, zeros for what is not used", async () => {
    const p = {
      used: tensor([2, 3]),
      unused: tensor([1]),
      count: tensor([1], { dtype: "int32" }),
      name: "x",
    };
    const g = gradients(p.used.square().sum(), p);
    expect(await g.used.array()).toEqual([4, 6]);
    expect(await g.unused.array()).toEqual([0]);
    expect(g.count).toBeNull();
    expect(g.name).toBe("x");
  });

  it("returns auxiliary results beside the value", async () => {
    const f = valueAndGrad((x: Tensor) => [x.square().sum(), { doubled: x.mul(2) }] as const);
    const [[value, extra], g] = f(tensor([3]));
    expect([await value.item(), await extra.doubled.item(), await g.item()]).toEqual([9, 6, 6]);
  });

  it("differentiates with respect to a later argument", async () => {
    const g = grad((x: Tensor, y: Tensor) => x.mul(y).sum(), 1);
    expect(await g(tensor([2, 5]), tensor([1, 1])).array()).toEqual([2, 5]);
  });

  it("adds the contributions of a tensor that is used several times", async () => {
    const x = tensor([3]);
    expect(await gradients(x.mul(x).add(x).sum(), x).item()).toBe(7);
  });

  it("stops at stopGradient", async () => {
    const x = tensor([3]);
    expect(await gradients(x.mul(stopGradient(x)).sum(), x).item()).toBe(3);
  });

  it("takes a custom gradient's word for it", async () => {
    const straightThrough = customGradient(
      (x) => x.round(),
      (g) => [g],
    );
    const x = tensor([0.3, 1.8]);
    const y = straightThrough(x);
    expect(await y.array()).toEqual([0, 2]);
    expect(await gradients(y.mul(tensor([5, 7])).sum(), x).array()).toEqual([5, 7]);
  });

  it("refuses a custom rule with the wrong number of gradients", () => {
    const x = tensor([1]);
    const wrong = customGradient(
      (a) => a.add(1),
      () => [],
    );
    expect(() => gradients(wrong(x).sum(), x)).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: customGradient: the rule must return one gradient (or null) for each of the 1 inputs]`,
    );
  });

  it("gives equal gradients through a checkpoint, of what it captures too", async () => {
    const p = net();
    const direct = gradients(loss(p), p);
    const layer = checkpoint((x: Tensor) => tanh(x.matmul(p.w1).add(p.b1)));
    const again = gradients(
      matmul(layer(inputs.mul(1)), p.w2)
        .square()
        .mean(),
      p,
    );
    const both = compile((a: Net, b: Net) => ({ a, b }));
    const { a, b } = await both(direct, again);
    for (const key of ["w1", "b1", "w2"] as const)
      expect(await a[key].numbers()).toEqual(await b[key].numbers());
  });

  it("computes a checkpointed function a second time in the compiled backward pass", async () => {
    const layer = (x: Tensor, w: Tensor): Tensor => tanh(tanh(x.matmul(w)));
    const count = async (f: typeof layer): Promise<number> => {
      const step = compile((x: Tensor, w: Tensor) =>
        valueAndGrad((v: Tensor) => f(f(x, v), v).sum())(w),
      );
      const nodes = await step.report(
        inputs.matmul(inputs.transpose()),
        tensor(new Float32Array(36), { shape: [6, 6] }),
      );
      return nodes.filter((n) => n.op === "tanh").length;
    };
    expect(await count(layer)).toBe(4);
    expect(await count(checkpoint(layer))).toBe(8);
  });

  it("differentiates graphs deeper than the call stack", async () => {
    const x = tensor([1]);
    let y: Tensor = x;
    for (let i = 0; i < 20_000; i++) y = y.add(1);
    expect(await gradients(y.sum(), x).item()).toBe(1);
  });
});
