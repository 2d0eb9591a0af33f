// A judge of entailment on frozen sentence vectors: a small network over two vectors, plus their cosine.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DataError } from "../../data/errors.ts";
import { readSafetensors, writeSafetensors } from "../../data/safetensors-file.ts";
import {
  abs,
  add,
  type CompiledFunction,
  compile,
  concat,
  expandDims,
  mul,
  relu,
  splitKey,
  sub,
  sum,
  type Tensor,
  tensor,
} from "../../engine/index.ts";
import { UseLiteEncoder } from "../../models/encoders/use-lite-encoder.ts";
import { type Context, dropout, Linear, Module } from "../../nn/index.ts";
import type { Encoder, PairLogits, PairModel } from "./api.ts";
import { checkTrainable, copyOf } from "./finetune.ts";
import { readJsonObject } from "./pair-tokenizer.ts";

/** Columns of the logits: a yes or no, or the three of natural language inference. */
export const binaryClasses = ["not entailment", "entailment"] as const;
export const nliClasses = ["contradiction", "neutral", "entailment"] as const;

const hiddenWidth = 128;
const dropoutRate = 0.2;
/** What the cosine counts for before training: the logit of a pair is then about right. */
const firstCosineWeight = 5;

/**
 * logits = MLP([u, v, |u - v|, u * v]) + a * cos(u, v) over unit vectors u, v (features of Conneau et
 * al. 2017). With one output it is the logit of entailment; with three, one per class.
 */
export class EntailmentHead extends Module {
  readonly hidden: Linear;
  readonly out: Linear;
  /** Weight of the cosine in each output. */
  cosine: Tensor;

  constructor(width: number, outputs: 1 | 3, key: Tensor) {
    super();
    const [hiddenKey, outKey] = splitKey(key);
    this.hidden = new Linear({ in: 4 * width, out: hiddenWidth, key: hiddenKey! });
    this.out = new Linear({ in: hiddenWidth, out: outputs, key: outKey! });
    this.cosine = tensor(
      outputs === 1 ? [firstCosineWeight] : [-firstCosineWeight, 0, firstCosineWeight],
    );
  }

  /** Logits [n, outputs] of vectors u, v, each [n, width]. */
  forward(u: Tensor, v: Tensor, ctx: Context = {}): Tensor {
    const product = mul(u, v);
    // Components of unit vectors are small; so scaled, they are of the size that layers expect.
    const scale = Math.sqrt(u.shape[1]!);
    const features = concat([u, v, abs(sub(u, v)), mul(product, scale)], -1);
    const h = dropout(relu(this.hidden.forward(mul(features, scale))), dropoutRate, ctx);
    const cosine = expandDims(sum(product, { axis: 1 }), 1);
    return add(this.out.forward(h), mul(cosine, this.cosine));
  }
}

const pairsAtOnce = 1024;
const format = "deepdive-entailment-head";
const encoderFile = "encoder.safetensors";

/** A pair model made of an encoder and a head; made by `trainEntailment` or `loadEntailment`. */
export class VectorPairModel implements PairModel {
  readonly name: string;
  readonly labels: readonly string[];
  readonly entailment: number;
  readonly contradiction = 0;
  readonly encoder: Encoder;
  readonly head: EntailmentHead;
  readonly #run: CompiledFunction<[EntailmentHead, Tensor, Tensor], Tensor>;

  /** Whether the encoder was trained with the head, so that it must be saved with it. */
  readonly #ownEncoder: boolean;

