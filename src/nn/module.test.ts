import { describe, expect, test } from "vitest";
import {
  compile,
  gradients,
  ones,
  randomKey,
  type Tensor,
  tensor,
  zeros,
} from "../engine/index.ts";
import { assign, BatchNorm, Linear, Module, Sequential, trainable } from "./index.ts";
import { expectClose } from "./testing.ts";

class Pair extends Module {
  readonly first = new Linear({ in: 2, out: 3, key: randomKey(1) });
  readonly rest = [
    new BatchNorm({ channels: 3 }),
    new Linear({ in: 3, out: 1, key: randomKey(2) }),
  ];
  readonly table = tensor([1, 2], { dtype: "int32" });
}

describe("Module", () => {
  test("names parameters and buffers by their paths", () => {
    const model = new Pair();
    expect([...model.parameters().keys()]).toEqual([
      "first.weight",
      "first.bias",
      "rest.0.weight",
      "rest.0.bias",
      "rest.1.weight",
      "rest.1.bias",
    ]);
    expect([...model.buffers().keys()]).toEqual([
      "rest.0.runningMean",
      "rest.0.runningVariance",
      "table",
    ]);
    expect(model.countParameters()).toBe(6 + 3 + 3 + 3 + 3 + 1);
  });

  test("takes over a state dictionary", async () => {
    const [a, b] = [new Pair(), new Pair()];
    assign(a, { "first.bias": tensor([1, 2, 3]) });
    b.loadStateDict(a.stateDict());
    expect(await b.first.bias?.array()).toEqual([1, 2, 3]);
  });

  test("says which names are missing and which are unknown", () => {
    const state = new Map(new Pair().stateDict());
    state.delete("first.bias");
    state.set("head.weight", zeros([1]));
    expect(() => new Pair().loadStateDict(state)).toThrowErrorMatchingInlineSnapshot(`
      [ValueError: loadStateDict: Pair and the state do not have the same tensors.
        missing from the state: first.bias
        unknown to the model: head.weight
        Pass { strict: false } to take what fits.]
    `);
    const report = new Pair().loadStateDict(state, { strict: false });
    expect(report).toEqual({ missing: ["first.bias"], unexpected: ["head.weight"] });
  });

  test("refuses other shapes and changes nothing", async () => {
    const model = new Pair();
    const before = await model.first.bias?.array();
    const state = { ...Object.fromEntries(model.stateDict()), "first.bias": ones([3]) };
    const wrong = { ...state, "rest.1.weight": zeros([3, 1]) };
    expect(() => model.loadStateDict(wrong)).toThrow(
      "rest.1.weight: the model has float32[1,3], the state float32[3,1]",
    );
    expect(await model.first.bias?.array()).toEqual(before);
  });

  test("refuses one tensor in two places", () => {
    const shared = zeros([2]);
    const twice = new Sequential(...[0, 1].map(() => Object.assign(new Shift(), { by: shared })));
    expect(() => twice.parameters()).toThrow("layers.1.by and layers.0.by hold one and the same");
  });
});

class Shift extends Module {
  by: Tensor = zeros([2]);
  forward(x: Tensor): Tensor {
    return x.add(this.by);
  }
}

describe("trainable", () => {
  test("leaves frozen parameters out, also of a part that was frozen by itself", () => {
    const model = new Pair();
    model.first.freeze("weight");
    model.freeze(/^rest\.1/);
    expect(Object.keys(trainable(model))).toEqual(["first.bias", "rest.0.weight", "rest.0.bias"]);
    expect(Object.keys(trainable(model, /bias$/))).toEqual(["first.bias", "rest.0.bias"]);
    model.unfreeze();
    expect(Object.keys(trainable(model))).toHaveLength(5);
    model.first.unfreeze();
    expect(Object.keys(trainable(model))).toHaveLength(6);
  });

  test("a pattern that matches nothing is an error that lists what there is", () => {
    expect(() => new Pair().freeze("head")).toThrow("freeze: no parameter of Pair matches head");
  });

  test("a model goes through a compiled step, frozen parts and buffers with it", async () => {
    const model = new Pair();
    model.freeze("first");
    const step = compile((pair: Pair, x: Tensor) => {
      const [norm, head] = pair.rest as [BatchNorm, Linear];
      const y = head.forward(norm.forward(pair.first.forward(x), { training: true }));
      const params = trainable(pair);
      const slopes = gradients(y.square().mean(), params);
      return assign(pair, { "rest.1.bias": params["rest.1.bias"].sub(slopes["rest.1.bias"]) });
    });
    const before = await model.first.weight.numbers();
    const after = await step(
      model,
      tensor([
        [1, 2],
        [3, 5],
        [0, 1],
      ]),
    );
    expect(after).toBeInstanceOf(Pair);
    expect(Object.keys(trainable(after))).not.toContain("first.weight");
    await expectClose(after.first.weight, before, 1e-9);
    const mean = await (after.rest[0] as BatchNorm).runningMean.numbers();
    const outputs = await model.first.forward(tensor([[4 / 3, 8 / 3]])).numbers();
    expect(mean[0]).toBeCloseTo(0.1 * outputs[0], 5);
  });
});
