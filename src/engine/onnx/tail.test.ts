import { describe, expect, it } from "vitest";
import {
  type CompiledFunction,
  compile,
  mean,
  ones,
  randomKey,
  randomNormal,
  scalar,
  sign,
  type Tensor,
  tensor,
  zeros,
} from "../index.ts";

interface State {
  w: Tensor;
  m: Tensor;
  v: Tensor;
  t: Tensor;
}

/** Adam (Kingma & Ba 2015) with decoupled weight decay, on the loss mean((xw)²). */
function adamStep(s: State, x: Tensor): { state: State; loss: Tensor } {
  const loss = mean(x.matmul(s.w).square());
  const g = x
    .transpose()
    .matmul(x.matmul(s.w))
    .mul(2 / (x.shape[0] * s.w.shape[1]));
  const t = s.t.add(1);
  const m = s.m.mul(0.9).add(g.mul(0.1));
  const v = s.v.mul(0.99).add(g.square().mul(0.01));
  const c1 = scalar(1).sub(scalar(0.9).pow(t));
  const c2 = scalar(1).sub(scalar(0.99).pow(t));
  const w = s.w.mul(0.999).sub(m.div(c1).mul(0.01).div(v.div(c2).sqrt().add(1e-8)));
  return { state: { w, m, v, t }, loss };
}

const start = async (): Promise<State> => {
  // 77 elements: not a multiple of the four lanes.
  const w = tensor(
    new Float32Array((await randomNormal(randomKey(1), [7, 11]).data()) as Float32Array),
    { shape: [7, 11] },
  );
  return { w, m: zeros([7, 11]), v: zeros([7, 11]), t: scalar(0) };
};

async function losses(
  step: CompiledFunction<[State, Tensor], { state: State; loss: Tensor }>,
): Promise<number[]> {
  const x = randomNormal(randomKey(2), [5, 7]);
  let state = await start();
  const out: number[] = [];
  for (let i = 0; i < 8; i++) {
    const r = await step(state, x);
    state = r.state;
    out.push(await r.loss.item());
  }
  return out;
}

describe("optimizer updates in place", () => {
  it("run as SIMD loops and follow the interpreter", async () => {
    const step = compile(adamStep, { donate: [0], backend: "onnx" });
    const fast = await losses(step);
    const slow = await losses(compile(adamStep, { backend: "js" }));
    for (const [i, l] of fast.entries()) expect(l).toBeCloseTo(slow[i], 5);
    const report = await step.report(await start(), ones([5, 7]));
    expect(report.filter((n) => n.provider === "wasm simd").length).toBeGreaterThan(8);
  });

  it("leave what the user read before a step as it was", async () => {
    const step = compile(adamStep, { donate: [0], backend: "onnx" });
    const x = ones([5, 7]);
    const first = await step(await start(), x);
    const held = await first.state.w.data();
    const copy = Float32Array.from(held as Float32Array);
    const second = await step(first.state, x);
    expect(held).toEqual(copy);
    expect(await second.state.w.data()).not.toEqual(copy);
    await expect(first.state.w.data()).rejects.toThrow("donated to a compiled function");
  });

  it("take state back in another order, and state that stands elsewhere", async () => {
    const swap = compile(
      (s: { a: Tensor; b: Tensor }) => ({ a: s.a.add(s.b.mul(0)), b: s.b.mul(2) }),
      { donate: [0], backend: "onnx" },
    );
    const one = await swap({ a: tensor([1, 2, 3]), b: tensor([10, 20, 30]) });
    const two = await swap({ a: one.b, b: one.a });
    expect(await two.a.array()).toEqual([20, 40, 60]);
    expect(await two.b.array()).toEqual([2, 4, 6]);
  });

  it("know the sign that Lion takes", async () => {
    const lion = compile(
      (s: Tensor[], g: Tensor) => [
        s[0].sub(sign(s[1].mul(0.9).add(g.mul(0.1))).mul(0.5)),
        s[1].mul(0.99).add(g.mul(0.01)),
      ],
      { donate: [0], backend: "onnx" },
    );
    const [w, m] = await lion([tensor([1, 1, 1]), zeros([3])], tensor([3, 0, -2]));
    expect(await w.array()).toEqual([0.5, 1, 1.5]);
    expect((await m.numbers())[0]).toBeCloseTo(0.03, 6);
  });

  it("export the whole step, not only the session's part", async () => {
    const step = compile(adamStep, { donate: [0], backend: "onnx" });
    const model = await step.exportOnnx(await start(), ones([5, 7]));
    const ort = await import("onnxruntime-node");
    const session = await ort.InferenceSession.create(model);
    expect(session.outputNames.length).toBe(5);
  });
});

describe("tied weights", () => {
  it("stay one tensor through a step that is donated its state", async () => {
    const shared = tensor([1, 2]);
    const double = (s: { embed: Tensor; head: Tensor }): { embed: Tensor; head: Tensor } => {
      expect(s.head).toBe(s.embed);
      const next = s.embed.mul(2);
      return { embed: next, head: next };
    };
    const step = compile(double, { donate: [0], backend: "onnx" });
    const once = await step({ embed: shared, head: shared });
    expect(once.embed).toBe(once.head);
    const twice = await step(once);
    expect(await twice.head.array()).toEqual([4, 8]);
  });

  it("are another signature than two tensors of one shape", async () => {
    const add = compile((a: Tensor, b: Tensor) => a.add(b), { onRetrace: () => {} });
    const x = tensor([1, 2]);
    expect(await (await add(x, x)).array()).toEqual([2, 4]);
    expect(await (await add(x, tensor([10, 20]))).array()).toEqual([11, 22]);
    expect(add.traces).toBe(2);
  });
});
