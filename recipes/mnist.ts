// `npm run recipe -- mnist`: a small convolutional network learns to read digits.

import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { openPeer } from "../bench/engine/peer.ts";
import { workloads } from "../bench/engine/workloads.ts";
import { type DigitImages, loadMnist } from "../src/data/index.ts";
import { randomKey, splitKey, type Tensor } from "../src/engine/index.ts";
import {
  Activation,
  type Context,
  Conv2d,
  crossEntropy,
  Flatten,
  Linear,
  MaxPool,
  Sequential,
} from "../src/nn/index.ts";
import { AdamW, cosine, noDecay, warmup } from "../src/optim/index.ts";
import { arrayData, fit } from "../src/train/index.ts";
import type { Recipe } from "./types.ts";

const batchSize = 64;
const peakRate = 2e-3;
const warmupSteps = 100;
// Mean and deviation of the training pixels, as a share of full ink.
const [pixelMean, pixelDeviation] = [0.1307, 0.3081];

interface Batch {
  readonly x: Tensor;
  readonly y: Tensor;
}

/** The `cnn` workload of the engine benchmark. */
function network(key: Tensor): Sequential {
  const keys = splitKey(key, 4);
  return new Sequential(
    new Conv2d({ in: 1, out: 32, kernel: 3, key: keys[0]! }),
    new Activation("relu"),
    new Conv2d({ in: 32, out: 64, kernel: 3, key: keys[1]! }),
    new Activation("relu"),
    new MaxPool({ size: 2 }),
    new Flatten(),
    new Linear({ in: 9216, out: 128, key: keys[2]! }),
    new Activation("relu"),
    new Linear({ in: 128, out: 10, key: keys[3]! }),
  );
}

function digits({ pixels, labels }: DigitImages, last: "keep" | "drop", seed: number) {
  const y = { data: Int32Array.from(labels) };
  return arrayData({ x: { data: pixels, shape: [1, 28, 28] }, y }, { batchSize, last, seed });
}

function loss(model: Sequential, { x, y }: Batch, ctx: Context) {
  const ink = x
    .cast("float32")
    .mul(1 / 255 / pixelDeviation)
    .sub(pixelMean / pixelDeviation);
  const logits = model.forward(ink, ctx);
  const accuracy = logits.argmax().equal(y).cast("float32").mean();
  return { loss: crossEntropy(logits, y), metrics: { accuracy } };
}

/** What an epoch would take PyTorch, from the median of 50 of its steps; training alone, without reading data. */
async function torchSecondsPerEpoch(steps: number): Promise<number | "not measured"> {
  const workload = workloads.find(({ name }) => name === "cnn")!;
  const peer = await openPeer("torch-eager", availableParallelism()).catch(() => null);
  if (peer === null) return "not measured";
  try {
    await peer.setup(workload);
    const ms = (await peer.step(50)).sort((a, b) => a - b);
    return Number(((steps * ms[ms.length >> 1]!) / 1e3).toFixed(2));
  } finally {
    await peer.close();
  }
}

export const recipe: Recipe = {
  about:
    "A small convolutional network on MNIST: at least 99.0% of the test digits after 3 epochs.",
  usage: "[--epochs 3] [--seed 0] [--json]",
  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        epochs: { type: "string", default: "3" },
        seed: { type: "string", default: "0" },
      },
    });
    const [epochs, seed] = [Number(values.epochs), Number(values.seed)];
    const { train, test } = await loadMnist();
    const stepsPerEpoch = Math.floor(train.count / batchSize);
    const decay = cosine({ from: peakRate, steps: epochs * stepsPerEpoch - warmupSteps });
    const epochSeconds: number[] = [];
    let mark = performance.now();
    const { validations, model } = await fit({
      model: network(randomKey(seed)),
      optimizer: new AdamW({ learningRate: warmup(warmupSteps, decay), groups: [noDecay] }),
      loss,
      data: digits(train, "drop", seed),
      validation: { data: digits(test, "keep", seed) },
      epochs,
      key: randomKey(seed + 1),
      callbacks: {
        onStep({ step }) {
          if (step % stepsPerEpoch === 0) epochSeconds.push((performance.now() - mark) / 1e3);
        },
        onEpoch() {
          // The test after each epoch is not part of the next one.
          mark = performance.now();
        },
      },
    });
    const { accuracy, loss: testLoss } = validations.at(-1)!.values;
    const mean = epochSeconds.reduce((sum, s) => sum + s, 0) / epochSeconds.length;
    return {
      accuracy,
      testLoss,
      epochs,
      secondsPerEpoch: Number(mean.toFixed(2)),
      torchSecondsPerEpoch: await torchSecondsPerEpoch(stepsPerEpoch),
      batchSize,
      parameters: model.countParameters(),
    };
  },
};
