/** @file A sentence encoder from an ONNX file and a `tokenizer.json`: pads, runs, pools. */
import { readFile } from "node:fs/promises";
import { Tokenizer } from "@huggingface/tokenizers";
import { DataError } from "../../data/errors.ts";
import { padBatch } from "../../data/text/pad.ts";
import { type Tensor, tensor } from "../../engine/index.ts";
import type { Port } from "../onnx/graph.ts";
import { importOnnx } from "../onnx/import.ts";
import type { OnnxModel } from "../onnx/model.ts";
import { type Embeddings, type EmbedOptions, type Encoder, embedInBatches } from "./encoder.ts";

/** How token vectors become one: their mean, the first token's, or the model does it itself. */
export type Pooling = "mean" | "cls" | "output";

/** Settings of an encoder from files. */
export interface OnnxEncoderOptions {
  /** Path of the model: `input_ids`, `attention_mask` and optionally `token_type_ids` `[batch, time]`. */
  readonly onnx: string;
  /** Path of its `tokenizer.json`. */
  readonly tokenizer: string;
  readonly pool: Pooling;
  /** The output to use; default the first of the rank that `pool` needs. */
  readonly output?: string;
  /** Texts are cut to so many tokens. Default: what `tokenizer.json` says, else 512. */
  readonly maxTokens?: number;
  /** Bring vectors to length 1. Default true. */
  readonly normalize?: boolean;
}

/** Texts run together. */
const ROWS = 32;
/** Lengths that texts are padded to, so that few shapes are compiled. */
const LENGTHS = [8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 1024, 2048];

const INPUTS = ["input_ids", "attention_mask", "token_type_ids"] as const;

/** Reads the model and its tokenizer. */
export async function loadOnnxEncoder(options: OnnxEncoderOptions): Promise<OnnxEncoder> {
  const [model, json] = await Promise.all([
    importOnnx(options.onnx),
    readTokenizer(options.tokenizer),
  ]);
  const names = model.inputs.map(({ name }) => name);
  const unknown = names.find((name) => !INPUTS.some((known) => known === name));
  if (unknown !== undefined || !names.includes("input_ids")) {
    throw new DataError({
      code: "format-unknown",
      path: options.onnx,
      expected: `a text encoder with the inputs ${INPUTS.join(", ")}`,
      received: `a model with ${names.join(", ") || "no inputs"}`,
    });
  }
  const encoder = new OnnxEncoder(model, json, options, 0);
  // The width stands in no header for sure: one short text shows it.
  const { dims } = await encoder._tokenVectors([encoder._tokenize("a").ids]);
  return new OnnxEncoder(model, json, options, dims.at(-1) as number);
}

interface TokenizerFile {
  readonly truncation?: { readonly max_length?: number } | null;
  readonly padding?: { readonly pad_id?: number } | null;
  readonly added_tokens?: readonly { readonly id: number; readonly special?: boolean }[];
  readonly model?: { readonly type?: string; readonly unk_id?: number | null };
}

async function readTokenizer(path: string): Promise<TokenizerFile> {
  const expected = "a tokenizer.json";
  const text = await readFile(path, "utf8").catch((cause: Error) => {
    throw new DataError({ code: "file-missing", path, expected, received: cause.message });
  });
  try {
    const json: TokenizerFile = JSON.parse(text);
    if (json?.model?.type !== undefined) return json;
    throw new SyntaxError("JSON without a model");
  } catch (cause) {
    const received = (cause as Error).message;
    throw new DataError({ code: "malformed", path, expected, received }, { cause });
  }
}

/** Token vectors `[rows, time, dim]`, or vectors `[rows, dim]`. */
interface ModelOutput {
  readonly values: Float32Array;
  readonly dims: readonly number[];
}

/** A transformer exported to ONNX that embeds texts. `model` can be fine-tuned like any module. */
export class OnnxEncoder implements Encoder {
  readonly name: string;
  readonly dim: number;
  readonly maxTokens: number;
  model: OnnxModel;
  readonly #tokenizer: Tokenizer;
  readonly #special: ReadonlySet<number>;
  readonly #padId: number;
  readonly #options: OnnxEncoderOptions;

  /** @internal use `loadEncoder` */
  constructor(model: OnnxModel, json: TokenizerFile, options: OnnxEncoderOptions, dim: number) {
    this.name = options.onnx;
    this.dim = dim;
    this.maxTokens =
      options.maxTokens ?? staticSize(model.inputs[0], 1) ?? json.truncation?.max_length ?? 512;
    this.model = model;
    this.#tokenizer = new Tokenizer(json, {});
    const added = (json.added_tokens ?? []).filter(({ special }) => special);
    this.#special = new Set([...added.map(({ id }) => id), json.model?.unk_id ?? -1]);
    this.#padId = json.padding?.pad_id ?? 0;
    this.#options = options;
  }

