// The main job: reads labelled texts, trains the classifier, judges it on the held-out fifth, saves it.
import { createHash } from "node:crypto";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type Corpus,
  type Division,
  divide,
  partOf,
  readCorpus,
  summarizeData,
  type Tokenizer,
  trainTokenizer,
} from "../../data/index.ts";
import { randomKey, splitKey, type Tensor } from "../../engine/index.ts";
import { Phases, type RunHandle } from "../../lab/index.ts";
import { cosine, warmup } from "../../optim/index.ts";
import { type FitResult, fit, type TrainingData } from "../../train/index.ts";
import { textBaseline } from "../../train/text-baseline.ts";
import {
  type ComparisonRow,
  type TextClassifierConfig,
  type TextClassifierSummary,
  type TextEvaluation,
  type TrainTextClassifier,
  type TrainTextClassifierOptions,
  textArtifacts,
} from "./api.ts";
import { CurveWriter } from "./curves.ts";
import { judgeProbabilities } from "./evaluate.ts";
import { type EncodedText, encodeTokens, textData, tokenize } from "./features.ts";
import { chooseMixture } from "./mixture.ts";
import { type TextBatch, TextModel, type TextModelShape, textLoss } from "./model.ts";
import { NgramTable } from "./ngrams.ts";
import { WideDeepOptimizer } from "./optimizer.ts";
import { planTraining, type TextPlan } from "./plan.ts";
import { packModel, TextPredictor } from "./saved-model.ts";

/** Texts of the validation part below which their loss says too little to choose weights by. */
const fewestToChooseBy = 32;

/** Reads, trains, judges and saves; see the contract in api.ts. Same seed and data, same weights. */
export const trainTextClassifier: TrainTextClassifier = async (options) => {
  const { run, seed = 1, data } = options;
  const phases = new Phases(options.onProgress, options.signal);

  const { corpus, division } = await phases.time("read", async () => {
    const found = await readCorpus(data);
    const divided = divide(found, seed);
    await run.artifact(textArtifacts.dataset, "table", summarizeData(found, divided));
    return { corpus: found, division: divided };
  });
  phases.say(
    `${corpus.texts.length.toLocaleString("en")} texts, ${division.groups.toLocaleString("en")} after near-duplicates`,
  );

  const prepared = await phases.time("tokenize", () => prepare(corpus, division, options));
  phases.say(
    `${prepared.tokenizer.size.toLocaleString("en")} subwords, ${(prepared.table.width - 1).toLocaleString("en")} features`,
  );

  const trained = await phases.time("train", () => train(prepared, options, phases));
  phases.say(`${trained.steps.toLocaleString("en")} steps`);

  const evaluation = await phases.time("evaluate", async () => {
    await weighParts(prepared);
    return evaluate(prepared);
  });
  phases.say(`${evaluation.wrong} of ${evaluation.tested} held-out texts wrong`);

  const rest = [...division.parts.train, ...division.parts.valid].sort((a, b) => a - b);
  const baseline = await phases.time("baseline", async () =>
    textBaseline(partOf(corpus, Int32Array.from(rest)), partOf(corpus, division.parts.test)),
  );
  phases.say("TF-IDF + logistic regression on the same texts");

  const comparison = compare(evaluation, trained.seconds, baseline, prepared.plan);
  await phases.time("save", () => keep(run, prepared, evaluation, comparison));
  await rm(checkpointFolder(run.folder), { recursive: true, force: true });
  const { accuracy, f1, auroc, tested, wrong } = evaluation;
  const summary: TextClassifierSummary = {
    accuracy,
    f1,
    auroc,
    tested,
    wrong,
    parameters: prepared.predictor.model.countParameters(),
    vocabulary: prepared.tokenizer.size,
    epochs: prepared.plan.epochs,
    steps: trained.steps,
    seconds: { ...phases.seconds, train: trained.seconds },
  };
  return summary;
};

interface Prepared {
  readonly corpus: Corpus;
  readonly division: Division;
  readonly tokenizer: Tokenizer;
  readonly table: NgramTable;
  readonly plan: TextPlan;
  readonly encoded: readonly EncodedText[];
  readonly predictor: TextPredictor;
  readonly key: Tensor;
}

const vocabularySize = 8192;

