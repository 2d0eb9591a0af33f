// SetFit: the encoder learns from pairs of examples which are alike, then a logistic head is put on it.
import { fitDenseLogistic } from "../../data/baseline/dense-logistic.ts";
import { threefry } from "../../data/random.ts";
import {
  gather,
  mean,
  mul,
  randomKey,
  reshape,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
} from "../../engine/index.ts";
import type { Encoder } from "../../models/encoders/encoder.ts";
import { MAX_TOKENS, type PackedTokens, type UseLite } from "../../models/encoders/use-lite.ts";
import { UseLiteEncoder } from "../../models/encoders/use-lite-encoder.ts";
import { AdamW, linear, warmup } from "../../optim/index.ts";
import { fit, type TrainingData } from "../../train/index.ts";
import {
  checkTrainable,
  copyOf,
  type FineTuned,
  type FineTuneOptions,
  PLACES,
  packTexts,
  type WeightedExamples,
} from "./finetune.ts";
import { embedTexts } from "./label-vectors.ts";
import { fill } from "./labels.ts";
import type { Vectors } from "./vectors.ts";

/** The paper's 2e-5 is for encoders ten times as large: of 2e-5, 1e-4 and 3e-4 the best on BANKING77. */
const RATE = 1e-4;
const BATCH = 16;
/** Pairs of each kind that an example takes part in, in one pass. */
const PAIRS = 20;
/** Made-up examples per label where no text is labelled. */
const MADE_UP = 8;
const MADE_UP_TEMPLATE = "This sentence is {}";
const INVERSE_PENALTY = 10;

interface Pair {
  readonly first: number;
  readonly second: number;
  readonly same: boolean;
}

/**
 * Tunstall et al. 2022 (arXiv 2209.11055): as many pairs of the same class as of different ones; the
 * cosine of a pair is drawn to 1 or 0 by squared error, AdamW at 1e-4, batches of 16 pairs, one pass;
 * then logistic regression (C = 10) on the new vectors. Without examples it starts from made-up ones,
 * `This sentence is {label}`.
 */
export async function setFit(
  encoder: Encoder,
  given: WeightedExamples,
  labels: Vectors,
  options: FineTuneOptions & { readonly names: readonly string[] },
): Promise<FineTuned> {
  const trainable = checkTrainable(encoder);
  const { epochs = 1, seed = 0, rateScale = 1, onProgress, onLoss, signal, names } = options;
  const rate = RATE * rateScale;
  const examples = given.texts.length > 0 ? given : madeUp(names);
  const pairs = pairsOf(examples.labels, seed);
  const module = await copyOf(trainable.module);
  if (pairs.length > 0) {
    const data = pairBatches(trainable, examples.texts, pairs, seed);
    const steps = epochs * Math.ceil(pairs.length / BATCH);
    const warm = Math.ceil(steps / 10);
    await fit({
      model: module,
      data,
      epochs,
      key: randomKey(seed),
      optimizer: new AdamW({ learningRate: rate }),
      schedule: warmup(warm, linear({ from: rate, to: 0, steps: Math.max(steps - warm, 1) })),
      loss: (model: UseLite, { tokens, first, second, target }: PairBatch) => {
        const places = model.packed(tokens, PLACES);
        const vectors = reshape(places, [-1, places.shape.at(-1)!]);
        const a = gather(vectors, first);
        const b = gather(vectors, second);
        return mean(square(sub(sum(mul(a, b), { axis: 1 }), target)));
      },
      callbacks: {
        onStep({ step, loss }) {
          onProgress?.({ phase: "fine-tune", done: step, total: steps });
          onLoss?.(step, loss);
        },
      },
      progress: false,
      processSignals: false,
      ...(signal && { signal }),
    });
    signal?.throwIfAborted();
  }
  const tuned = new UseLiteEncoder(module, trainable.tokenizer);
  const vectors = await embedTexts(tuned, examples.texts, { signal });
  const head = await fitDenseLogistic(vectors, examples.labels, labels.count, {
    c: INVERSE_PENALTY,
    signal,
  });
  return { encoder: tuned, head };
}

/** Eight sentences of each label. */
export function madeUp(names: readonly string[]): WeightedExamples {
  const rows = names.flatMap((name, label) =>
    Array.from({ length: MADE_UP }, () => ({ text: fill(MADE_UP_TEMPLATE, name), label })),
  );
  return {
    texts: rows.map(({ text }) => text),
    labels: Int32Array.from(rows, ({ label }) => label),
  };
}

/** For each example, partners of its class and of others, drawn by `seed`. */
export function pairsOf(labels: Int32Array, seed: number): Pair[] {
  const rows = [...labels.keys()];
  const pairs: Pair[] = [];
  for (const first of rows) {
    const groups = {
      same: rows.filter((row) => row !== first && labels[row] === labels[first]),
      other: rows.filter((row) => labels[row] !== labels[first]),
    };
    for (let i = 0; i < PAIRS; i++) {
      const [a, b] = threefry([seed, 1], [first, i]);
      const pick = (from: readonly number[], bits: number) => from[bits % from.length]!;
      if (groups.same.length > 0) pairs.push({ first, second: pick(groups.same, a), same: true });
      if (groups.other.length > 0)
        pairs.push({ first, second: pick(groups.other, b), same: false });
    }
  }
  return pairs;
}

interface PairBatch {
  /** First and second texts of all pairs. */
  readonly tokens: PackedTokens;
  /** Where the texts of each pair stand. */
  readonly first: Tensor;
  readonly second: Tensor;
  readonly target: Tensor;
}

function pairBatches(
  encoder: UseLiteEncoder,
  texts: readonly string[],
  pairs: readonly Pair[],
  seed: number,
): TrainingData<PairBatch> {
  const tokens = texts.map((text) => encoder.tokenizer.encode(text).subarray(0, MAX_TOKENS));
  return {
    count: pairs.length,
    batchSize: BATCH,
    seed,
    last: "pad",
    load({ rows }) {
      const chosen = Array.from(rows, (row) => pairs[row]!);
      const both = [...chosen.map(({ first }) => first), ...chosen.map(({ second }) => second)];
      const packed = packTexts(both.map((text) => tokens[text]!));
      const placeOf = new Int32Array(both.length);
      packed.places.forEach((text, place) => {
        if (text >= 0) placeOf[text] = place;
      });
      return {
        tokens: packed.tokens,
        first: tensor(placeOf.slice(0, chosen.length)),
        second: tensor(placeOf.slice(chosen.length)),
        target: tensor(Float32Array.from(chosen, ({ same }) => (same ? 1 : 0))),
      };
    },
  };
}
