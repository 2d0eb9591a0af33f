/** @file Eager evaluation: what runs when, and that it is what compiled code gives. */
import { afterEach, describe, expect, it } from "vitest";
import {
  compile,
  currentBackend,
  evaluate,
  randomKey,
  randomNormal,
  setBackend,
  type Tensor,
  tensor,
  ValueError,
} from "./index.ts";

afterEach(() => setBackend("onnx"));

describe("eager evaluation", () => {
  it("computes shared parts once and keeps what was asked for", async () => {
    const x = tensor([1, 2]);
    const y = x.add(1);
    expect(await y.mul(2).array()).toEqual([4, 6]);
    expect(await y.array()).toEqual([2, 3]);
    expect(await y.data()).toBe(await y.data());
  });

  it("gives the same for large graphs, which run on the backend in use, as for the oracle", async () => {
    const a = await evaluate(randomNormal(randomKey(1), [64, 64]));
    const f = (x: Tensor): Tensor => x.matmul(x).softmax().matmul(x);
    const expected = await (await compile(f, { backend: "js" })(a)).numbers();
    const found = await f(a).numbers();
    for (const [i, v] of expected.entries()) expect(found[i]).toBeCloseTo(v, 4);
  });

  it("uses the backend that was set", async () => {
    setBackend("js");
    expect(currentBackend()).toBe("js");
    expect(await tensor([4]).sqrt().item()).toBe(2);
    expect(() => setBackend("cuda" as never)).toThrow(ValueError);
  });

  it("evaluates trees at once and hands them back", async () => {
    const tree = { a: tensor([1]).add(1), list: [tensor([2]).mul(3)], name: "x" };
    const same = await evaluate(tree);
    expect(same).toBe(tree);
    expect([tree.a._node, tree.list[0]._node]).toEqual([null, null]);
    expect(await tree.list[0].item()).toBe(6);
  });

  it("reads scalars only from tensors with one element", async () => {
    expect(await tensor([[7]]).item()).toBe(7);
    await expect(tensor([1, 2]).item()).rejects.toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: item: expected a tensor with one element, got shape [2]]`,
    );
  });
});
