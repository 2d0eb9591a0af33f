import { test } from "vitest";
import { tensor } from "../engine/index.ts";
import { assign, BatchNorm, GroupNorm, LayerNorm, RmsNorm } from "./index.ts";
import { expectClose, wave } from "./testing.ts";

// Figures by fixtures/torch_figures.py, which PyTorch computed on the same inputs.

test("BatchNorm: the batch's statistics while training, running ones after", async () => {
  const norm = assign(new BatchNorm({ channels: 2 }), {
    weight: tensor([1.5, 0.5]),
    bias: tensor([0.1, -0.2]),
  });
  const x = wave([3, 2, 2], 0.1);
  await expectClose(
    norm.forward(x, { training: true }),
    [
      0.345988, 2.520078, 0.217358, 0.107968, 0.836824, -1.563458, -0.890241, -0.914989, -1.944271,
      0.404839, 0.061939, 0.217965,
    ],
  );
  await expectClose(norm.runningMean, [0.002996, 0.02764]);
  await expectClose(norm.runningVariance, [0.921782, 0.989553]);
  await expectClose(
    norm.forward(x),
    [
      0.251292, 1.216071, 0.287478, 0.192482, 0.469107, -0.596048, -0.674385, -0.695877, -0.765038,
      0.277408, 0.152509, 0.288005,
    ],
  );
});

test("GroupNorm", async () => {
  const norm = assign(new GroupNorm({ groups: 2, channels: 4 }), {
    weight: wave([4], 1),
    bias: wave([4], 2),
  });
  await expectClose(
    norm.forward(wave([2, 4, 3], 0.3)),
    [
      0.790653, 1.63421, 1.866277, 0.979398, -0.174841, -1.364689, -1.087337, -1.00613, -0.566258,
      -0.800983, -0.772347, -0.764965, 2.430543, 1.480245, 0.512596, -0.664609, -0.479503, 0.428131,
      -0.301942, 0.345288, 0.50063, -0.796943, -0.845077, -0.893491,
    ],
  );
});

test("RmsNorm", async () => {
  const norm = assign(new RmsNorm({ width: 3 }), { weight: wave([3], 1) });
  await expectClose(
    norm.forward(wave([2, 4, 3], 0.3)).at(0),
    [
      0.32294, 1.083678, 0.869887, 1.079066, 0.078282, -0.78462, -1.040235, -1.107928, -0.319369,
      0.33852, 1.08902, 0.862947,
    ],
  );
});

test("LayerNorm gives each row mean 0 and variance 1", async () => {
  const y = new LayerNorm({ width: 4 }).forward(tensor([[1, 2, 3, 4]]));
  const unit = 1 / Math.sqrt(1.25 + 1e-5);
  await expectClose(y, [-1.5 * unit, -0.5 * unit, 0.5 * unit, 1.5 * unit]);
});
