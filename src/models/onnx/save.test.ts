/** @file Files that saveOnnx writes, run by ONNX Runtime alone. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { randomKey, scan, softmax, type Tensor, tensor } from "../../engine/index.ts";
import { Activation, Gru, Linear, Sequential } from "../../nn/index.ts";
import { importOnnx } from "./import.ts";
import { encodeOnnx, saveOnnx } from "./save.ts";
import { OpaqueSession } from "./session.ts";
import { noise } from "./testing/compare.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "deepdive-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function runFile(bytes: Uint8Array, inputs: Record<string, Tensor>) {
  const session = await OpaqueSession.open({ bytes });
  const outputs = await session.run(inputs);
  await session.close();
  return outputs;
}

async function expectClose(a: Tensor, b: Tensor): Promise<void> {
  const [u, v] = [await a.numbers(), await b.numbers()];
  expect(a.shape).toEqual(b.shape);
  for (const [i, x] of u.entries()) expect(Math.abs(x - v[i])).toBeLessThan(1e-5);
}

test("a module keeps the paths of its weights, and comes back as an import", async () => {
  const keys = [randomKey(1), randomKey(2)];
  const model = new Sequential(
    new Linear({ in: 4, out: 8, key: keys[0] }),
    new Activation("gelu"),
    new Linear({ in: 8, out: 3, key: keys[1] }),
  );
  const x = noise([2, 4]);
  const path = join(folder, "model.onnx");
  await saveOnnx(path, model, x);
  const bytes = new Uint8Array(await readFile(path));
  const { output } = await runFile(bytes, { input: x });
  await expectClose(output, model.forward(x));
  const again = await importOnnx(path);
  expect(Object.keys(again.weights)).toEqual([...model.parameters().keys()]);
  await expectClose(again.forward(x), model.forward(x));
});

test("names of inputs and outputs are those of records", async () => {
  const inputs = { left: noise([2, 3], 1), right: noise([3], 2) };
  const bytes = await encodeOnnx(
    ({ left, right }: typeof inputs) => ({ sum: left.add(right), same: left, again: left }),
    inputs,
  );
  const outputs = await runFile(bytes, inputs);
  expect(Object.keys(outputs)).toEqual(["sum", "same", "again"]);
  await expectClose(outputs.sum, inputs.left.add(inputs.right));
  await expectClose(outputs.again, inputs.left);
});

test("functions of several tensors get names by position, or given ones", async () => {
  const [a, b] = [noise([2, 3], 1), noise([2, 3], 2)];
  const bytes = await encodeOnnx((x: Tensor, y: Tensor) => [x.mul(y), softmax(x)], [a, b], {
    outputs: ["product", "shares"],
  });
  const outputs = await runFile(bytes, { input: a, input_1: b });
  await expectClose(outputs.product, a.mul(b));
  await expectClose(outputs.shares, softmax(a));
  await expect(encodeOnnx((x: Tensor) => x.neg(), a, { outputs: ["p", "q"] })).rejects.toThrow(
    "2 output names for 1 results",
  );
});

test("names do not clash with those inside, nor in the bodies of loops", async () => {
  const gru = new Gru({ in: 3, width: 5, key: randomKey(4) });
  const x = noise([2, 12, 3]);
  const saved = await encodeOnnx(gru, x);
  await expectClose((await runFile(saved, { input: x })).output, gru.forward(x));
  const walk = (xs: Tensor, w: Tensor) =>
    scan((h: Tensor, now: Tensor) => [h.mul(0.5).add(now.matmul(w)), h], w.at(0), xs, {
      unroll: false,
    });
  const [xs, w] = [noise([6, 4]), noise([4, 4], 3)];
  const looped = await encodeOnnx(
    (given: { output1: Tensor; w: Tensor }) => walk(given.output1, given.w),
    {
      output1: xs,
      w,
    },
  );
  const outputs = await runFile(looped, { output1: xs, w });
  const [last, all] = walk(xs, w);
  await expectClose(outputs.output_0, last);
  await expectClose(outputs.output_1, all);
});

test("an imported model is saved as its own graph, or traced with a new head", async () => {
  const source = new Linear({ in: 4, out: 3, key: randomKey(0) });
  const path = join(folder, "linear.onnx");
  await saveOnnx(path, source, noise([1, 4]));
  const model = await importOnnx(path);
  await saveOnnx(join(folder, "again.onnx"), model);
  expect((await importOnnx(join(folder, "again.onnx"))).inputs).toEqual(model.inputs);
  const replaced = model.replaceHead(new Linear({ in: 4, out: 2, key: randomKey(5) }));
  const x = tensor([[1, 2, 3, 4]]);
  await saveOnnx(join(folder, "head.onnx"), replaced, { input: x });
  const bytes = new Uint8Array(await readFile(join(folder, "head.onnx")));
  await expectClose((await runFile(bytes, { input: x })).output, replaced.forward(x));
});
