/** @file Giving memory back: `dispose`, `using`, scopes, and what happens to those who come too late. */
import { describe, expect, it } from "vitest";
import { compile, DisposedError, evaluate, type Tensor, tensor, tensorScope } from "./index.ts";

describe("memory", () => {
  it("is gone after dispose, and whoever uses it is told", async () => {
    const x = tensor([1, 2]);
    x.dispose();
    await expect(x.data()).rejects.toThrow(DisposedError);
    await expect(x.data()).rejects.toThrowErrorMatchingInlineSnapshot(
      `[DisposedError: this tensor was disposed of and its elements are gone; keep a copy before, or use the tensor that the step gave back]`,
    );
    await expect(x.add(1).data()).rejects.toThrow(DisposedError);
    await expect(compile((t: Tensor) => t.add(1))(x)).rejects.toThrow(DisposedError);
  });

  it("may be disposed of twice", () => {
    const x = tensor([1]);
    x.dispose();
    expect(() => x.dispose()).not.toThrow();
  });

  it("is given back at the end of a block by `using`", async () => {
    let outside: Tensor;
    {
      using x = tensor([1]);
      outside = x;
      expect(await x.item()).toBe(1);
    }
    await expect(outside.item()).rejects.toThrow(DisposedError);
  });

  it("of what a scope made is given back at its end, but for what is kept", async () => {
    const before = tensor([1]);
    const made: Tensor[] = [];
    {
      using scope = tensorScope();
      made.push(tensor([2]), await evaluate(before.add(2)), tensor([4]));
      scope.keep(made[1]);
    }
    expect(await before.item()).toBe(1);
    expect(await made[1].item()).toBe(3);
    await expect(made[0].item()).rejects.toThrow(DisposedError);
    await expect(made[2].item()).rejects.toThrow(DisposedError);
  });

  it("belongs to the innermost scope", async () => {
    let inner: Tensor;
    using outer = tensorScope();
    const mine = tensor([1]);
    {
      using _ = tensorScope();
      inner = tensor([2]);
    }
    expect(await mine.item()).toBe(1);
    await expect(inner.item()).rejects.toThrow(DisposedError);
    outer.keep(mine);
  });

  it("forgets its past when evaluated, so that loops do not keep theirs", async () => {
    let x = tensor([0]);
    for (let i = 0; i < 50; i++) x = await evaluate(x.add(1));
    expect(x._node).toBeNull();
    expect(await x.item()).toBe(50);
  });
});
