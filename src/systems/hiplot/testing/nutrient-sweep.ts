// A real sweep for the tracker: networks that predict a food's calories from its nutrients and its group.
import { createHash } from "node:crypto";
import { appendFile } from "node:fs/promises";
import {
  compile,
  foldIn,
  randomKey,
  splitKey,
  type Tensor,
  tensor,
} from "../../../engine/index.ts";
import {
  Activation,
  type Context,
  Dropout,
  huberLoss,
  type Layer,
  Linear,
  meanAbsoluteLoss,
  Sequential,
} from "../../../nn/index.ts";
import { Adam, AdamW, cosine, Lion, type Rate, Sgd } from "../../../optim/index.ts";
import { arrayData, type FitCallbacks, fit } from "../../../train/index.ts";
import { type Column, cellOf, numbersOf } from "../core/columns.ts";
import { categoryOrder } from "../core/sorted.ts";
import type { ExperimentData } from "../experiment.ts";
import type { Random } from "../sources/random.ts";
import { callback } from "../tracker/callback.ts";
import { regressionMeasures } from "../tracker/measures.ts";
import { type TrackedRun, track } from "../tracker/tracker.ts";

const target = "calories";

/** Foods in numbers: nutrients scaled to mean 0 and variance 1 (of the training part), group as 0 and 1. */
export interface FoodTable {
  readonly width: number;
  readonly train: FoodPart;
  readonly test: FoodPart;
  /** Mean and spread of the training part's calories. */
  readonly scale: { readonly mean: number; readonly spread: number };
}

interface FoodPart {
  readonly rows: number;
  /** [rows, width] */
  readonly x: Float32Array;
  /** Calories. */
  readonly y: Float32Array;
}

/** Divides the foods: a row is for testing when the first 8 hex digits of SHA-256(id) divide by 5. */
export function foodTable(foods: ExperimentData): FoodTable {
  const frame = foods.frame();
  const ids = frame.column("id")!;
  const isTest = Uint8Array.from({ length: frame.rows }, (_, row) => {
    const hash = createHash("sha256")
      .update(String(cellOf(ids, row)))
      .digest("hex");
    return Number.parseInt(hash.slice(0, 8), 16) % 5 === 0 ? 1 : 0;
  });
  const rowsOf = (part: number) => [...isTest.keys()].filter((row) => isTest[row] === part);
  const [trainRows, testRows] = [rowsOf(0), rowsOf(1)];
  const nutrients = frame.columns
    .filter(({ name }) => !["name", "group", "id", target].includes(name))
    .map((column) => scaled(amounts(column), trainRows).values);
  const { texts, ranks } = categoryOrder(frame.column("group")!);
  const width = nutrients.length + texts.length;
  const calories = amounts(frame.column(target)!);
  const partOf = (rows: readonly number[]): FoodPart => {
    const x = new Float32Array(rows.length * width);
    rows.forEach((row, i) => {
      for (const [c, values] of nutrients.entries()) x[i * width + c] = values[row]!;
      x[i * width + nutrients.length + ranks[row]!] = 1;
    });
    return { rows: rows.length, x, y: Float32Array.from(rows, (row) => calories[row]!) };
  };
  const { mean, spread } = scaled(calories, trainRows);
  return { width, train: partOf(trainRows), test: partOf(testRows), scale: { mean, spread } };
}

/** The table leaves a cell blank where a food has none of a nutrient. */
function amounts(column: Column): Float64Array {
  return numbersOf(column).map((value) => (Number.isNaN(value) ? 0 : value));
}

function scaled(values: Float64Array, rows: readonly number[]) {
  const mean = rows.reduce((sum, row) => sum + values[row]!, 0) / rows.length;
  const variance = rows.reduce((sum, row) => sum + (values[row]! - mean) ** 2, 0) / rows.length;
  const spread = Math.sqrt(variance) || 1;
  return { mean, spread, values: values.map((value) => (value - mean) / spread) };
}

/** What a run of the sweep is set to. */
export interface FoodSettings {
  readonly lr: number;
  readonly width: number;
  readonly depth: number;
  readonly dropout: number;
  readonly optimizer: keyof typeof optimizers;
}

/** Optimizers with the factor by which their rates differ from Adam's. */
const optimizers = {
  adam: (learningRate: Rate) => new Adam({ learningRate }),
  adamw: (learningRate: Rate) => new AdamW({ learningRate, weightDecay: 0.01 }),
  lion: (learningRate: Rate) => new Lion({ learningRate }),
  sgd: (learningRate: Rate) => new Sgd({ learningRate, momentum: 0.9 }),
};
const rateFactors = { adam: 1, adamw: 1, lion: 0.2, sgd: 10 };

