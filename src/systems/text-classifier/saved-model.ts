// A trained classifier on disk: config.json, weights.safetensors, tokenizer.json; and its predictions.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DataError, loadTokenizer, type Tokenizer } from "../../data/index.ts";
import { encodeSafetensors } from "../../data/safetensors.ts";
import { readSafetensors } from "../../data/safetensors-file.ts";
import { type CompiledFunction, compile, randomKey, type Tensor } from "../../engine/index.ts";
import type { ModelCard } from "./api.ts";
import {
  type EncodedText,
  encodeTokens,
  fullness,
  makeBatch,
  type TextLimits,
  tokenize,
} from "./features.ts";
import { type Mixture, mix, type PartLogits } from "./mixture.ts";
import { type TextBatch, TextModel, type TextModelShape } from "./model.ts";
import { NgramTable } from "./ngrams.ts";

const format = "deepdive-text-classifier";
const version = 1;
const batchSize = 64;

/** The card of a saved model with the sizes that rebuild it. */
export interface TextModelCard extends ModelCard {
  readonly shape: TextModelShape;
  readonly limits: TextLimits;
  readonly mixture: Mixture;
}

/** A model with all that it needs to read texts. */
export class TextPredictor {
  readonly labels: readonly string[];
  readonly shape: TextModelShape;
  readonly limits: TextLimits;
  readonly model: TextModel;
  readonly tokenizer: Tokenizer;
  readonly table: NgramTable;
  /** Set once more when it has been chosen on the validation part. */
  mixture: Mixture;
  readonly #run: CompiledFunction<[TextModel, TextBatch], { wide: Tensor; deep: Tensor }>;

  constructor(
    card: Pick<TextModelCard, "labels" | "shape" | "limits" | "mixture">,
    model: TextModel,
    tokenizer: Tokenizer,
    table: NgramTable,
  ) {
    this.labels = card.labels;
    this.shape = card.shape;
    this.limits = card.limits;
    this.mixture = card.mixture;
    this.model = model;
    this.tokenizer = tokenizer;
    this.table = table;
    this.#run = compile(
      (weights: TextModel, batch: TextBatch) => {
        const { wide, deep } = weights.forward(batch);
        return { wide, deep };
      },
      { name: "text classifier" },
    );
  }

  /** Probabilities [texts, labels] row by row. */
  async probabilities(texts: readonly string[]): Promise<Float64Array> {
    return this.ofEncoded(
      texts.map((text) => encodeTokens(tokenize(this.tokenizer, text), this.table, this.limits)),
    );
  }

  /** The same of texts that are encoded already. */
  async ofEncoded(texts: readonly EncodedText[]): Promise<Float64Array> {
    return mix(await this.logits(texts), this.mixture, this.labels.length);
  }

  /** The logits of both parts. */
  async logits(texts: readonly EncodedText[]): Promise<PartLogits> {
    const classes = this.labels.length;
    const wide = new Float64Array(texts.length * classes);
    const deep = new Float64Array(texts.length * classes);
    const full = texts.map((text) => fullness(text, this.limits));
    const order = [...texts.keys()].sort((a, b) => full[a]! - full[b]!);
    for (let from = 0; from < order.length; from += batchSize) {
      const some = order.slice(from, from + batchSize);
      // A last batch of another height would be one more graph to compile.
      const filled =
        order.length < batchSize
          ? some
          : Array.from({ length: batchSize }, (_, i) => some[i] ?? some[0]!);
      const chosen = filled.map((row) => texts[row]!);
      const batch = makeBatch(chosen, new Int32Array(filled.length), this.limits);
      const parts = await this.#run(this.model, batch);
      const [w, d] = [await parts.wide.data(), await parts.deep.data()] as Float32Array[];
      some.forEach((row, i) => {
        wide.set(w!.subarray(i * classes, (i + 1) * classes), row * classes);
        deep.set(d!.subarray(i * classes, (i + 1) * classes), row * classes);
      });
    }
    return { wide, deep };
  }

  /** Frees the compiled graphs. */
  dispose(): void {
    this.#run.dispose();
  }
}

/** The three files' contents. */
export async function packModel(
  predictor: TextPredictor,
  notes: Readonly<Record<string, unknown>>,
) {
  const { labels, shape, limits, mixture, model, table, tokenizer } = predictor;
  const { maxTokens } = limits;
  const card: TextModelCard = {
    ...notes,
    format,
    version,
    labels,
    maxTokens,
    shape,
    limits,
    mixture,
  };
  const grams = Object.entries(table.toTensors()).map(
    ([name, value]) => [`ngrams.${name}`, value] as const,
  );
  const weights = await encodeSafetensors(new Map([...model.stateDict(), ...grams]), { format });
  return { card, weights, tokenizer: tokenizer.toJSON() };
}

/** Loads a saved model. @throws DataError where a file is missing, damaged or of another kind */
export async function loadTextModel(folder: string): Promise<TextPredictor> {
  const card = await readCard(join(folder, "config.json"));
  const tokenizer = await loadTokenizer(join(folder, "tokenizer.json"));
  const path = join(folder, "weights.safetensors");
  const { tensors } = await readSafetensors(path);
  const gramParts = await Promise.all(
    (["first", "second", "idf"] as const).map(async (name) => {
      const found = tensors.get(`ngrams.${name}`);
      if (found) return (await found.data()) as Int32Array | Float32Array;
      const expected = "the weights of a text classifier";
      const received = `a file without ngrams.${name}`;
      throw new DataError({ code: "malformed", path, expected, received });
    }),
  );
  const [first, second, idf] = gramParts as [Int32Array, Int32Array, Float32Array];
  const table = NgramTable.fromTensors(card.shape.vocabulary, [first, second, idf]);
  const model = new TextModel(card.shape, randomKey(0));
  const weights = [...tensors].filter(([name]) => !name.startsWith("ngrams."));
  try {
    model.loadStateDict(new Map(weights));
  } catch (cause) {
    const expected = "weights of the sizes in config.json";
    const received = (cause as Error).message.split("\n")[0]!;
    throw new DataError({ code: "malformed", path, expected, received }, { cause });
  }
  return new TextPredictor(card, model, tokenizer, table);
}

async function readCard(path: string): Promise<TextModelCard> {
  const expected = `the config.json of a ${format}, version ${version}`;
  const refuse = (received: string, cause?: unknown): never => {
    throw new DataError({ code: "malformed", path, expected, received }, { cause });
  };
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    const code = cause.code === "ENOENT" ? "file-missing" : "file-unreadable";
    throw new DataError({ code, path, expected, received: cause.message }, { cause });
  });
  let card: Partial<TextModelCard> | null;
  try {
    card = JSON.parse(text);
  } catch (cause) {
    return refuse((cause as Error).message, cause);
  }
  if (
    card?.format !== format ||
    card.version !== version ||
    !card.shape ||
    !card.limits ||
    !card.mixture
  ) {
    return refuse(`format ${card?.format}, version ${card?.version}`);
  }
  return card as TextModelCard;
}
