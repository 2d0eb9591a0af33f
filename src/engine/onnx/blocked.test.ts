/** @file The blocked layout: where values stay in it, what rides along in a convolution, what a model exports. */
import { describe, expect, it } from "vitest";
import { vjp } from "../autodiff.ts";
import { buildGraph } from "../graph.ts";
import {
  batchNorm,
  compile,
  concat,
  conv,
  globalAvgPool,
  maxPool,
  relu,
  type Shape,
  zeros,
} from "../index.ts";
import { simplify } from "../simplify.ts";
import { Tensor } from "../tensor.ts";
import { channelBlockSize } from "./block-size.ts";
import { lowerGraph } from "./lower-graph.ts";
import { loadRuntime } from "./runtime.ts";

const BLOCK = 16;

/** The types of the nodes that a function lowers to; blocked ones with a "b." before. */
async function nodesOf(fn: (...xs: Tensor[]) => Tensor[], ...shapes: Shape[]): Promise<string[]> {
  const xs = shapes.map((shape, i) => new Tensor(shape, "float32", { placeholder: `input ${i}` }));
  const graph = simplify(buildGraph(xs, fn(...xs)));
  const lowered = await lowerGraph(graph, "cpu", {}, BLOCK);
  return lowered.graph.nodes.map((n) => (n.domain.endsWith("nchwc") ? `b.${n.type}` : n.type));
}

const count = (nodes: readonly string[], type: string): number =>
  nodes.filter((n) => n === type).length;

const image: Shape = [2, 16, 8, 8];
const kernel: Shape = [16, 16, 3, 3];
const same = { padding: 1 } as const;

describe("the blocked layout", () => {
  it("is entered and left once around a chain of convolutions, pools and elementwise ops", async () => {
    const nodes = await nodesOf(
      (x, w, b) => {
        const y = conv(x, w, same).add(b).tanh();
        return [conv(maxPool(y.mul(2), { size: 2 }), w, same)];
      },
      image,
      kernel,
      [16, 1, 1],
    );
    expect(count(nodes, "b.ReorderInput")).toBe(1);
    expect(count(nodes, "b.ReorderOutput")).toBe(1);
    expect(count(nodes, "b.MaxPool")).toBe(1);
  });

  it("folds bias, residual sum and relu into the convolution before them", async () => {
    const nodes = await nodesOf(
      (x, w, b) => {
        const y = conv(x, w, same).add(b).relu();
        return [conv(y, w, same).add(y).relu()];
      },
      image,
      kernel,
      [16, 1, 1],
    );
    expect(count(nodes, "b.Conv")).toBe(2);
    expect(count(nodes, "Add") + count(nodes, "Relu")).toBe(0);
  });

  it("folds nothing into a convolution whose output others read", async () => {
    const nodes = await nodesOf(
      (x, w) => {
        const y = conv(x, w, same);
        return [y.relu(), y.exp()];
      },
      image,
      kernel,
    );
    expect(count(nodes, "Relu")).toBe(1);
  });

  it("holds through batch normalisation, a residual block and all their gradients", async () => {
    const batch: Shape = [16, 16, 8, 8];
    const nodes = await nodesOf(
      (x, w, v, gamma, beta) => {
        const norm = (y: Tensor): Tensor => batchNorm(y, gamma, beta).output;
        const first = relu(norm(conv(x, w, same)));
        const y = relu(norm(conv(first, v, same)).add(first));
        const pooled = globalAvgPool(y);
        return vjp([pooled], [pooled], [w, v, gamma]).map((g) => g as Tensor);
      },
      batch,
      kernel,
      kernel,
      [16],
      [16],
    );
    // In: the image, and for either weight gradient its image and dY with the batch innermost.
    expect(count(nodes, "b.ReorderInput")).toBe(5);
    // Out: what stands for the exchange of the two innermost axes of dY.
    expect(count(nodes, "b.ReorderOutput")).toBe(2);
    expect(count(nodes, "Conv") + count(nodes, "ConvTranspose") + count(nodes, "Relu")).toBe(0);
  });

  it("joins and cuts whole blocks of channels as they are", async () => {
    const nodes = await nodesOf(
      (x, w, v) => {
        const y = conv(x, w, same);
        const joined = concat([relu(y), y.tanh()], 1);
        return [conv(joined, v, same), conv(joined.slice([0, 16]), w, same)];
      },
      image,
      kernel,
      [16, 32, 3, 3],
    );
    expect(count(nodes, "b.ReorderInput")).toBe(1);
    expect(count(nodes, "b.ReorderOutput")).toBe(2);
  });

  it("is not entered with channels that do not fill blocks", async () => {
    const nodes = await nodesOf((x, w) => [conv(x, w, same)], [2, 17, 8, 8], [16, 17, 3, 3]);
    expect(nodes).toContain("Conv");
  });
});

describe("a compiled convolution", () => {
  it("finds the block size of this machine's kernels, or does without", async () => {
    const { ort } = await loadRuntime(false);
    expect([0, 4, 8, 16]).toContain(
      await channelBlockSize(ort, { executionProviders: ["cpu"], intraOpNumThreads: 1 }),
    );
  });

  it("exports a model that other processors can run", async () => {
    const step = compile((x: Tensor, w: Tensor) => conv(x, w, same).relu(), { backend: "onnx" });
    const model = await step.exportOnnx(zeros(image), zeros(kernel));
    expect(new TextDecoder("latin1").decode(model)).not.toContain("nchwc");
    step.dispose();
  });
});
