// Fine-tuning the sentence encoder together with a cosine head that starts from the labels' own vectors.
import {
  crossEntropyRows,
  div,
  matmul,
  maximum,
  mul,
  randomKey,
  reshape,
  rsqrt,
  square,
  sum,
  type Tensor,
  tensor,
} from "../../engine/index.ts";
import type { Encoder } from "../../models/encoders/encoder.ts";
import { type PackedRow, packRows } from "../../models/encoders/packing.ts";
import { MAX_TOKENS, type PackedTokens, UseLite } from "../../models/encoders/use-lite.ts";
import { arrange, UseLiteEncoder } from "../../models/encoders/use-lite-encoder.ts";
import { Module } from "../../nn/index.ts";
import { AdamW, linear, warmup } from "../../optim/index.ts";
import { fit, type TrainingData } from "../../train/index.ts";
import type { LinearHead } from "./discriminant.ts";
import type { OnProgress } from "./label-vectors.ts";
import { optionError } from "./labels.ts";
import { dropTokens } from "./token-dropout.ts";
import { unitRows, type Vectors, vectorsOf } from "./vectors.ts";

/** What cosines are multiplied by before the softmax. */
export const COSINE_SCALE = 20;

const ENCODER_RATE = 3e-4;
const HEAD_RATE = 3e-3;
const BATCH = 48;
const WARM_UP_STEPS = 30;
/** The most texts in a row of 128 tokens. */
export const PLACES = 32;

/** Texts with the number of their class; a weight below 1 makes a text count less (a guess, say). */
export interface WeightedExamples {
  readonly texts: readonly string[];
  readonly labels: Int32Array;
  readonly weights?: Float32Array;
}

