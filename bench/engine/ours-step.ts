// One compiled step of a workload on this engine: inference, or a training step with AdamW.

import {
  type CompiledFunction,
  compile,
  evaluate,
  gradients,
  type Tensor,
  tensor,
} from "../../src/engine/index.ts";
import { assign, crossEntropy, trainable } from "../../src/nn/index.ts";
import { type AdamState, AdamW } from "../../src/optim/index.ts";
import { workloadBatch } from "./batch.ts";
import { buildOurs, type Network } from "./ours-models.ts";
import { adamW, type Workload } from "./workloads.ts";

/** Model and optimizer state, and the loss of the step that made them. */
export interface Trained {
  readonly model: Network;
  readonly state: AdamState;
  readonly loss: Tensor;
}

/** A training step as a compiled function of model, optimizer state, inputs and labels. */
export function trainingStep(
  optimizer: AdamW,
): CompiledFunction<[Network, AdamState, Tensor, Tensor], Trained> {
  return compile(
    (model: Network, before: AdamState, inputs: Tensor, labels: Tensor): Trained => {
      const params = trainable(model);
      const loss = crossEntropy(model.forward(inputs, { training: true }), labels);
      const { params: next, state } = optimizer.update(params, gradients(loss, params), before);
      return { model: assign(model, next), state, loss };
    },
    { donate: [0, 1], name: "training step" },
  );
}

/** Builds the workload; answers its step, which resolves to the loss or a value of the output. */
export async function prepare(workload: Workload): Promise<() => Promise<number>> {
  const { inputs, inputShape, labels, labelShape } = workloadBatch(workload);
  const x = tensor(inputs, { shape: inputShape });
  const model = await evaluate(buildOurs(workload));
  if (labels === undefined) {
    const infer = compile((network: Network, input: Tensor) => network.forward(input));
    return async () => Number((await (await infer(model, x)).data())[0]);
  }
  const optimizer = new AdamW(adamW);
  const step = trainingStep(optimizer);
  const y = tensor(labels, { shape: labelShape });
  let current: Pick<Trained, "model" | "state"> = {
    model,
    state: await evaluate(optimizer.init(trainable(model))),
  };
  return async () => {
    const { loss, ...next } = await step(current.model, current.state, x, y);
    current = next;
    return loss.item();
  };
}
