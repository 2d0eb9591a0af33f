import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { log, randomKey, type Tensor, tensor } from "../engine/index.ts";
import { Activation, crossEntropy, Dropout, Gpt, Linear, Sequential } from "../nn/index.ts";
import { AdamW, cosine, Sgd } from "../optim/index.ts";
import { checkpointPath, loadCheckpoint } from "./checkpoint.ts";
import { arrayData } from "./data.ts";
import { fit } from "./fit.ts";

const root = mkdtempSync(join(tmpdir(), "deepdive-fit-"));
afterAll(() => rmSync(root, { recursive: true }));

/** Two classes that no line separates: inside and outside a circle. */
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

function net(dropout = 0): Sequential {
  return new Sequential(
    new Linear({ in: 2, out: 16, key: randomKey(1) }),
    new Activation("relu"),
    new Dropout({ rate: dropout }),
    new Linear({ in: 16, out: 2, key: randomKey(2) }),
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

const quiet = { key: randomKey(7), progress: false, processSignals: false } as const;
const base = { ...quiet, loss };
const data = arrayData(circle(64), { batchSize: 8, shuffle: false });
const sgd = new Sgd({ learningRate: 0.1 });

async function weights(model: Sequential): Promise<number[]> {
  const all: number[] = [];
  for (const t of model.stateDict().values()) all.push(...(await t.numbers()));
  return all;
}

describe("fit", () => {
  test("separates a circle from its surroundings and says how well on other points", async () => {
    const model = net();
    const { validations, steps, stopped } = await fit({
      ...base,
      model,
      optimizer: new AdamW({ learningRate: 0.02 }),
      data: arrayData(circle(512), { batchSize: 64 }),
      validation: { data: arrayData(circle(400), { batchSize: 100 }) },
      epochs: 30,
    });
    expect([steps, stopped, validations.length]).toEqual([30 * 8, "finished", 30]);
    expect(validations[29]!.values.accuracy).toBeGreaterThan(0.95);
    // The model that was given holds the trained weights.
    const points = tensor([
      [0, 0],
      [0.95, 0.95],
    ]);
    expect(await model.forward(points).argmax().array()).toEqual([1, 0]);
  });

  test("a Gpt learns a sentence by heart", async () => {
    const text = "the quick brown fox jumps over the lazy dog.";
    const letters = [...new Set(text)];
    const ids = Int32Array.from(text, (c) => letters.indexOf(c));
    const time = text.length - 1;
    const options = { vocabulary: letters.length, width: 32, heads: 2, layers: 2, maxLength: time };
    const { model } = await fit({
      ...quiet,
      model: new Gpt({ ...options, key: randomKey(3) }),
      optimizer: new AdamW({ learningRate: cosine({ from: 0.01, to: 0.001, steps: 60 }) }),
      loss: (gpt, { x, y }: Batch, ctx) => crossEntropy(gpt.forward(x, ctx), y),
      data: arrayData(
        {
          x: { data: ids.slice(0, -1), shape: [time] },
          y: { data: ids.slice(1), shape: [time] },
        },
        { batchSize: 1 },
      ),
      steps: 60,
    });
    const next = await model.forward(tensor(ids.slice(0, -1), { shape: [1, time] })).argmax();
    expect((await next.numbers()).map((id) => letters[id]).join("")).toBe(text.slice(1));
  });

  test("gradients of several batches make the step of one large batch", async () => {
    const [whole, parts] = [net(), net()];
    const large = arrayData(circle(64), { batchSize: 32, shuffle: false });
    const common = { ...base, optimizer: sgd, epochs: 3, clip: { norm: 0.5 } };
    await fit({ ...common, model: whole, data: large });
    const { steps } = await fit({ ...common, model: parts, data, accumulate: 4 });
    expect(steps).toBe(6);
    const [a, b] = [await weights(whole), await weights(parts)];
    for (const [i, v] of a.entries()) expect(b[i]).toBeCloseTo(v, 5);
  });

  test("reports loss, metrics, rate and gradient norm after each step", async () => {
    const seen: number[][] = [];
    await fit({
      ...base,
      model: net(),
      optimizer: sgd,
      data,
      steps: 4,
      schedule: cosine({ from: 0.2, steps: 4 }),
      clip: { norm: 1 },
      callbacks: {
        onStep({ step, epoch, loss, learningRate, metrics }) {
          seen.push([step, epoch, loss, learningRate, metrics.gradientNorm!, metrics.accuracy!]);
        },
      },
    });
    expect(seen.map(([step]) => step)).toEqual([1, 2, 3, 4]);
    expect(seen.map((row) => row[3]!.toFixed(4))).toEqual(["0.2000", "0.1707", "0.1000", "0.0293"]);
    expect(seen.flat().every(Number.isFinite)).toBe(true);
  });

  test("keeps frozen parameters to the bit", async () => {
    const model = net().freeze("layers.0");
    const before = await model.parameters().get("layers.0.weight")?.numbers();
    await fit({ ...base, model, optimizer: sgd, data, epochs: 1 });
    expect(await model.parameters().get("layers.0.weight")?.numbers()).toEqual(before);
    expect(model.parameters().get("layers.3.weight")).not.toBe(undefined);
  });

  test("ends with the averaged weights under ema", async () => {
    const [plain, averaged] = [net(), net()];
    const start = await weights(plain);
    await fit({ ...base, model: plain, optimizer: sgd, data, steps: 1 });
    await fit({ ...base, model: averaged, optimizer: sgd, data, steps: 1, ema: {} });
    const [end, average] = [await weights(plain), await weights(averaged)];
    // At the first step the average keeps (1 + 0) / (10 + 0) of the past.
    for (const [i, v] of average.entries()) {
      expect(v).toBeCloseTo(0.1 * start[i]! + 0.9 * end[i]!, 6);
    }
  });
});

describe("early stopping", () => {
  test("ends after waiting in vain and gives the best weights back", async () => {
    const model = net();
    const scores = [0.5, 0.9, 0.7, 0.9, 0.95];
    const after: number[][] = [];
    const { stopped, best, validations } = await fit({
      ...base,
      model,
      optimizer: sgd,
      data,
      epochs: 9,
      validation: { evaluate: () => ({ score: scores[after.length]! }) },
      earlyStopping: { metric: "score", mode: "max", patience: 2 },
      callbacks: {
        async onValidation(event) {
          after.push(await weights(event.model));
        },
      },
    });
    expect(stopped).toBe("early");
    expect(validations).toHaveLength(4);
    expect(best).toMatchObject({ step: 16, values: { score: 0.9 }, waited: 2 });
    expect(await weights(model)).toEqual(after[1]);
  });

  test("an unknown metric is named with those there are", async () => {
    const options = { ...base, model: net(), optimizer: sgd, data, epochs: 1 };
    const run = fit({
      ...options,
      validation: { data },
      earlyStopping: { metric: "f1", patience: 1 },
    });
    await expect(run).rejects.toThrow(
      'earlyStopping.metric: "f1" is none of the validation\'s values: loss, accuracy',
    );
  });
});

describe("stopping and going on", () => {
  const common = { ...base, optimizer: new AdamW({ learningRate: 0.01 }), epochs: 2 };

  test("an aborted run saves itself and ends like an unbroken one", async () => {
    const [whole, broken] = [net(0.2), net(0.2)];
    await fit({ ...common, model: whole, data });
    const dir = join(root, "aborted");
    const controller = new AbortController();
    const options = { ...common, model: broken, data, checkpoint: { dir } };
    const first = await fit({
      ...options,
      signal: controller.signal,
      callbacks: { onStep: ({ step }) => void (step === 5 && controller.abort()) },
    });
    expect([first.stopped, first.steps]).toEqual(["interrupted", 5]);
    const second = await fit({ ...options, model: net(0.2) });
    expect([second.stopped, second.steps]).toEqual(["finished", 16]);
    expect(await weights(second.model)).toEqual(await weights(whole));
  });

  test("a callback may end the run", async () => {
    const callbacks = { onEpoch: ({ stop }: { stop(): void }) => stop() };
    const { stopped, steps } = await fit({ ...common, model: net(), data, callbacks });
    expect([stopped, steps]).toEqual(["callback", 8]);
  });

  test("a checkpoint of another run or model is refused, and left as it is", async () => {
    const dir = join(root, "other");
    await fit({ ...common, model: net(), data, checkpoint: { dir } });
    const other = arrayData(circle(64), { batchSize: 16, shuffle: false });
    await expect(
      fit({ ...common, model: net(), data: other, checkpoint: { dir } }),
    ).rejects.toThrow("its batchSize was 8, now it is 16");
    await expect(
      fit({ ...common, key: randomKey(8), model: net(), data, checkpoint: { dir } }),
    ).rejects.toThrow("its random key is another");
    const model = new Sequential(new Linear({ in: 2, out: 2, key: randomKey(0) }));
    await expect(fit({ ...common, model, data, checkpoint: { dir } })).rejects.toThrow(
      `${checkpointPath(dir)} does not belong to this model and optimizer: it has model/layers.3.weight`,
    );
    expect((await loadCheckpoint(dir))?.progress.step).toBe(16);
  });
});

describe("errors", () => {
  test("a loss that is no number names the step, the batch and ways out", async () => {
    const run = fit({
      ...quiet,
      model: net(),
      optimizer: sgd,
      loss: (model: Sequential, { x, y }: Batch, { step }) => {
        // log(1 - step/3) leaves the real numbers after three steps.
        const broken = log(step.cast("float32").div(-3).add(1));
        return crossEntropy(model.forward(x), y).add(broken);
      },
      data,
      epochs: 2,
    });
    await expect(run).rejects.toThrowErrorMatchingInlineSnapshot(
      `[TrainingError: fit: the loss became -Infinity at step 4 (epoch 1, batch 4); the weights are lost. Try a lower learning rate or a warm-up, clip gradients (clip: { norm: 1 }), and look in the data for NaN and in the loss for log(0).]`,
    );
    await expect(run).rejects.toMatchObject({ code: "diverged" });
  });

  test("options that cannot work are refused before anything runs", async () => {
    const options = { ...base, model: net(), optimizer: sgd, data };
    await expect(fit(options)).rejects.toThrow("fit: expected epochs or steps, got neither");
    await expect(fit({ ...options, epochs: 1, accumulate: 0 })).rejects.toThrow(
      "fit: accumulate: expected a whole number of at least 1, got 0",
    );
    const model = net().freeze();
    await expect(fit({ ...options, model, epochs: 1 })).rejects.toThrow("all are frozen");
  });

  test("fields of different lengths are named", () => {
    const fields = { x: { data: new Float32Array(6), shape: [2] }, y: { data: new Int32Array(4) } };
    expect(() => arrayData(fields, { batchSize: 2 })).toThrow(
      "arrayData: y has 4 rows of its shape, x has 3",
    );
  });
});
