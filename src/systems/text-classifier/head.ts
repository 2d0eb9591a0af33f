// A small head on frozen sentence vectors: learns in seconds, so it suits sweeps and quick answers.
import {
  type Corpus,
  divide,
  type Parts,
  partOf,
  readCorpus,
  summarizeData,
  type TextSource,
} from "../../data/index.ts";
import { randomKey, softmax, splitKey, type Tensor, tensor } from "../../engine/index.ts";
import { type JobProgress, Phases, type RunHandle } from "../../lab/index.ts";
import { cached, loadEncoder } from "../../models/index.ts";
import { type Context, crossEntropy, Dropout, Linear, Module } from "../../nn/index.ts";
import { AdamW, cosine, warmup } from "../../optim/index.ts";
import { arrayData, fit } from "../../train/index.ts";
import { textArtifacts } from "./api.ts";
import { judgeProbabilities } from "./evaluate.ts";

/** Settings of a head. */
export interface HeadConfig {
  readonly data: TextSource;
  /** Width of the hidden layer; 0 for none. */
  readonly hidden: number;
  readonly dropout: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly batchSize: number;
  readonly epochs: number;
  readonly seed: number;
}

/** What a finished run says of itself. */
export interface HeadSummary {
  readonly accuracy: number;
  readonly f1: number;
  readonly auroc: number;
  /** Of the validation part: what a choice between runs should rest on. */
  readonly validLoss: number;
  readonly validAccuracy: number;
  readonly tested: number;
  readonly wrong: number;
  readonly parameters: number;
  readonly seconds: Readonly<Record<string, number>>;
}

/** What a head is called with: its run, and where it tells how far it is. */
export interface HeadContext {
  readonly run: RunHandle;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: JobProgress) => void;
}

/** Dropout, a hidden layer where there is one, and the logits: `[batch, dim]` gives `[batch, classes]`. */
export class VectorHead extends Module {
  readonly dropout: Dropout;
  readonly hidden: Linear | null;
  readonly output: Linear;

  constructor(dim: number, classes: number, config: HeadConfig, key: Tensor) {
    super();
    const [first, last] = splitKey(key);
    const { dropout, hidden } = config;
    this.dropout = new Dropout({ rate: dropout });
    this.hidden = hidden > 0 ? new Linear({ in: dim, out: hidden, key: first! }) : null;
    this.output = new Linear({ in: hidden || dim, out: classes, key: last! });
  }

  forward(x: Tensor, ctx: Context = {}): Tensor {
    const read = this.dropout.forward(x, ctx);
    return this.output.forward(this.hidden ? this.hidden.forward(read).relu() : read);
  }
}

/**
 * Embeds the texts (once for all runs on the same texts), trains a head on them, keeps the weights of
 * the epoch with the least validation loss, and judges it on the held-out fifth.
 */
export async function trainHead(config: HeadConfig, context: HeadContext): Promise<HeadSummary> {
  const { run, signal, onProgress } = context;
  const phases = new Phases(onProgress, signal);
  const corpus = await phases.time("read", () => readCorpus(config.data));
  const division = await phases.time("divide", () => divide(corpus, config.seed));
  await run.artifact(textArtifacts.dataset, "table", summarizeData(corpus, division));
  const vectors = await phases.time("embed", () => embed(corpus, signal, phases));
  const { head, best } = await phases.time("train", () =>
    train({ corpus, vectors, parts: division.parts }, config, context, phases),
  );
  const { test } = division.parts;
  const evaluation = await phases.time("evaluate", async () => {
    const x = tensor(rowsOf(vectors, test), { shape: [test.length, vectors.dim] });
    const probabilities = Float64Array.from(await softmax(head.forward(x)).numbers());
    const places = test.map((row) => corpus.rows[row]!);
    return judgeProbabilities(probabilities, partOf(corpus, test), places);
  });
  await run.artifact(textArtifacts.confusion, "table", evaluation.confusion);
  await run.artifact(textArtifacts.mistakes, "table", evaluation.mistakes);
  const { accuracy, f1, auroc, tested, wrong } = evaluation;
  const parameters = head.countParameters();
  return { accuracy, f1, auroc, ...best, tested, wrong, parameters, seconds: phases.seconds };
}

