// Fifty training steps from a fixed initialisation against the losses that PyTorch recorded.

import { describe, expect, test } from "vitest";
import { evaluate, tensor } from "../../src/engine/index.ts";
import { assign, trainable } from "../../src/nn/index.ts";
import { AdamW } from "../../src/optim/index.ts";
import fixture from "../../src/train/fixtures/torch-losses.json" with { type: "json" };
import { buildOurs } from "./ours-models.ts";
import { trainingStep } from "./ours-step.ts";
import {
  recordedBatch,
  recordedParameter,
  recordedParameters,
  recordedWorkloads,
} from "./recorded.ts";

describe.each(["gpt", "cnn"] as const)("the recorded %s", (key) => {
  const workload = recordedWorkloads[key];
  const { losses, learningRate } = fixture[key];

  test("loses what PyTorch's lost at each of 50 steps", async () => {
    const fresh = buildOurs(workload);
    // The layers hold their parameters in PyTorch's order and layout.
    const names = [...fresh.parameters().keys()];
    const values = recordedParameters(workload).map((parameter, k) => [
      names[k],
      tensor(recordedParameter(k, parameter), { shape: parameter.shape }),
    ]);
    let model = await evaluate(assign(fresh, Object.fromEntries(values)));
    expect(values).toHaveLength(names.length);
    const optimizer = new AdamW({ ...fixture.adamW, learningRate });
    let state = await evaluate(optimizer.init(trainable(model)));
    const step = trainingStep(optimizer);
    const worst = { step: -1, difference: 0 };
    for (const [k, expected] of losses.entries()) {
      const { inputs, inputShape, labels, labelShape } = recordedBatch(workload, k);
      const x = tensor(inputs, { shape: inputShape });
      const result = await step(model, state, x, tensor(labels, { shape: labelShape }));
      ({ model, state } = result);
      const difference = Math.abs((await result.loss.item()) - expected);
      if (!(difference <= worst.difference)) Object.assign(worst, { step: k, difference });
    }
    expect(worst.difference, `at step ${worst.step}`).toBeLessThan(fixture.tolerance);
  });
});