/** Tokenizer and features learn from the training part alone. */
function prepare(
  corpus: Corpus,
  division: Division,
  { seed = 1, epochs }: TextClassifierConfig,
): Prepared {
  const { train: rows } = division.parts;
  const tokenizer = trainTokenizer(partOf(corpus, rows).texts, { vocabularySize });
  const tokens = corpus.texts.map((text) => tokenize(tokenizer, text));
  const training = Array.from(rows, (row) => tokens[row]!);
  const { classes } = corpus;
  const plan = planTraining(
    training.map(({ length }) => length),
    classes.length,
    epochs,
  );
  const table = NgramTable.fit(training, tokenizer.size, plan);
  const { limits } = plan;
  const encoded = tokens.map((text) => encodeTokens(text, table, limits));
  const shape: TextModelShape = {
    classes: classes.length,
    vocabulary: tokenizer.size,
    features: table.width,
    ...limits,
    embedding: plan.embedding,
    width: plan.width,
    heads: plan.heads,
    layers: plan.layers,
    dropout: plan.dropout,
    deepShare: plan.deepShare,
  };
  const [modelKey, key] = splitKey(randomKey(seed));
  const model = new TextModel(shape, modelKey!);
  const mixture = { wide: 1 - plan.deepShare, deep: plan.deepShare };
  const card = { labels: classes, shape, limits, mixture };
  const predictor = new TextPredictor(card, model, tokenizer, table);
  return { corpus, division, tokenizer, table, plan, encoded, predictor, key: key! };
}

async function train(
  prepared: Prepared,
  options: TrainTextClassifierOptions,
  phases: Phases,
): Promise<FitResult<TextModel>> {
  const { plan, predictor, key, division } = prepared;
  const { seed = 1, run, signal, maxSeconds = Number.POSITIVE_INFINITY } = options;
  const { batchSize, epochs, learningRate } = plan;
  const data = partData(prepared, division.parts.train, { batchSize, seed, last: "pad" });
  const valid = division.parts.valid;
  const perEpoch = Math.ceil(data.count / batchSize);
  const steps = perEpoch * epochs;
  const folder = checkpointFolder(run.folder);
  await takeCheckpoint(run, fingerprint(prepared, options), phases);
  const curves = await CurveWriter.open(run, folder, Math.round(steps / 200));
  const rise = Math.max(1, Math.min(30, Math.floor(steps / 10)));
  const fall = Math.max(1, steps - rise);
  const began = performance.now();
  const result = await fit<TextModel, TextBatch>({
    model: predictor.model,
    optimizer: new WideDeepOptimizer(learningRate, plan.wideRateScale),
    schedule: warmup(rise, cosine({ from: learningRate, to: learningRate / 50, steps: fall })),
    loss: textLoss,
    data,
    epochs,
    key,
    ema: { decay: 0.99 },
    ...(valid.length > 0 && {
      validation: { data: partData(prepared, valid, { batchSize: 64, last: "keep" }) },
    }),
    // Patience that cannot run out: the best weights are kept, and the run goes to its end.
    ...(valid.length >= fewestToChooseBy && { earlyStopping: { patience: epochs + 1 } }),
    checkpoint: { dir: folder, every: Math.max(50, Math.min(perEpoch, 250)) },
    signal,
    progress: false,
    callbacks: {
      async onStep({ step, metrics, learningRate: rate, examplesPerSecond, stop }) {
        await curves.step(step, {
          "train/loss": metrics.crossEntropy!,
          "train/accuracy": metrics.accuracy!,
          "train/learningRate": rate,
          "train/examplesPerSecond": examplesPerSecond,
        });
        const secondsLeft = ((steps - step) * batchSize) / examplesPerSecond;
        const values = { loss: metrics.crossEntropy!, "texts/s": examplesPerSecond };
        phases.progress({ done: step, total: steps, values, secondsLeft });
        if (performance.now() - began > 1000 * maxSeconds) stop();
      },
      async onValidation({ step, values }) {
        await curves.point(step, {
          "valid/loss": values.loss!,
          "valid/accuracy": values.accuracy!,
        });
        await curves.flush();
      },
    },
  });
  await curves.replay(result.steps);
  await curves.flush();
  await run.flush();
  if (result.stopped === "interrupted") throw signal.reason;
  return result;
}

