/** @file `scan`: what it computes, what it refuses, and that differentiating it runs the loop once. */
import { describe, expect, it } from "vitest";
import {
  compile,
  gradients,
  matmul,
  scan,
  sum,
  type Tensor,
  tanh,
  tensor,
  valueAndGrad,
  zeros,
} from "../index.ts";

const cumulative = (xs: Tensor, options = {}): Promise<unknown[]> =>
  Promise.all(
    scan((c: Tensor, x: Tensor) => [c.add(x), c.mul(10)], tensor(0), xs, options).map((t) =>
      t.array(),
    ),
  );

describe("scan", () => {
  it("carries and stacks", async () => {
    expect(await cumulative(tensor([1, 2, 3]))).toEqual([6, [0, 10, 30]]);
  });

  it("walks backwards, with each y beside its x", async () => {
    expect(await cumulative(tensor([1, 2, 3]), { reverse: true })).toEqual([6, [50, 30, 0]]);
  });

  it("does nothing for no steps", async () => {
    expect(await cumulative(zeros([0]))).toEqual([0, []]);
  });

  it("counts steps by length where there are no xs", async () => {
    const [last] = scan((c: Tensor) => [c.mul(2), null], tensor(1), null, { length: 10 });
    expect(await last.item()).toBe(1024);
  });

  it("runs as one loop forwards and one backwards in a compiled training step", async () => {
    const step = compile((w: Tensor, xs: Tensor) =>
      valueAndGrad((v: Tensor) => {
        const [last] = scan(
          (h: Tensor, x: Tensor) => [tanh(matmul(h, v).add(x)), null],
          zeros([2, 3]),
          xs,
        );
        return sum(last);
      })(w),
    );
    const args = [zeros([3, 3]), zeros([5, 2, 3])] as const;
    const nodes = await step.report(...args);
    const loops = nodes.filter((n) => n.op === "scan");
    expect(loops).toHaveLength(2);
    // The weight's gradient is one product over all steps, after the loop.
    expect(nodes.filter((n) => n.op === "matmul")).toHaveLength(1);
    // Neither loop carries or returns a weight-sized sum for each step.
    expect(loops.every((n) => !n.output.includes("[3,3]"))).toBe(true);
  });

  it("leaves out what nobody reads", async () => {
    const only = compile(
      (xs: Tensor) =>
        scan((c: Tensor, x: Tensor) => [c.add(x), [c.mul(2), c.exp()]], zeros([4]), xs)[0],
    );
    const [loop] = await only.report(zeros([3, 4]));
    expect(loop.output).toBe("float32[4]");
  });

  it("takes the same gradient written out as looped", async () => {
    const xs = tensor([
      [0.5, -0.2],
      [0.1, 0.7],
      [-0.4, 0.3],
    ]);
    const w = tensor([
      [0.2, -0.5],
      [0.9, 0.4],
    ]);
    const slope = (unroll: boolean) =>
      compile((v: Tensor) => {
        const [last] = scan(
          (h: Tensor, x: Tensor) => [tanh(matmul(h, v).add(x)), null],
          zeros([2]),
          xs,
          { unroll },
        );
        return gradients(sum(last), v);
      })(w);
    const [looped, written] = [await slope(false), await slope(true)];
    for (const [i, v] of (await looped.numbers()).entries())
      expect((await written.numbers())[i]).toBeCloseTo(v, 6);
  });

  it("says what is wrong with the carry and the xs", () => {
    expect(() =>
      scan(
        (c: Tensor, x: Tensor) => [c.reshape([1, 2]).add(x), null],
        zeros([2]),
        zeros([3, 1, 2]),
      ),
    ).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: scan: the carry has shape [2] and comes back as [1, 2]]`,
    );
    expect(() =>
      scan((c: { h: Tensor }) => [{ h: c.h.cast("float16") }, null], { h: zeros([2]) }, zeros([3])),
    ).toThrowErrorMatchingInlineSnapshot(
      `[DTypeError: scan: the carry at h has dtype float32 and comes back as float16]`,
    );
    expect(() =>
      scan((c: Tensor) => [c, null], zeros([2]), { a: zeros([3]), b: zeros([4]) }),
    ).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: scan: xs at b has shape [4]: expected a first axis of size 3]`,
    );
    expect(() =>
      scan((c: Tensor) => [c, null], zeros([2]), null),
    ).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: scan: length undefined: give xs, or a whole number of steps]`,
    );
    expect(() =>
      scan(((c: Tensor) => c) as never, zeros([2]), zeros([3])),
    ).toThrowErrorMatchingInlineSnapshot(`[ValueError: scan: the function must return [carry, y]]`);
  });
});
