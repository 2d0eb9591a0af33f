/** @file Graphs: order, equal structures, rewriting, and what simplifying leaves. */
import { describe, expect, it } from "vitest";
import { buildGraph, type Graph, graphKey, rewriteGraph } from "./graph.ts";
import { full, matmul, mul, scan, Tensor, tanh, tensor, transpose, zeros } from "./index.ts";
import { barrier } from "./ops/cast.ts";
import { simplify } from "./simplify.ts";

const input = (shape: number[]): Tensor => new Tensor(shape, "float32", { placeholder: "x" });
const names = (graph: Graph): string[] => graph.nodes.map((n) => n.op.name);
const simplified = (fn: (x: Tensor) => Tensor, shape: number[] = [2, 3]): string[] => {
  const x = input(shape);
  return names(simplify(buildGraph([x], [fn(x)])));
};

describe("graphs", () => {
  it("put every node after those it needs, and each once", () => {
    const x = input([2]);
    const a = x.exp();
    const b = a.add(x);
    expect(names(buildGraph([x], [b.mul(a), a]))).toEqual(["exp", "add", "mul"]);
  });

  it("have equal keys for equal structures, whatever the values stored", () => {
    const key = (w: Tensor, k: number, perm: number[]): string => {
      const x = input([2, 2]);
      return graphKey(buildGraph([x], [mul(transpose(matmul(x, w), perm), k)]));
    };
    const swap = [1, 0];
    const w = tensor([
      [1, 2],
      [3, 4],
    ]);
    expect(key(w, 2, swap)).toBe(
      key(
        zeros([2, 2]).add(0) &&
          tensor([
            [5, 6],
            [7, 8],
          ]),
        2,
        swap,
      ),
    );
    expect(key(w, 2, swap)).not.toBe(key(w, 3, swap));
    expect(key(w, 2, swap)).not.toBe(key(w, 2, [0, 1]));
    expect(key(w, 2, swap)).not.toBe(
      key(
        tensor([
          [1, 2, 3],
          [4, 5, 6],
        ]).at(null, [0, 2]),
        2,
        swap,
      ),
    );
  });

  it("are rewritten node by node, equal applications becoming one", () => {
    const x = input([2]);
    const graph = buildGraph([x], [x.exp().add(x.exp())]);
    expect(names(rewriteGraph(graph, () => null))).toEqual(["exp", "add"]);
    const changed = rewriteGraph(graph, (node, [a]) => (node.op.name === "exp" ? [tanh(a)] : null));
    expect(names(changed)).toEqual(["tanh", "add"]);
  });

  it("keep barriers apart", () => {
    const x = input([2]);
    const graph = buildGraph([x], [tanh(barrier(x)).add(tanh(barrier(x)))]);
    expect(names(simplify(graph)).filter((n) => n === "tanh")).toHaveLength(2);
  });
});

describe("simplifying", () => {
  it.each([
    ["x + 0", (x: Tensor) => x.add(0), []],
    ["x · 1", (x: Tensor) => x.mul(1), []],
    ["x - 0", (x: Tensor) => x.sub(0), []],
    ["x / 1", (x: Tensor) => x.div(1), []],
    ["(x · 2) · 3", (x: Tensor) => x.mul(2).mul(3), ["full", "mul"]],
    ["a + (-b)", (x: Tensor) => x.exp().add(x.neg()), ["exp", "sub"]],
    ["two reshapes", (x: Tensor) => x.reshape([3, 2]).reshape([6]), ["reshape"]],
    ["a reshape and back", (x: Tensor) => x.reshape([3, 2]).reshape([2, 3]), []],
    ["two transposes", (x: Tensor) => x.transpose().transpose().exp(), ["exp"]],
    ["a transposed factor", (x: Tensor) => matmul(x.transpose(), x), ["matmul"]],
    ["a scaled product", (x: Tensor) => matmul(x, x.transpose()).mul(0.5), ["matmul"]],
    [
      "a repeated operand",
      (x: Tensor) => x.mul(full([3], 2).exp().broadcastTo([2, 3])),
      ["full", "exp", "mul"],
    ],
  ] as [string, (x: Tensor) => Tensor, string[]][])("%s", (_name, fn, expected) => {
    expect(simplified(fn)).toEqual(expected);
  });

  it("leaves no kernel to run on empty tensors", () => {
    expect(simplified((x) => x.exp().sum({ axis: 1 }).broadcastTo([4, 0]), [0, 3])).toEqual([
      "full",
    ]);
  });

  it("makes one loop of a scan and the one that its gradient adds", () => {
    const x = input([4]);
    const [last, ys] = scan((c: Tensor, v: Tensor) => [tanh(c.add(v)), c], zeros([]), x);
    const [again, more] = scan((c: Tensor, v: Tensor) => [tanh(c.add(v)), c], zeros([]), x);
    const graph = simplify(buildGraph([x], [last, ys, again, more]));
    expect(names(graph).filter((n) => n === "scan")).toHaveLength(1);
  });
});