interface Vectors {
  /** `[texts, dim]`, each of length √dim: a head learns faster from a variance near 1. */
  readonly data: Float32Array;
  readonly dim: number;
}

/** The encoder reads no more of a text than about this many characters. */
const charactersRead = 800;

async function embed({ texts }: Corpus, signal: AbortSignal, phases: Phases): Promise<Vectors> {
  const encoder = cached(await loadEncoder("use-lite"));
  const { dim } = encoder;
  const starts = texts.map((text) => text.slice(0, charactersRead));
  const onProgress = (progress: { done: number; total: number }) => phases.progress(progress);
  const { data: unit } = await encoder.embed(starts, { signal, onProgress });
  encoder.dispose();
  const scale = Math.sqrt(dim);
  return { data: unit.map((value) => value * scale), dim };
}

function rowsOf({ data, dim }: Vectors, rows: Int32Array): Float32Array {
  const taken = new Float32Array(rows.length * dim);
  rows.forEach((row, i) => {
    taken.set(data.subarray(row * dim, (row + 1) * dim), i * dim);
  });
  return taken;
}

interface HeadData {
  readonly corpus: Corpus;
  readonly vectors: Vectors;
  readonly parts: Parts;
}

async function train(
  { corpus, vectors, parts }: HeadData,
  config: HeadConfig,
  { run, signal }: HeadContext,
  phases: Phases,
) {
  const { batchSize, epochs, learningRate, weightDecay, seed } = config;
  const [modelKey, key] = splitKey(randomKey(seed));
  const head = new VectorHead(vectors.dim, corpus.classes.length, config, modelKey!);
  const fields = (rows: Int32Array) => ({
    x: { data: rowsOf(vectors, rows), shape: [vectors.dim] },
    labels: { data: partOf(corpus, rows).labels },
  });
  const steps = Math.ceil(parts.train.length / batchSize) * epochs;
  const rise = Math.max(1, Math.floor(steps / 20));
  const fall = Math.max(1, steps - rise);
  let best = { validLoss: Number.POSITIVE_INFINITY, validAccuracy: 0 };
  const result = await fit({
    model: head,
    optimizer: new AdamW({ learningRate, weightDecay }),
    schedule: warmup(rise, cosine({ from: learningRate, to: learningRate / 50, steps: fall })),
    loss(model, { x, labels }, ctx) {
      const logits = model.forward(x, ctx);
      const accuracy = logits.argmax().equal(labels).cast("float32").mean();
      return { loss: crossEntropy(logits, labels), metrics: { accuracy } };
    },
    data: arrayData(fields(parts.train), { batchSize, seed, last: "pad" }),
    epochs,
    key: key!,
    validation: { data: arrayData(fields(parts.valid), { batchSize: 256, last: "keep" }) },
    // Patience that cannot run out: the best weights are kept, and the run goes to its end.
    earlyStopping: { patience: epochs + 1 },
    signal,
    progress: false,
    callbacks: {
      onStep({ step, loss, metrics }) {
        run.metrics(step, { "train/loss": loss, "train/accuracy": metrics.accuracy! });
        phases.progress({ done: step, total: steps, values: { loss } });
      },
      onValidation({ step, values, isBest }) {
        const [validLoss, validAccuracy] = [values.loss!, values.accuracy!];
        run.metrics(step, { "valid/loss": validLoss, "valid/accuracy": validAccuracy });
        if (isBest) best = { validLoss, validAccuracy };
      },
    },
  });
  await run.flush();
  if (result.stopped === "interrupted") throw signal.reason;
  return { head, best };
}
