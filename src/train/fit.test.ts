import { describe, expect, test } from "vitest";
import { randomKey, type Tensor, tensor } from "../engine/index.ts";
import { Activation, crossEntropy, Dropout, Gpt, Linear, Sequential } from "../nn/index.ts";
import { Adam, AdamW, cosine, Sgd } from "../optim/index.ts";
import { arrayData } from "./data.ts";
import { fit } from "./fit.ts";
import type { ProgressStream } from "./progress.ts";

/** Two interleaved classes that no line separates: inside and outside a circle. */
function circle(rows: number) {
  const x = new Float32Array(rows * 2);
  const y = new Int32Array(rows);
  for (let i = 0; i < rows; i++) {
    // Points of a lattice, so that no random generator is needed.
    const a = (i * 0.618034) % 1;
    const b = (i * 0.754878) % 1;
    x.set([2 * a - 1, 2 * b - 1], 2 * i);
    y[i] = (2 * a - 1) ** 2 + (2 * b - 1) ** 2 < 0.6 ? 1 : 0;
  }
  return { x: { data: x, shape: [2] }, y: { data: y } };
}

function net(options: { dropout?: number } = {}): Sequential {
  return new Sequential(
    new Linear({ in: 2, out: 32, key: randomKey(1) }),
    new Activation("relu"),
    new Dropout({ rate: options.dropout ?? 0 }),
    new Linear({ in: 32, out: 2, key: randomKey(2) }),
  );
}

interface Batch {
  x: Tensor;
  y: Tensor;
}

const loss = (model: Sequential, { x, y }: Batch, ctx: object) => {
  const logits = model.forward(x, ctx);
  const accuracy = logits.argmax().equal(y).cast("float32").mean();
  return { loss: crossEntropy(logits, y), metrics: { accuracy } };
};

const base = { loss, key: randomKey(7), progress: false, processSignals: false } as const;

describe("fit", () => {
  test("separates a circle from its surroundings and says how well on other points", async () => {
    const model = net();
    const { validations, steps, stopped } = await fit({
      ...base,
      model,
      optimizer: new AdamW({ learningRate: 0.02 }),
      data: arrayData(circle(512), { batchSize: 64 }),
      validation: { data: arrayData(circle(400), { batchSize: 100 }) },
      epochs: 25,
    });
    expect(steps).toBe(25 * 8);
    expect(stopped).toBe("finished");
    expect(validations).toHaveLength(25);
    expect(validations[24]!.values.accuracy).toBeGreaterThan(0.95);
    // The model that was given holds the trained weights.
    const check = model.forward(tensor([[0, 0], [0.95, 0.95]]));
    expect(await check.argmax().array()).toEqual([1, 0]);
  });
});
