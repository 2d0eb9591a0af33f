import { expect, test } from "vitest";
import { randomKey } from "../engine/index.ts";
import {
  Activation,
  AvgPool,
  Conv1d,
  Conv2d,
  Conv3d,
  ConvTranspose2d,
  Flatten,
  GlobalAvgPool,
  Linear,
  MaxPool,
  Sequential,
} from "./index.ts";
import { expectClose, fillWithWaves, wave } from "./testing.ts";

const key = randomKey(0);

// Figures by fixtures/torch_figures.py, which PyTorch computed on the same inputs.

test("Conv1d with stride, padding and groups", async () => {
  const options = { in: 2, out: 2, kernel: 3, stride: 2, padding: 1, groups: 2, key };
  const layer = fillWithWaves(new Conv1d(options), [1, 2]);
  await expectClose(
    layer.forward(wave([1, 2, 5], 0.3)),
    [1.770737, 3.05702, 1.518914, 1.757315, 1.292758, 0.221215],
  );
});

test("ConvTranspose2d doubles a picture", async () => {
  const layer = fillWithWaves(
    new ConvTranspose2d({ in: 2, out: 1, kernel: 2, stride: 2, key }),
    [1, 2],
  );
  const y = layer.forward(wave([1, 2, 3, 3], 0.3));
  expect(y.shape).toEqual([1, 1, 6, 6]);
  await expectClose(
    y.at(0, 0, [0, 2]),
    [
      0.96735, 0.897813, 1.097024, 0.912427, 1.138408, 0.925569, 0.833678, 0.805107, 0.726358,
      0.626328, 0.705077, 0.580634,
    ],
  );
});

test("a kernel of ones sums its window, also over volumes", async () => {
  const layer = new Conv3d({
    in: 1,
    out: 1,
    kernel: 2,
    bias: false,
    key,
    init: { weight: (_key, shape) => wave(shape, Math.PI / 2, 0).add(1) },
  });
  const x = wave([1, 1, 2, 2, 2], 0.3);
  await expectClose(layer.forward(x), [await x.sum().item()], 1e-5);
});

test("a picture network has the shapes and size of its definition", () => {
  const net = new Sequential(
    new Conv2d({ in: 1, out: 32, kernel: 3, key }),
    new Activation("relu"),
    new Conv2d({ in: 32, out: 64, kernel: 3, key }),
    new Activation("relu"),
    new MaxPool({ size: 2 }),
    new Flatten(),
    new Linear({ in: 9216, out: 10, key }),
  );
  expect(net.forward(wave([2, 1, 28, 28], 0)).shape).toEqual([2, 10]);
  expect(net.countParameters()).toBe(32 * 10 + 64 * 289 + 92_170);
});

test("average pools", async () => {
  const x = wave([1, 1, 4, 4], 0.3);
  const [a, b, c, d] = await new AvgPool({ size: 2 }).forward(x).numbers();
  const whole = await x.mean().item();
  expect((a! + b! + c! + d!) / 4).toBeCloseTo(whole, 6);
  await expectClose(new GlobalAvgPool().forward(x), [whole], 1e-6);
});