/** Settings by random search: the rate on a log scale, the others from short lists. */
export function drawSettings(random: Random): FoodSettings {
  return {
    lr: Number((10 ** random.uniform(-3, -1.7)).toPrecision(4)),
    width: random.choice([16, 32, 64]),
    depth: random.choice([1, 2, 3]),
    dropout: random.choice([0, 0, 0.05, 0.2]),
    optimizer: random.choice(["adam", "adamw", "lion", "sgd"] as const),
  };
}

/** Options of `trainFoods`. */
export interface TrainFoodsOptions {
  readonly experiment: string;
  readonly dataDir: string;
  readonly epochs: number;
  readonly seed: number;
  /** Where the test predictions of each epoch are appended, as little-endian float32. */
  readonly predictions: string;
}

const batchSize = 512;

/** Trains one network and records each epoch. @returns the run, and its seconds in training and in the tracker */
export async function trainFoods(
  table: FoodTable,
  settings: FoodSettings,
  { experiment, dataDir, epochs, seed, predictions }: TrainFoodsOptions,
): Promise<{ run: TrackedRun; seconds: number; trackerSeconds: number }> {
  const { train, test, width, scale } = table;
  const params = { ...settings };
  const run = track({ experiment, dataDir, params });
  const model = network(width, settings, randomKey(seed));
  const steps = epochs * Math.floor(train.rows / batchSize);
  const rate = cosine({ from: settings.lr * rateFactors[settings.optimizer], steps });
  const standard = train.y.map((y) => (y - scale.mean) / scale.spread);
  const fields = { x: { data: train.x, shape: [width] }, y: { data: standard, shape: [1] } };
  const predict = compile((net: Sequential, x: Tensor) => net.forward(x));
  const testInput = tensor(test.x, { shape: [test.rows, width] });
  const timed = timing(callback<Sequential>(run));
  const result = await fit({
    model,
    optimizer: optimizers[settings.optimizer](rate),
    loss: (net: Sequential, batch: { x: Tensor; y: Tensor }, ctx: Context) => {
      const output = net.forward(batch.x, ctx);
      const mae = meanAbsoluteLoss(output, batch.y).mul(scale.spread);
      return { loss: huberLoss(output, batch.y, { delta: 0.02 }), metrics: { mae } };
    },
    data: arrayData(fields, { batchSize, last: "drop", seed }),
    validation: {
      evaluate: async (net) => {
        const output = await (await predict(net, testInput)).data();
        const calories = Float32Array.from(
          output as Float32Array,
          (z) => z * scale.spread + scale.mean,
        );
        await appendFile(predictions, new Uint8Array(calories.buffer));
        return Object.fromEntries(
          Object.entries(regressionMeasures("valid", calories, test.y)).map(([name, value]) => [
            name.slice("valid/".length),
            value,
          ]),
        );
      },
    },
    callbacks: timed.callbacks,
    epochs,
    key: foldIn(randomKey(seed), 1),
    progress: false,
    processSignals: false,
  });
  run.finish();
  testInput.dispose();
  return { run, seconds: result.seconds, trackerSeconds: timed.seconds() };
}

function network(width: number, settings: FoodSettings, key: Tensor): Sequential {
  const keys = splitKey(key, settings.depth + 1);
  const layers: Layer[] = [];
  for (let layer = 0; layer < settings.depth; layer++) {
    const from = layer === 0 ? width : settings.width;
    layers.push(new Linear({ in: from, out: settings.width, key: keys[layer]! }));
    layers.push(new Activation("silu"));
    if (settings.dropout > 0) layers.push(new Dropout({ rate: settings.dropout }));
  }
  const last = new Linear({ in: settings.width, out: 1, key: keys[settings.depth]! });
  return new Sequential(...layers, last);
}

/** The same callbacks, with the time that they take. */
function timing<M>(callbacks: FitCallbacks<M>): {
  callbacks: FitCallbacks<M>;
  seconds: () => number;
} {
  let milliseconds = 0;
  const measured =
    <E>(call: ((event: E) => void | Promise<void>) | undefined) =>
    (event: E) => {
      const start = performance.now();
      call?.(event);
      milliseconds += performance.now() - start;
    };
  return {
    callbacks: {
      onStep: measured(callbacks.onStep),
      onValidation: measured(callbacks.onValidation),
    },
    seconds: () => milliseconds / 1_000,
  };
}