/** Options of `fineTune`. */
export interface FineTuneOptions {
  /** Passes over the examples. Default 15. */
  readonly epochs?: number;
  readonly seed?: number;
  /** Factor on both learning rates. Default 1. */
  readonly rateScale?: number;
  /**
   * Share of each text's tokens left out at random, anew each time that it is seen, so that few
   * examples are not learnt by heart (word dropout, Iyyer et al. 2015, ACL, section 3.2). Default 0.
   */
  readonly tokenDropout?: number;
  readonly onProgress?: OnProgress | undefined;
  /** Told the training loss of each step, counted from 1. */
  readonly onLoss?: ((step: number, loss: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A fine-tuned encoder and its head: scores of unit vectors x are x weights + bias. */
export interface FineTuned {
  readonly encoder: UseLiteEncoder;
  readonly head: LinearHead;
}

/** A fine-tuned encoder whose head is one unit vector per label. */
export interface CosineTuned extends FineTuned {
  /** [labels, dim]: what texts are compared with. */
  readonly directions: Vectors;
}

interface ExampleBatch {
  readonly tokens: PackedTokens;
  /** [rows x places]: class of the text at each place; weight 0 where there is no text. */
  readonly labels: Tensor;
  readonly weights: Tensor;
}

/** The encoder, and one vector per label to compare with. */
class CosineClassifier extends Module {
  readonly encoder: UseLite;
  /** [labels, 512]; its rows count by their direction. */
  readonly head: Tensor;

  constructor(encoder: UseLite, head: Tensor) {
    super();
    this.encoder = encoder;
    this.head = head;
  }

  /** Scores [rows x places, labels]. */
  forward(tokens: PackedTokens): Tensor {
    const squares = sum(square(this.head), { axis: 1, keepdims: true });
    const directions = mul(this.head, rsqrt(maximum(squares, 1e-12)));
    const places = this.encoder.packed(tokens, PLACES);
    const vectors = reshape(places, [-1, places.shape.at(-1)!]);
    return matmul(vectors, directions, { transposeB: true, alpha: COSINE_SCALE });
  }
}

/**
 * Trains a copy of the encoder and a cosine head (times 20) by cross-entropy: AdamW with 3e-4 for the
 * encoder and 3e-3 for the head, batches of 48, 30 steps of warm-up, then a straight line to 0. The
 * head starts from the labels' vectors, so what the names say is not lost. The given encoder stays as
 * it is.
 *
 * @throws DataError where the encoder is one that cannot be trained
 */
export async function fineTune(
  encoder: Encoder,
  examples: WeightedExamples,
  labels: Vectors,
  options: FineTuneOptions = {},
): Promise<CosineTuned> {
  const base = checkTrainable(encoder);
  const { epochs = 15, seed = 0, rateScale = 1, tokenDropout = 0 } = options;
  const { onProgress, onLoss, signal } = options;
  const head = tensor(Float32Array.from(labels.data), { shape: [labels.count, labels.dim] });
  const model = new CosineClassifier(await copyOf(base.module), head);
  const data = batchesOf(base, examples, { seed, tokenDropout });
  const steps = epochs * Math.ceil(examples.texts.length / BATCH);
  const warm = Math.min(WARM_UP_STEPS, Math.ceil(steps / 4));
  const rate = ENCODER_RATE * rateScale;
  await fit({
    model,
    data,
    epochs,
    key: randomKey(seed),
    optimizer: new AdamW({
      learningRate: rate,
      groups: [{ match: /^head$/, rateScale: HEAD_RATE / ENCODER_RATE }],
    }),
    schedule: warmup(warm, linear({ from: rate, to: 0, steps: Math.max(steps - warm, 1) })),
    loss: (each, batch: ExampleBatch) => {
      const losses = crossEntropyRows(each.forward(batch.tokens), batch.labels);
      return div(sum(mul(losses, batch.weights)), maximum(sum(batch.weights), 1e-6));
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
  const trained = new UseLiteEncoder(model.encoder, base.tokenizer);
  const directions = unitRows(vectorsOf((await model.head.data()) as Float32Array, labels.dim));
  return { encoder: trained, head: cosineHead(directions), directions };
}

/** The head whose scores are cosines with these unit rows, times 20. */
export function cosineHead({ data, count, dim }: Vectors): LinearHead {
  const weights = new Float32Array(dim * count);
  for (let label = 0; label < count; label++) {
    for (let k = 0; k < dim; k++) {
      weights[k * count + label] = COSINE_SCALE * data[label * dim + k]!;
    }
  }
  return { weights, bias: new Float32Array(count) };
}

/** @throws DataError where the encoder is one whose weights cannot be trained */
export function checkTrainable(encoder: Encoder): UseLiteEncoder {
  if (encoder instanceof UseLiteEncoder) return encoder;
  const expected = 'an encoder that can be trained: loadEncoder("use-lite")';
  throw optionError("encoder", expected, encoder.name);
}

/** A module with weights of its own: training uses up those that it is given. */
export async function copyOf(module: UseLite): Promise<UseLite> {
  const copy = new UseLite();
  const weights = new Map<string, Tensor>();
  for (const [path, value] of module.stateDict()) {
    const data = (await value.data()) as Float32Array;
    weights.set(path, tensor(Float32Array.from(data), { shape: value.shape }));
  }
  copy.loadStateDict(weights);
  return copy;
}

function batchesOf(
  encoder: UseLiteEncoder,
  { texts, labels, weights }: WeightedExamples,
  { seed, tokenDropout }: { readonly seed: number; readonly tokenDropout: number },
): TrainingData<ExampleBatch> {
  const tokens = texts.map((text) => encoder.tokenizer.encode(text).subarray(0, MAX_TOKENS));
  return {
    count: texts.length,
    batchSize: BATCH,
    seed,
    load({ rows: examples, epoch, index }) {
      const whole = Array.from(examples, (example) => tokens[example]!);
      const ids =
        tokenDropout > 0 ? dropTokens(whole, tokenDropout, { seed, epoch, index }) : whole;
      const packed = packTexts(ids);
      const places = packed.places.length;
      const own = new Int32Array(places);
      const counts = new Float32Array(places);
      packed.places.forEach((text, place) => {
        if (text < 0) return;
        own[place] = labels[examples[text]!]!;
        counts[place] = weights?.[examples[text]!] ?? 1;
      });
      return { tokens: packed.tokens, labels: tensor(own), weights: tensor(counts) };
    },
  };
}

/**
 * Texts in rows of 128 tokens, several in a row, so that little is spent on padding; and the number of
 * the text at each place [rows x places], -1 where there is none. The number of rows is even, so that
 * few shapes occur.
 */
export function packTexts(ids: readonly Int32Array[]): {
  readonly tokens: PackedTokens;
  readonly places: Int32Array;
} {
  const lengths = ids.map((row) => row.length);
  const rows: PackedRow[] = packRows(lengths, MAX_TOKENS, PLACES);
  if (rows.length % 2 === 1 || rows.length === 0) rows.push([]);
  const places = new Int32Array(rows.length * PLACES).fill(-1);
  rows.forEach((row, r) => {
    row.forEach((text, s) => {
      places[r * PLACES + s] = text;
    });
  });
  return { tokens: arrange(rows, rows.length, MAX_TOKENS, ids), places };
}