function partData(
  { corpus, encoded, plan }: Prepared,
  rows: Int32Array,
  options: { readonly batchSize: number; readonly seed?: number; readonly last: "keep" | "pad" },
): TrainingData<TextBatch> {
  const texts = Array.from(rows, (row) => encoded[row]!);
  return textData(texts, partOf(corpus, rows).labels, plan.limits, options);
}

function checkpointFolder(runFolder: string): string {
  return join(runFolder, "checkpoints");
}

/** What must be equal for a checkpoint to be gone on from: texts, labels, parts and sizes. */
function fingerprint({ corpus, division, plan }: Prepared, { seed = 1 }: TextClassifierConfig) {
  const hash = createHash("sha256").update(JSON.stringify([seed, plan, corpus.classes]));
  for (const text of corpus.texts) hash.update(text).update("\0");
  for (const rows of [corpus.labels, ...Object.values(division.parts)]) hash.update(rows);
  return hash.digest("hex");
}

/** Brings the checkpoint of the run that this one continues, if it was made from the same data. */
async function takeCheckpoint(run: RunHandle, own: string, phases: Phases): Promise<void> {
  const folder = checkpointFolder(run.folder);
  const mark = join(folder, "fingerprint");
  // A run that goes on in its own folder.
  const left = await readFile(mark, "utf8").catch(() => own);
  if (left !== own) await rm(folder, { recursive: true });
  if (run.parentFolder !== undefined) {
    const from = checkpointFolder(run.parentFolder);
    const theirs = await readFile(join(from, "fingerprint"), "utf8").catch(() => undefined);
    if (theirs === own) await cp(from, folder, { recursive: true });
    else phases.say("the data or settings have changed: training from the beginning");
  }
  await mkdir(folder, { recursive: true });
  await writeFile(mark, own);
}

/** Weighs the two parts by how well they do on the validation part, where that is large enough. */
async function weighParts({ corpus, division, predictor, encoded, plan }: Prepared): Promise<void> {
  const rows = division.parts.valid;
  if (rows.length < fewestToChooseBy || plan.deepShare === 0) return;
  const logits = await predictor.logits(Array.from(rows, (row) => encoded[row]!));
  const { labels, classes } = partOf(corpus, rows);
  predictor.mixture = chooseMixture(logits, labels, classes.length);
}

async function evaluate({ corpus, division, predictor, encoded }: Prepared) {
  const rows = division.parts.test;
  const texts = Array.from(rows, (row) => encoded[row]!);
  const probabilities = await predictor.ofEncoded(texts);
  const places = rows.map((row) => corpus.rows[row]!);
  return judgeProbabilities(probabilities, partOf(corpus, rows), places);
}

function compare(
  own: TextEvaluation,
  seconds: number,
  baseline: ReturnType<typeof textBaseline>,
  { layers }: TextPlan,
): ComparisonRow[] {
  const figures = ({ accuracy, f1, auroc }: Pick<ComparisonRow, "accuracy" | "f1" | "auroc">) => ({
    accuracy,
    f1,
    auroc,
  });
  const model = `Wide n-grams + transformer, ${layers} layers`;
  return [
    { model, role: "model", ...figures(own), seconds },
    {
      model: "TF-IDF + logistic regression",
      role: "baseline",
      ...figures(baseline),
      seconds: baseline.seconds,
    },
  ];
}

async function keep(
  run: RunHandle,
  { predictor, plan, division }: Prepared,
  { confusion, mistakes, accuracy, f1, auroc }: TextEvaluation,
  comparison: readonly ComparisonRow[],
): Promise<void> {
  await run.artifact(textArtifacts.confusion, "table", confusion);
  await run.artifact(textArtifacts.mistakes, "table", mistakes);
  await run.artifact(textArtifacts.comparison, "table", comparison);
  const trainedOn = division.parts.train.length;
  const { card, weights, tokenizer } = await packModel(predictor, {
    trainedOn,
    epochs: plan.epochs,
    heldOut: { accuracy, f1, auroc },
  });
  // The config comes last: whoever finds it finds the whole model.
  await run.artifact(textArtifacts.modelWeights, "model", weights);
  await run.artifact(textArtifacts.modelTokenizer, "model", tokenizer);
  await run.artifact(textArtifacts.modelConfig, "model", card);
}