  constructor(encoder: Encoder, head: EntailmentHead, { ownEncoder = false } = {}) {
    this.#ownEncoder = ownEncoder;
    this.encoder = encoder;
    this.head = head;
    this.labels = head.out.weight.shape[0] === 1 ? binaryClasses : nliClasses;
    this.entailment = this.labels.length - 1;
    this.name = `entailment on ${encoder.name}`;
    this.#run = compile((net: EntailmentHead, u: Tensor, v: Tensor) => net.forward(u, v), {
      name: "entailment head",
    });
  }

  /** Logits of premise i beside hypothesis i; a yes-or-no head's first column is 0. */
  async judge(
    premises: readonly string[],
    hypotheses: readonly string[],
    { signal }: { readonly windows?: boolean; readonly signal?: AbortSignal } = {},
  ): Promise<PairLogits> {
    const texts = [...new Set([...premises, ...hypotheses])];
    const place = new Map(texts.map((text, i) => [text, i]));
    const vectors = await this.encoder.embed(texts, { ...(signal !== undefined && { signal }) });
    const { dim: width, maxTokens } = this.encoder;
    const rowOf = (text: string) => vectors.row(place.get(text)!);
    const classes = this.labels.length;
    const values = new Float32Array(premises.length * classes);
    const flags = (test: (text: number) => boolean) =>
      Uint8Array.from(premises, (text) => Number(test(place.get(text)!)));
    const empty = flags((text) => vectors.knownTokens[text] === 0);
    const truncated = flags((text) => vectors.tokens[text]! > maxTokens);
    for (let from = 0; from < premises.length; from += pairsAtOnce) {
      signal?.throwIfAborted();
      const count = Math.min(pairsAtOnce, premises.length - from);
      // Few sizes of batches: each new one is a graph to compile.
      const rows = 2 ** Math.ceil(Math.log2(count));
      const stack = (side: readonly string[]) => {
        const flat = new Float32Array(rows * width);
        for (let i = 0; i < count; i++) flat.set(rowOf(side[from + i]!), i * width);
        return tensor(flat, { shape: [rows, width] });
      };
      const logits = await (await this.#run(this.head, stack(premises), stack(hypotheses))).data();
      const outputs = logits.length / rows;
      for (let i = 0; i < count; i++) {
        for (let o = 0; o < outputs; o++) {
          values[(from + i) * classes + o + classes - outputs] = logits[i * outputs + o] as number;
        }
      }
    }
    return { values, classes, truncated, empty };
  }

  /** Writes `config.json` and the weights into a folder; the encoder's too where it was trained with the head. */
  async save(folder: string, notes: Readonly<Record<string, unknown>> = {}): Promise<void> {
    await mkdir(folder, { recursive: true });
    await writeSafetensors(join(folder, "weights.safetensors"), this.head.stateDict());
    const { encoder, labels } = this;
    const ownEncoder = this.#ownEncoder;
    if (ownEncoder) {
      await writeSafetensors(join(folder, encoderFile), checkTrainable(encoder).module.stateDict());
    }
    const card = {
      ...notes,
      format,
      encoder: encoder.name,
      width: encoder.dim,
      labels,
      ownEncoder,
    };
    await writeFile(join(folder, "config.json"), `${JSON.stringify(card, null, 2)}\n`);
  }

  /** Frees the compiled graphs. */
  dispose(): void {
    this.#run.dispose();
  }
}

/**
 * Reads what `save` wrote.
 *
 * @throws DataError for a folder of something else, or a head that was trained on another encoder
 */
export async function loadEntailment(folder: string, encoder: Encoder): Promise<VectorPairModel> {
  const path = join(folder, "config.json");
  const card = await readJsonObject(path);
  const given = { format: card.format, encoder: card.encoder, width: card.width };
  const wanted = { format, encoder: encoder.name, width: encoder.dim };
  if (JSON.stringify(given) !== JSON.stringify(wanted)) {
    const expected = `an entailment head for this encoder, ${JSON.stringify(wanted)}`;
    const received = JSON.stringify(given);
    throw new DataError({ code: "value", path, expected, received });
  }
  const { tensors } = await readSafetensors(join(folder, "weights.safetensors"));
  const outputs = tensors.get("cosine")?.size === 3 ? 3 : 1;
  const head = new EntailmentHead(encoder.dim, outputs, tensor([0, 0], { dtype: "uint32" }));
  head.loadStateDict(tensors);
  if (card.ownEncoder !== true) return new VectorPairModel(encoder, head);
  const base = checkTrainable(encoder);
  const module = await copyOf(base.module);
  module.loadStateDict((await readSafetensors(join(folder, encoderFile))).tensors);
  const trained = new UseLiteEncoder(module, base.tokenizer);
  return new VectorPairModel(trained, head, { ownEncoder: true });
}
