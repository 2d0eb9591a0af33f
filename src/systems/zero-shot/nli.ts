// Trains an entailment model where none is at hand: on WordNet's glosses, or on pairs that a user has.
import { DataError } from "../../data/errors.ts";
import { permutation, threefry } from "../../data/random.ts";
import { randomKey, reshape, type Tensor, tensor } from "../../engine/index.ts";
import { binaryCrossEntropy, type Context, crossEntropy } from "../../nn/index.ts";
import { AdamW, cosine } from "../../optim/index.ts";
import { fit, type TrainingData } from "../../train/index.ts";
import type { Encoder } from "./api.ts";
import { entailmentTemplate } from "./entailment.ts";
import { fill, parseTemplates } from "./labels.ts";
import { EntailmentHead, nliClasses, VectorPairModel } from "./nli-head.ts";
import { type GlossPairs, glossPairs, type WordNetOptions } from "./nli-wordnet.ts";

/** A premise, a sentence about it, and how they stand. */
export interface NliPair {
  readonly premise: string;
  readonly hypothesis: string;
  readonly label: (typeof nliClasses)[number];
}

/** Options of `trainEntailment`. */
export interface TrainEntailmentOptions extends WordNetOptions {
  readonly encoder: Encoder;
  /** Sentence with one `{}` in which WordNet's concepts are put. Default `This example is {}.` */
  readonly template?: string;
  /** Default 1,200. */
  readonly steps?: number;
  /** Premises in a step; with WordNet, each has a right and a wrong hypothesis. Default 256. */
  readonly batchSize?: number;
  /** Default 1e-3. */
  readonly learningRate?: number;
  /** Pairs that are read at most; their vectors are held in memory. Default 100,000. */
  readonly maxPairs?: number;
  readonly onProgress?: (progress: { phase: string; done: number; total?: number }) => void;
  readonly signal?: AbortSignal;
}

/** Unit vectors of pairs, and what is to be said of them. */
interface PairBatch {
  /** [n, width]. */
  readonly u: Tensor;
  readonly v: Tensor;
  /** float32 [n]: 1 for entailment; or int32 [n]: the class. */
  readonly y: Tensor;
}

/**
 * Trains a head on frozen sentence vectors. On "wordnet": is the concept (a hypernym at any depth but
 * the two topmost) what the gloss is about? Otherwise on the given pairs, with three classes.
 * The same seed gives the same head.
 *
 * @throws DataError where no pairs come, or one has a label that is none of the three
 */
export async function trainEntailment(
  source: "wordnet" | AsyncIterable<NliPair> | Iterable<NliPair>,
  options: TrainEntailmentOptions,
): Promise<VectorPairModel> {
  const { encoder, seed = 1, steps = 1200, learningRate = 1e-3, signal, onProgress } = options;
  const isGlosses = source === "wordnet";
  const data = isGlosses
    ? await glossData(await glossPairs(options), options)
    : await pairData(await takePairs(source, options.maxPairs ?? 100_000), options);
  const head = new EntailmentHead(encoder.dim, isGlosses ? 1 : 3, randomKey(seed));
  const { stopped } = await fit<EntailmentHead, PairBatch>({
    model: head,
    optimizer: new AdamW({ learningRate: cosine({ from: learningRate, steps }) }),
    loss: isGlosses ? glossLoss : classLoss,
    data,
    steps,
    key: randomKey(seed + 1),
    progress: false,
    processSignals: false,
    ...(signal !== undefined && { signal }),
    callbacks: {
      onStep({ step }) {
        if (step % 50 === 0) onProgress?.({ phase: "train", done: step, total: steps });
      },
    },
  });
  if (stopped === "interrupted") throw signal?.reason;
  return new VectorPairModel(encoder, head);
}

function glossLoss(head: EntailmentHead, { u, v, y }: PairBatch, ctx: Context): Tensor {
  const logits = head.forward(u, v, ctx);
  return binaryCrossEntropy(reshape(logits, [y.size]), y);
}

function classLoss(head: EntailmentHead, { u, v, y }: PairBatch, ctx: Context): Tensor {
  return crossEntropy(head.forward(u, v, ctx), y);
}

/** Vectors of distinct texts, by text. */
async function vectorsOf(
  texts: Iterable<string>,
  { encoder, signal, onProgress }: TrainEntailmentOptions,
): Promise<(text: string) => Float32Array> {
  const distinct = [...new Set(texts)];
  const vectors = await encoder.embed(distinct, {
    ...(signal !== undefined && { signal }),
    onProgress: ({ done, total }) => onProgress?.({ phase: "embed", done, total }),
  });
  const place = new Map(distinct.map((text, i) => [text, i]));
  return (text) => vectors.row(place.get(text)!);
}

