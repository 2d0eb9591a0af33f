// Updates joined for the GPU mean the same and are fewer.

import { expect, test } from "vitest";
import { buildGraph, type Graph } from "../graph.ts";
import { mul, sub, zeros } from "../index.ts";
import { jsBackend } from "../js/backend.ts";
import { Storage } from "../storage.ts";
import { Tensor } from "../tensor.ts";
import { joinUpdates } from "./gpu-updates.ts";

const shapes = [[2, 3], [4], [1, 5], [3, 3]];

/** Momentum on parameters of several shapes; the last has a rate of its own. */
function momentum(): { graph: Graph; donated: number[] } {
  const argument = (shape: number[], name: string) =>
    new Tensor(shape, "float32", { placeholder: name });
  const params = shapes.map((s) => argument(s, "parameter"));
  const means = shapes.map((s) => argument(s, "mean"));
  const inputs = shapes.map((s) => argument(s, "input"));
  const rate = argument([], "rate");
  const moved = means.map((m, i) => m.mul(0.9).add(inputs[i].sin().mul(inputs[i].cos())));
  const next = params.map((p, i) => sub(p, mul(moved[i], i === 3 ? 0.5 : rate)));
  const graph = buildGraph([...params, ...means, ...inputs, rate], [...next, ...moved]);
  return { graph, donated: [0, 1, 2, 3, 4, 5, 6, 7] };
}

async function run(graph: Graph): Promise<number[][]> {
  const executable = await jsBackend.compile(graph, {});
  const storages = graph.inputs.map(
    ({ size }, k) =>
      new Storage(
        "float32",
        Float32Array.from({ length: size }, (_, i) => Math.sin(i + k)),
      ),
  );
  const results = await executable.run(storages);
  return Promise.all(results.map(async (r) => Array.from((await r.read()) as Float32Array)));
}

test("equal updates are computed together, others apart, with the same results", async () => {
  const { graph, donated } = momentum();
  const joined = joinUpdates(graph, donated);
  expect(await run(joined)).toEqual(await run(graph));
  const count = (g: Graph, op: string) => g.nodes.filter((n) => n.op.name === op).length;
  expect(count(graph, "sub")).toBe(4);
  expect(count(joined, "sub")).toBe(2);
  expect(joined.outputs.map((o) => o.shape)).toEqual(graph.outputs.map((o) => o.shape));
});

test("a graph without donated state stays as it is", () => {
  const { graph } = momentum();
  expect(joinUpdates(graph, [])).toBe(graph);
  const plain = buildGraph([], [zeros([2]).exp()]);
  expect(joinUpdates(plain, [0])).toBe(plain);
});
