// Entailment with the whole encoder in training: what a GPU is for.

import { threefry } from "../../data/random.ts";
import { padBatch } from "../../data/text/pad.ts";
import { concat, randomKey, reshape, type Tensor, tensor } from "../../engine/index.ts";
import { MAX_TOKENS, type UseLite } from "../../models/encoders/use-lite.ts";
import { UseLiteEncoder } from "../../models/encoders/use-lite-encoder.ts";
import { binaryCrossEntropy, type Context, Module } from "../../nn/index.ts";
import { AdamW, linear, warmup } from "../../optim/index.ts";
import { fit, type TrainingData } from "../../train/index.ts";
import { entailmentTemplate } from "./entailment.ts";
import { checkTrainable, copyOf } from "./finetune.ts";
import { fill, optionError, parseTemplates } from "./labels.ts";
import { EntailmentHead, VectorPairModel } from "./nli-head.ts";
import { type GlossPairs, glossPairs, type WordNetOptions } from "./nli-wordnet.ts";

/** Options of `tuneEntailment`. */
export interface TuneEntailmentOptions extends WordNetOptions {
  /** Sentence with one `{}` for WordNet's concepts. Default `This example is {}.` */
  readonly template?: string;
  /** Default 1,000. */
  readonly steps?: number;
  /** Glosses in a step, each with a right and a wrong hypothesis. Default 128. */
  readonly batchSize?: number;
  /** Of the encoder; the head learns at ten times this rate. Default 1e-4. */
  readonly learningRate?: number;
  readonly onProgress?: (progress: { phase: string; done: number; total?: number }) => void;
  readonly signal?: AbortSignal;
}

interface TokenPairs {
  /** int32 [n, time] and float32 [n, time]. */
  readonly premises: Tensor;
  readonly premiseMask: Tensor;
  /** [2n, time]: the right ones, then the wrong ones. */
  readonly hypotheses: Tensor;
  readonly hypothesisMask: Tensor;
  /** float32 [2n]. */
  readonly y: Tensor;
}

/** The encoder and the head as one model. */
class PairNetwork extends Module {
  readonly encoder: UseLite;
  readonly head: EntailmentHead;

  constructor(encoder: UseLite, head: EntailmentHead) {
    super();
    this.encoder = encoder;
    this.head = head;
  }

  /** Logits [2n, 1]: each premise beside its right, then beside its wrong hypothesis. */
  forward(batch: TokenPairs, ctx: Context): Tensor {
    const u = this.encoder.forward(batch.premises, { mask: batch.premiseMask });
    const v = this.encoder.forward(batch.hypotheses, { mask: batch.hypothesisMask });
    return this.head.forward(concat([u, u], 0), v, ctx);
  }
}

/**
 * Goes on training a yes-or-no head together with its encoder, on WordNet's glosses. The given model
 * stays as it is. Same seed, same result.
 *
 * @throws DataError where the encoder cannot be trained, or the head has three classes
 */
export async function tuneEntailment(
  model: VectorPairModel,
  options: TuneEntailmentOptions = {},
): Promise<VectorPairModel> {
  const { steps = 1000, batchSize = 128, learningRate = 1e-4, seed = 1 } = options;
  const { signal, onProgress } = options;
  const encoder = checkTrainable(model.encoder);
  if (model.labels.length !== 2) {
    throw optionError("model", "a yes-or-no head, as WordNet trains it", model.labels.join(", "));
  }
  const head = new EntailmentHead(encoder.dim, 1, randomKey(seed));
  const weights = new Map<string, Tensor>();
  for (const [path, value] of model.head.stateDict()) {
    weights.set(path, tensor((await value.data()).slice(), { shape: value.shape }));
  }
  head.loadStateDict(weights);
  const network = new PairNetwork(await copyOf(encoder.module), head);
  const warm = Math.ceil(steps / 20);
  const decay = linear({ from: learningRate, to: 0, steps: Math.max(1, steps - warm) });
  const { stopped } = await fit<PairNetwork, TokenPairs>({
    model: network,
    optimizer: new AdamW({ learningRate, groups: [{ match: /^head/, rateScale: 10 }] }),
    schedule: warmup(warm, decay),
    loss: (net, batch, ctx) =>
      binaryCrossEntropy(reshape(net.forward(batch, ctx), [batch.y.size]), batch.y),
    data: tokenData(encoder, await glossPairs(options), options, batchSize),
    steps,
    key: randomKey(seed + 1),
    progress: false,
    processSignals: false,
    ...(signal && { signal }),
    callbacks: {
      onStep: ({ step }) => onProgress?.({ phase: "tune", done: step, total: steps }),
    },
  });
  if (stopped === "interrupted") throw signal?.reason;
  const trained = new UseLiteEncoder(network.encoder, encoder.tokenizer);
  return new VectorPairModel(trained, network.head, { ownEncoder: true });
}

function tokenData(
  { tokenizer }: UseLiteEncoder,
  pairs: GlossPairs,
  { template, seed = 1 }: TuneEntailmentOptions,
  batchSize: number,
): TrainingData<TokenPairs> {
  const [sentence] = parseTemplates(template, [entailmentTemplate]);
  const encode = (text: string) => tokenizer.encode(text).subarray(0, MAX_TOKENS);
  const glosses = pairs.glosses.map(encode);
  const concepts = pairs.concepts.map((concept) => encode(fill(sentence!, concept)));
  return {
    count: glosses.length,
    batchSize: Math.min(batchSize, glosses.length),
    last: "drop",
    seed,
    // Glosses of one length share a batch; few lengths are compiled.
    lengths: glosses.map((tokens) => tokens.length),
    load({ rows, epoch }) {
      const drawn = Array.from(rows, (row) =>
        pairs.draw(row, threefry([seed, 0x677d], [row, epoch])),
      );
      const premises = padBatch(
        Array.from(rows, (row) => glosses[row]!),
        { padTo: glossLengths },
      );
      const sides = [...drawn.map(({ right }) => right), ...drawn.map(({ wrong }) => wrong)];
      const hypotheses = padBatch(
        sides.map((concept) => concepts[concept]!),
        { padTo: sentenceLength },
      );
      const floats = (mask: Uint8Array, shape: readonly number[]) =>
        tensor(Float32Array.from(mask), { shape });
      return {
        premises: tensor(premises.ids, { shape: premises.shape }),
        premiseMask: floats(premises.mask, premises.shape),
        hypotheses: tensor(hypotheses.ids, { shape: hypotheses.shape }),
        hypothesisMask: floats(hypotheses.mask, hypotheses.shape),
        y: tensor(Float32Array.from(sides, (_, i) => (i < rows.length ? 1 : 0))),
      };
    },
  };
}

/** Few lengths, so that few graphs are compiled. A concept is a few words: what is longer is cut. */
const glossLengths = [32, MAX_TOKENS] as const;
const sentenceLength = 24;