async function glossData(
  pairs: GlossPairs,
  options: TrainEntailmentOptions,
): Promise<TrainingData<PairBatch>> {
  const [template] = parseTemplates(options.template, [entailmentTemplate]);
  const sentences = pairs.concepts.map((concept) => fill(template!, concept));
  const vectorOf = await vectorsOf([...pairs.glosses, ...sentences], options);
  const width = options.encoder.dim;
  const key = [options.seed ?? 1, 0x677c] as const;
  return {
    count: pairs.glosses.length,
    batchSize: Math.min(options.batchSize ?? 256, pairs.glosses.length),
    last: "drop",
    seed: options.seed ?? 1,
    load({ rows, epoch }) {
      const u = new Float32Array(2 * rows.length * width);
      const v = new Float32Array(2 * rows.length * width);
      const y = new Float32Array(2 * rows.length);
      rows.forEach((row, i) => {
        const chance = threefry(key, [row, epoch]);
        const { right, wrong } = pairs.draw(row, chance);
        [right, wrong].forEach((concept, side) => {
          const at = 2 * i + side;
          u.set(vectorOf(pairs.glosses[row]!), at * width);
          v.set(vectorOf(sentences[concept]!), at * width);
          y[at] = 1 - side;
        });
      });
      const shape = [2 * rows.length, width];
      return { u: tensor(u, { shape }), v: tensor(v, { shape }), y: tensor(y) };
    },
  };
}

async function takePairs(
  source: AsyncIterable<NliPair> | Iterable<NliPair>,
  most: number,
): Promise<NliPair[]> {
  const pairs: NliPair[] = [];
  for await (const pair of source) {
    if (!nliClasses.includes(pair.label)) {
      const field = `pairs[${pairs.length}].label`;
      const expected = `one of ${nliClasses.join(", ")}`;
      throw new DataError({ code: "value", field, expected, received: JSON.stringify(pair.label) });
    }
    pairs.push(pair);
    if (pairs.length >= most) break;
  }
  if (pairs.length > 0) return pairs;
  const expected = "at least one pair";
  throw new DataError({ code: "option", field: "pairs", expected, received: "none" });
}

async function pairData(
  pairs: readonly NliPair[],
  options: TrainEntailmentOptions,
): Promise<TrainingData<PairBatch>> {
  const texts = pairs.flatMap(({ premise, hypothesis }) => [premise, hypothesis]);
  const vectorOf = await vectorsOf(texts, options);
  const width = options.encoder.dim;
  return {
    count: pairs.length,
    batchSize: Math.min(2 * (options.batchSize ?? 256), pairs.length),
    last: "drop",
    seed: options.seed ?? 1,
    load({ rows }) {
      const side = (text: (pair: NliPair) => string) => {
        const flat = new Float32Array(rows.length * width);
        rows.forEach((row, i) => {
          flat.set(vectorOf(text(pairs[row]!)), i * width);
        });
        return tensor(flat, { shape: [rows.length, width] });
      };
      const classes = Int32Array.from(rows, (row) => nliClasses.indexOf(pairs[row]!.label));
      const [u, v] = [side((pair) => pair.premise), side((pair) => pair.hypothesis)];
      return { u, v, y: tensor(classes) };
    },
  };
}

/**
 * Pairs from texts of seen classes (the label-partially-unseen setting of Yin et al. 2019): each text
 * entails its own label's sentence and contradicts that of one other label, drawn at random.
 */
export function* seenClassPairs(
  examples: readonly { readonly text: string; readonly label: string }[],
  template = entailmentTemplate,
  seed = 1,
): Generator<NliPair> {
  const [checked] = parseTemplates(template, []);
  const labels = [...new Set(examples.map(({ label }) => label))].sort();
  if (labels.length < 2) {
    const expected = "examples of at least two labels";
    const received = labels.length === 0 ? "none" : `only ${JSON.stringify(labels[0])}`;
    throw new DataError({ code: "one-class", classes: labels, expected, received });
  }
  for (const row of permutation(examples.length, seed)) {
    const { text, label } = examples[row]!;
    const others = labels.filter((each) => each !== label);
    const other = others[threefry([seed, 1], [row, 0])[0] % others.length]!;
    yield { premise: text, hypothesis: fill(checked!, label), label: "entailment" };
    yield { premise: text, hypothesis: fill(checked!, other), label: "contradiction" };
  }
}