  async embed(texts: readonly string[], options: EmbedOptions = {}): Promise<Embeddings> {
    const tokenize = this._tokenize.bind(this);
    const run = this.#embedIds.bind(this);
    return embedInBatches({ dim: this.dim, tokenize, run }, texts, options);
  }

  dispose(): void {
    for (const weight of this.model.stateDict().values()) weight.dispose();
  }

  /** @internal */
  _tokenize(text: string): { ids: Int32Array; tokens: number; known: number } {
    const ids: number[] = this.#tokenizer.encode(text).ids;
    const known = ids.filter((id) => !this.#special.has(id)).length;
    // The special tokens at the end stay at the end.
    const end = ids.slice(ids.findLastIndex((id) => !this.#special.has(id)) + 1);
    const whole = ids.length <= this.maxTokens;
    const cut = whole ? ids : [...ids.slice(0, this.maxTokens - end.length), ...end];
    return { ids: Int32Array.from(cut), tokens: ids.length, known };
  }

  async #embedIds(
    ids: readonly Int32Array[],
    into: Float32Array,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const order = ids.map((_, i) => i).filter((i) => ids[i]!.length > 0);
    order.sort((a, b) => ids[a]!.length - ids[b]!.length);
    const rows = staticSize(this.model.inputs[0], 0) ?? ROWS;
    for (let from = 0; from < order.length; from += rows) {
      signal?.throwIfAborted();
      const texts = order.slice(from, from + rows);
      const batch = texts.map((text) => ids[text]!);
      const output = await this._tokenVectors(batch);
      texts.forEach((text, r) => {
        into.set(this.#pool(output, r, batch[r]!.length), text * this.dim);
      });
    }
  }

  /** @internal what the model gives for some texts */
  async _tokenVectors(batch: readonly Int32Array[]): Promise<ModelOutput> {
    const [input] = this.model.inputs;
    const padTo = staticSize(input, 1) ?? LENGTHS.filter((n) => n < this.maxTokens);
    const sizes = typeof padTo === "number" ? padTo : [...padTo, this.maxTokens];
    // Rows are filled up with the last text, so that the number of rows is always the same.
    const count = staticSize(input, 0) ?? (batch.length === 1 ? 1 : ROWS);
    const filled = Array.from({ length: count }, (_, r) => batch[Math.min(r, batch.length - 1)]!);
    const { ids, mask, shape } = padBatch(filled, { padTo: sizes, padId: this.#padId });
    const values = {
      input_ids: ids,
      attention_mask: Int32Array.from(mask),
      token_type_ids: new Int32Array(ids.length),
    };
    const given = this.model.inputs.map(({ name }) => {
      const own = values[name as (typeof INPUTS)[number]];
      return [name, tensor(own, { shape })] as const;
    });
    const output = this.#choose(await this.model.run(Object.fromEntries(given)));
    return { values: (await output.cast("float32").data()) as Float32Array, dims: output.shape };
  }

  #choose(outputs: Readonly<Record<string, Tensor>>): Tensor {
    const { output, pool, onnx } = this.#options;
    const rank = pool === "output" ? 2 : 3;
    const found = output
      ? outputs[output]
      : Object.values(outputs).find((value) => value.rank === rank);
    if (found?.rank === rank) return found;
    const shown = Object.entries(outputs).map(([name, { shape }]) => `${name} [${shape}]`);
    throw new DataError({
      code: "option",
      path: onnx,
      field: output ? "output" : "pool",
      expected: `an output of rank ${rank} for pool ${JSON.stringify(pool)}`,
      received: shown.join(", "),
    });
  }

  #pool({ values, dims }: ModelOutput, row: number, tokens: number): Float32Array {
    const { dim } = this;
    const { pool, normalize = true } = this.#options;
    const time = pool === "output" ? 1 : dims[1]!;
    const vector = new Float32Array(dim);
    const count = pool === "mean" ? tokens : 1;
    for (let t = 0; t < count; t++) {
      const at = (row * time + t) * dim;
      for (let i = 0; i < dim; i++) vector[i]! += values[at + i]! / count;
    }
    const length = normalize ? Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0)) : 1;
    return length > 0 ? vector.map((value) => value / length) : vector;
  }
}

function staticSize(port: Port | undefined, axis: number): number | undefined {
  const size = port?.shape?.[axis];
  return typeof size === "number" ? size : undefined;
}
