/** @file Trees of tensors: order, paths, rebuilding, and keys of equal forms. */
import { describe, expect, it } from "vitest";
import { flattenTree, Tensor, tensor, treeLeaves, treeMap, unflattenTree } from "./index.ts";
import { structureKey } from "./tree.ts";

class Layer {
  weight = tensor([1]);
  readonly activation: string;
  #calls = 0;
  constructor(activation: string) {
    this.activation = activation;
  }
  call(): number {
    return ++this.#calls;
  }
}

const [a, b, c] = [tensor([1]), tensor([2]), tensor([3])];
const key = (tree: unknown): string => structureKey(flattenTree(tree).structure);

describe("trees", () => {
  it("flatten to leaves in a fixed order, with their paths", () => {
    const { leaves, paths } = flattenTree({
      w: a,
      deep: [b, { x: c }],
      n: 3,
      m: new Map([["k", a]]),
    });
    expect(leaves.map((t) => [a, b, c].indexOf(t))).toEqual([0, 1, 2, 0]);
    expect(paths).toEqual(["w", "deep[0]", "deep[1].x", "m.k"]);
  });

  it("come back in the same form with other leaves", () => {
    const tree = { w: a, list: [b, null, "s"], map: new Map([["k", c]]) };
    const { leaves, structure } = flattenTree(tree);
    expect(unflattenTree(structure, leaves)).toEqual(tree);
    expect(unflattenTree(structure, [1, 2, 3])).toEqual({
      w: 1,
      list: [2, null, "s"],
      map: new Map([["k", 3]]),
    });
  });

  it("are mapped leaf by leaf, class instances too", () => {
    const layer = new Layer("relu");
    const doubled = treeMap({ layer }, (t, path) => (path === "layer.weight" ? c : t));
    expect(doubled.layer).toBeInstanceOf(Layer);
    expect(doubled.layer.weight).toBe(c);
    expect(doubled.layer.activation).toBe("relu");
    expect(layer.weight).not.toBe(c);
  });

  it("list their leaves; a tensor is a tree, and so is nothing", () => {
    expect(treeLeaves(a)).toEqual([a]);
    expect(treeLeaves([null, 5, "x", { y: undefined }])).toEqual([]);
    expect(treeLeaves([a, [a]])).toHaveLength(2);
    expect(treeLeaves(a)[0]).toBeInstanceOf(Tensor);
  });

  it("treat host arrays, dates and functions as values", () => {
    const fixed = { data: new Float32Array(2), at: new Date(0), fn: Math.sin };
    const { leaves, structure } = flattenTree({ fixed, w: a });
    expect(leaves).toEqual([a]);
    expect((unflattenTree(structure, [b]) as { fixed: typeof fixed }).fixed.data).toBe(fixed.data);
  });

  it("have equal keys for equal forms, and others for others", () => {
    expect(key({ x: a, n: 1 })).toBe(key({ x: b, n: 1 }));
    expect(key({ x: a, n: 1 })).not.toBe(key({ x: a, n: 2 }));
    expect(key({ x: a, n: 0 })).not.toBe(key({ x: a, n: -0 }));
    expect(key({ x: a, n: "1" })).not.toBe(key({ x: a, n: 1 }));
    expect(key(new Layer("relu"))).toBe(key(new Layer("relu")));
    expect(key(new Layer("relu"))).not.toBe(key({ weight: a, activation: "relu" }));
    expect(key([a, b])).not.toBe(key([a, [b]]));
  });

  it("may not contain themselves", () => {
    const loop: { self?: unknown; x: Tensor } = { x: a };
    loop.self = { back: loop };
    expect(() => flattenTree(loop)).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: tree: self.back contains itself; trees of tensors may not have cycles]`,
    );
  });
});
