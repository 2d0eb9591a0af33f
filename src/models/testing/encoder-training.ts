/** @file Trains the sentence encoder on four texts, and checks its gradients by small steps. */
import { padBatch } from "../../data/text/pad.ts";
import { compile, gradients, matmul, type Tensor, tensor } from "../../engine/index.ts";
import { assign, crossEntropy, trainable } from "../../nn/index.ts";
import { AdamW } from "../../optim/index.ts";
import type { UseLite } from "../encoders/use-lite.ts";
import type { UseLiteEncoder } from "../encoders/use-lite-encoder.ts";

/** Token ids with their mask, `[texts, time]`. */
interface TokenTensors {
  readonly ids: Tensor;
  readonly mask: Tensor;
}

const texts = ["cheap pills, buy now", "patch for the kernel", "win money today", "a bug report"];
const labels = tensor(Int32Array.of(0, 1, 0, 1));
const head = tensor(
  Float32Array.from({ length: 1024 }, (_, i) => Math.sin(i)),
  { shape: [512, 2] },
);

/** Texts as one padded batch. */
export function batchOf(
  { tokenizer }: UseLiteEncoder,
  given: readonly string[],
  padTo: number,
): TokenTensors {
  const rows = given.map((text) => tokenizer.encode(text).subarray(0, 128));
  const { ids, mask, shape } = padBatch(rows, { padTo });
  return { ids: tensor(ids, { shape }), mask: tensor(Int32Array.from(mask), { shape }) };
}

function lossOf(module: UseLite, { ids, mask }: TokenTensors): Tensor {
  return crossEntropy(matmul(module.forward(ids, { mask }), head), labels);
}

/** The losses of some steps of AdamW on all weights; the encoder keeps its own. */
export async function trainingLosses(encoder: UseLiteEncoder, steps: number): Promise<number[]> {
  const optimizer = new AdamW({ learningRate: 1e-3 });
  const batch = batchOf(encoder, texts, 8);
  const step = compile((module: UseLite, state: ReturnType<typeof optimizer.init>) => {
    const params = trainable(module);
    const loss = lossOf(module, batch);
    const next = optimizer.update(params, gradients(loss, params), state);
    return { module: assign(module, next.params), state: next.state, loss };
  });
  let { module } = encoder;
  let state = optimizer.init(trainable(module));
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    const done = await step(module, state);
    ({ module, state } = done);
    losses.push(await done.loss.item());
  }
  return losses;
}

/**
 * For some weights, the slope of the loss by small steps along their gradient, divided by the
 * gradient's length: 1 where the gradient is right.
 */
export async function slopeRatios(
  encoder: UseLiteEncoder,
  paths: readonly string[],
): Promise<Map<string, number>> {
  const { module } = encoder;
  const batch = batchOf(encoder, texts, 8);
  const grads = compile((model: UseLite) => gradients(lossOf(model, batch), trainable(model)));
  const loss = compile((model: UseLite) => lossOf(model, batch));
  const found = await grads(module);
  const ratios = new Map<string, number>();
  for (const path of paths) {
    const slope = (await found[path]!.data()) as Float32Array;
    // Along the gradient itself the change is large against the rounding of float32.
    const norm = Math.sqrt(slope.reduce((sum, x) => sum + x * x, 0));
    const weight = module.stateDict().get(path)!;
    const values = (await weight.data()) as Float32Array;
    const step = 0.005;
    const at = async (sign: number): Promise<number> => {
      const moved = values.map((x, i) => x + (sign * step * slope[i]!) / norm);
      const y = await loss(assign(module, { [path]: tensor(moved, { shape: weight.shape }) }));
      assign(module, { [path]: weight });
      return y.item();
    };
    ratios.set(path, ((await at(1)) - (await at(-1))) / (2 * step) / norm);
  }
  return ratios;
}
