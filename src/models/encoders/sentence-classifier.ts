/** @file A sentence encoder with a linear head: probabilities of classes for texts, saved and loaded. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DataError } from "../../data/errors.ts";
import { encodeSafetensors } from "../../data/safetensors.ts";
import { readSafetensors } from "../../data/safetensors-file.ts";
import { type Tensor, tensor } from "../../engine/index.ts";
import { loadEncoder } from "./load.ts";
import type { UseLiteEncoder } from "./use-lite-encoder.ts";

const format = "deepdive-sentence-classifier";

/** A linear map of unit vectors: scores = x weights + bias. */
export interface SentenceHead {
  /** `[dim, classes]` row by row. */
  readonly weights: Float32Array;
  /** `[classes]` */
  readonly bias: Float32Array;
}

/** A fine-tuned encoder with its head and the names of its classes. */
export class SentenceClassifier {
  readonly encoder: UseLiteEncoder;
  readonly head: SentenceHead;
  readonly labels: readonly string[];

  constructor(encoder: UseLiteEncoder, head: SentenceHead, labels: readonly string[]) {
    this.encoder = encoder;
    this.head = head;
    this.labels = labels;
  }

  /** Probabilities `[texts, classes]` row by row: softmax of the head's scores. */
  async probabilities(
    texts: readonly string[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<Float64Array> {
    const { data, dim } = await this.encoder.embed(texts, options);
    const classes = this.labels.length;
    const { weights, bias } = this.head;
    const result = new Float64Array(texts.length * classes);
    for (let row = 0; row < texts.length; row++) {
      const scores = result.subarray(row * classes, (row + 1) * classes);
      scores.set(bias);
      for (let k = 0; k < dim; k++) {
        const value = data[row * dim + k]!;
        for (let c = 0; c < classes; c++) scores[c]! += value * weights[k * classes + c]!;
      }
      const most = Math.max(...scores);
      let sum = 0;
      for (let c = 0; c < classes; c++) sum += scores[c] = Math.exp(scores[c]! - most);
      for (let c = 0; c < classes; c++) scores[c]! /= sum;
    }
    return result;
  }

  /** What `loadSentenceClassifier` reads: `config.json` and `weights.safetensors`. */
  async pack(): Promise<{ readonly config: object; readonly weights: Uint8Array }> {
    const { dim } = this.encoder;
    const { labels, head } = this;
    const tensors = new Map<string, Tensor>(
      [...this.encoder.module.stateDict()].map(([path, value]) => [`encoder.${path}`, value]),
    );
    tensors.set("head.weights", tensor(head.weights, { shape: [dim, labels.length] }));
    tensors.set("head.bias", tensor(head.bias, { shape: [labels.length] }));
    const weights = await encodeSafetensors(tensors, { format });
    return { config: { format, version: 1, encoder: this.encoder.name, labels }, weights };
  }
}

/** Loads what `pack` gave, from a folder. @throws DataError where a file is missing or of another kind */
export async function loadSentenceClassifier(folder: string): Promise<SentenceClassifier> {
  const path = join(folder, "config.json");
  const expected = `the config.json of a ${format}`;
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    const code = cause.code === "ENOENT" ? "file-missing" : "file-unreadable";
    throw new DataError({ code, path, expected, received: cause.message }, { cause });
  });
  const labels = labelsOf(text);
  if (!labels) {
    throw new DataError({ code: "malformed", path, expected, received: text.slice(0, 60) });
  }
  const { tensors } = await readSafetensors(join(folder, "weights.safetensors"));
  const encoder = await loadEncoder("use-lite");
  const [weights, bias] = await Promise.all(
    ["head.weights", "head.bias"].map(async (name) => (await tensors.get(name)?.data()) ?? null),
  );
  const size = encoder.dim * labels.length;
  if (!(weights instanceof Float32Array && weights.length === size && bias)) {
    const received = `a head of ${weights?.length ?? 0} numbers`;
    const wanted = `a head of ${encoder.dim} x ${labels.length} numbers`;
    throw new DataError({ code: "malformed", path, expected: wanted, received });
  }
  const own = [...tensors].filter(([name]) => name.startsWith("encoder."));
  encoder.module.loadStateDict(
    new Map(own.map(([name, value]) => [name.slice("encoder.".length), value])),
  );
  return new SentenceClassifier(encoder, { weights, bias: bias as Float32Array }, labels);
}

function labelsOf(text: string): readonly string[] | undefined {
  try {
    const config = JSON.parse(text) as { format?: unknown; labels?: unknown };
    const { labels } = config;
    const fits = config.format === format && Array.isArray(labels) && labels.length > 1;
    return fits && labels.every((label) => typeof label === "string") ? labels : undefined;
  } catch {
    return undefined;
  }
}
