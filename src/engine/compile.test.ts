/** @file `compile`: caching, messages about retraces, trees, constants, donation, exports. */
import { describe, expect, it } from "vitest";
import { compile, type Tensor, tensor, zeros } from "./index.ts";

/** A model as users write them: a class with tensors and settings. */
class Scaled {
  weight = tensor([2, 3]);
  readonly power: number;
  constructor(power: number) {
    this.power = power;
  }
  apply(x: Tensor): Tensor {
    return x.mul(this.weight).pow(this.power);
  }
}

describe("compile", () => {
  it("traces once for equal shapes and runs with new values", async () => {
    let calls = 0;
    const double = compile((x: Tensor) => {
      calls++;
      return x.mul(2);
    });
    expect(await (await double(tensor([1, 2]))).array()).toEqual([2, 4]);
    expect(await (await double(tensor([5, 7]))).array()).toEqual([10, 14]);
    expect(calls).toBe(1);
    expect(double.traces).toBe(1);
  });

  it("gives the same results on both backends", async () => {
    const f = (x: Tensor): Tensor => x.matmul(x).softmax().sum({ axis: 0 });
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    const a = await (await compile(f, { backend: "js" })(x)).numbers();
    const b = await (await compile(f, { backend: "onnx" })(x)).numbers();
    for (const [i, v] of a.entries()) expect(b[i]).toBeCloseTo(v, 6);
  });

  it("says which argument made it trace again", async () => {
    const messages: string[] = [];
    const f = compile(
      (x: { a: Tensor }, k: number, mode: string) => x.a.mul(mode === "up" ? k : 1),
      {
        name: "step",
        onRetrace: (message) => messages.push(message),
      },
    );
    await f({ a: zeros([2]) }, 1, "up");
    await f({ a: zeros([3]) }, 1, "up");
    await f({ a: zeros([3], "int32") }, 1, "up");
    await f({ a: zeros([3], "int32") }, 2, "up");
    await f({ a: zeros([3], "int32") }, 2, "down");
    await f({ a: zeros([2]) }, 1, "up");
    expect(messages).toMatchInlineSnapshot(`
      [
        "compile: step is traced for the 2nd time: argument 0 at a has changed from float32[2] to float32[3]",
        "compile: step is traced for the 3rd time: argument 0 at a has changed from float32[3] to int32[3]",
        "compile: step is traced for the 4th time: argument 1 is a static value and has changed from 1 to 2",
        "compile: step is traced for the 5th time: argument 2 is a static value and has changed from "up" to "down"",
      ]
    `);
  });

  it("takes and gives nested trees and rebuilds class instances", async () => {
    const step = compile((model: Scaled, data: { xs: Tensor[]; note: string }) => {
      const next = Object.assign(Object.create(Scaled.prototype), model) as Scaled;
      next.weight = model.weight.add(1);
      return { next, ys: data.xs.map((x) => model.apply(x)), note: data.note, none: null };
    });
    const out = await step(new Scaled(2), { xs: [tensor([1, 1]), tensor([2, 0])], note: "hi" });
    expect(out.next).toBeInstanceOf(Scaled);
    expect(out.next.power).toBe(2);
    expect(await out.next.weight.array()).toEqual([3, 4]);
    expect(await out.ys[1].array()).toEqual([16, 0]);
    expect([out.note, out.none]).toEqual(["hi", null]);
  });

  it("uses tensors that it closes over as they were when it was traced", async () => {
    const table = tensor([10, 20, 30]);
    const f = compile((x: Tensor) => x.add(table));
    expect(await (await f(tensor([1, 1, 1]))).array()).toEqual([11, 21, 31]);
  });

  it("hands arguments and stored tensors through", async () => {
    const fixed = tensor([9]);
    const f = compile((x: Tensor) => [x, fixed, x.add(1), x]);
    const x = tensor([1]);
    const [a, b, c, d] = await f(x);
    expect([a === x, b === fixed, d === x]).toEqual([true, true, true]);
    expect(await c.array()).toEqual([2]);
  });

  it("takes lazy tensors as arguments", async () => {
    const f = compile((x: Tensor) => x.add(1));
    expect(await (await f(tensor([1, 2]).mul(10))).array()).toEqual([11, 21]);
  });

  it("uses up donated arguments, and only those", async () => {
    const step = compile((w: Tensor, x: Tensor) => w.sub(x.mul(0.5)), { donate: [0] });
    let w = tensor(new Float32Array(64).fill(3));
    const x = tensor(new Float32Array(64).fill(2));
    for (let i = 0; i < 3; i++) {
      const old = w;
      w = await step(w, x);
      await expect(old.data()).rejects.toThrow(/donated/);
    }
    expect((await w.numbers())[63]).toBe(0);
    expect((await x.numbers())[0]).toBe(2);
  });

  it("keeps two donated states that swap places apart", async () => {
    const swap = compile((s: { a: Tensor; b: Tensor }) => ({ a: s.b, b: s.a.add(1) }), {
      donate: [0],
    });
    let state = { a: tensor([1, 1]), b: tensor([5, 5]) };
    for (let i = 0; i < 3; i++) state = await swap(state);
    expect(await state.a.array()).toEqual([6, 6]);
    expect(await state.b.array()).toEqual([3, 3]);
  });

  it("refuses functions that are not synchronous", async () => {
    const f = compile(async (x: Tensor) => x.add(1), { name: "late" });
    await expect(f(tensor([1]))).rejects.toThrowErrorMatchingInlineSnapshot(
      `[ValueError: late: a compiled function must be synchronous: it is traced, so it has nothing to wait for]`,
    );
  });

  it("refuses tensors of another trace", async () => {
    let leaked: Tensor | null = null;
    await compile((x: Tensor) => {
      leaked = x.add(1);
      return leaked;
    })(tensor([1]));
    const f = compile((x: Tensor) => x.add(leaked as unknown as Tensor));
    await expect(f(tensor([1]))).rejects.toThrowErrorMatchingInlineSnapshot(
      `[ValueError: the computation uses argument 0 of another traced function, which has no value here; give it to this function as an argument, or return it from that one]`,
    );
  });

  it("traces again after a trace that failed", async () => {
    let fail = true;
    const f = compile((x: Tensor) => {
      if (fail) throw new Error("not yet");
      return x.add(1);
    });
    await expect(f(tensor([1]))).rejects.toThrow("not yet");
    fail = false;
    expect(await (await f(tensor([1]))).array()).toEqual([2]);
  });

  it("explains its graph and exports it", async () => {
    const f = compile(function dense(x: Tensor, w: Tensor): Tensor {
      return x.matmul(w).relu();
    });
    const args = [zeros([2, 3]), zeros([3, 4])] as const;
    const text = await f.explain(...args);
    expect(text.split("\n")[0]).toMatch(/^dense: 2 nodes \(2 on cpu\)/);
    expect(text).toContain("matmul");
    const bytes = await f.exportOnnx(...args);
    expect(Buffer.from(bytes).includes("MatMul")).toBe(true);
    expect(f.traces).toBe(1);
  });
});
