// A pair classifier from a folder: model.onnx, config.json, tokenizer.json; pairs in, logits out.
import { readdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { InferenceSession, Tensor } from "onnxruntime-common";
import { DataError, listed } from "../../data/errors.ts";
import { loadRuntime, type Ort } from "../../engine/onnx/runtime.ts";
import type { PairLogits, PairModel } from "./api.ts";
import { labelIndex } from "./labels.ts";
import { loadPairTokenizer, type PairTokenizer, readJsonObject } from "./pair-tokenizer.ts";

/** Options of `loadPairModel`. */
export interface PairModelOptions {
  /** Column or name of entailment, where `label2id` of config.json does not tell. */
  readonly entailment?: number | string;
  /** The .onnx file in the folder. Default: `model.onnx`, or `onnx/model.onnx`. */
  readonly file?: string;
  /** Most tokens, padding included, that go through the model at once. Default 2,048. */
  readonly batchTokens?: number;
}

/** Which columns of the logits mean what. */
interface Columns {
  readonly labels: readonly string[];
  readonly entailment: number;
  readonly contradiction: number;
  readonly warning?: string;
}

/** A stretch of a premise beside a hypothesis, and the pair that it belongs to. */
interface Piece {
  readonly pair: number;
  readonly premise: readonly number[];
  readonly hypothesis: readonly number[];
}

/**
 * Loads a sequence classifier over pairs that was exported to ONNX: inputs `input_ids`,
 * `attention_mask` and perhaps `token_type_ids`, output `logits` [pairs, 2 or 3]. The folder holds
 * `config.json` (for `label2id`) and `tokenizer.json` beside it, as Hugging Face's exports do.
 *
 * @throws DataError for what is missing, is no such model, or names no column for entailment
 */
export async function loadPairModel(
  folder: string,
  options: PairModelOptions = {},
): Promise<OnnxPairModel> {
  const path = await modelFile(folder, options.file);
  const config = await readJsonObject(join(folder, "config.json"));
  const columns = columnsOf(config, join(folder, "config.json"), options.entailment);
  const tokenizer = await loadPairTokenizer(folder, config);
  const { ort } = await loadRuntime(false);
  const session = await ort.InferenceSession.create(path).catch((cause: Error) => {
    const expected = "an ONNX model that ONNX Runtime can run";
    throw new DataError({ code: "value", path, expected, received: cause.message }, { cause });
  });
  checkInputs(session, path);
  const name = basename(resolve(folder));
  return new OnnxPairModel(name, columns, tokenizer, ort, session, options.batchTokens ?? 2048);
}

/** A pair classifier that runs in ONNX Runtime; made by `loadPairModel`. */
export class OnnxPairModel implements PairModel {
  readonly name: string;
  readonly labels: readonly string[];
  readonly entailment: number;
  readonly contradiction: number;
  readonly warning?: string;
  readonly #tokenizer: PairTokenizer;
  readonly #ort: Ort;
  readonly #session: InferenceSession;
  readonly #batchTokens: number;

  constructor(
    name: string,
    columns: Columns,
    tokenizer: PairTokenizer,
    ort: Ort,
    session: InferenceSession,
    batchTokens: number,
  ) {
    this.name = name;
    this.labels = columns.labels;
    this.entailment = columns.entailment;
    this.contradiction = columns.contradiction;
    if (columns.warning !== undefined) this.warning = columns.warning;
    this.#tokenizer = tokenizer;
    this.#ort = ort;
    this.#session = session;
    this.#batchTokens = batchTokens;
  }

  /**
   * Logits of premise i beside hypothesis i. A long premise is cut at its end, or with `windows`
   * read in full-length windows whose logits are averaged.
   */
  async judge(
    premises: readonly string[],
    hypotheses: readonly string[],
    options: { readonly windows?: boolean; readonly signal?: AbortSignal } = {},
  ): Promise<PairLogits> {
    const { pieces, truncated, empty } = this.#pieces(
      premises,
      hypotheses,
      options.windows === true,
    );
    const sums = { values: new Float32Array(0), classes: 0 };
    const counts = new Uint16Array(premises.length);
    // Pairs of similar length share a batch, so that little of it is padding; the longest go first.
    pieces.sort((a, b) => sizeOf(b) - sizeOf(a));
    for (const batch of batchesOf(pieces, this.#batchTokens)) {
      options.signal?.throwIfAborted();
      const { data, classes } = await this.#run(batch);
      if (sums.classes === 0) {
        sums.classes = classes;
        sums.values = new Float32Array(premises.length * classes);
      }
      batch.forEach(({ pair }, i) => {
        counts[pair]!++;
        for (let c = 0; c < classes; c++) {
          sums.values[pair * classes + c]! += data[i * classes + c]!;
        }
      });
    }
    const { values, classes } = sums;
    counts.forEach((count, pair) => {
      for (let c = 0; c < classes; c++) values[pair * classes + c]! /= count;
    });
    return { values, classes, truncated, empty };
  }

  /** Frees the session. */
  async close(): Promise<void> {
    await this.#session.release();
  }

  #pieces(premises: readonly string[], hypotheses: readonly string[], windows: boolean) {
    const encoded = new Map<string, readonly number[]>();
    const rooms = new Map<string, number>();
    const truncated = new Uint8Array(premises.length);
    const empty = new Uint8Array(premises.length);
    const pieces: Piece[] = [];
    premises.forEach((text, pair) => {
      const sentence = hypotheses[pair]!;
      const tokens = encoded.get(text) ?? this.#tokenizer.encode(text);
      encoded.set(text, tokens);
      const room = rooms.get(sentence) ?? this.#tokenizer.room(sentence);
      rooms.set(sentence, room);
      const hypothesis = this.#tokenizer.encodeHypothesis(sentence);
      if (!this.#tokenizer.isReadable(tokens)) empty[pair] = 1;
      if (windows) {
        for (const premise of windowsOf(tokens, room)) pieces.push({ pair, premise, hypothesis });
        return;
      }
      if (tokens.length > room) truncated[pair] = 1;
      pieces.push({ pair, premise: tokens.slice(0, room), hypothesis });
    });
    return { pieces, truncated, empty };
  }

  async #run(batch: readonly Piece[]): Promise<{ data: Float32Array; classes: number }> {
    const pairs = batch.map(({ premise, hypothesis }) => this.#tokenizer.join(premise, hypothesis));
    const width = Math.max(...pairs.map(({ ids }) => ids.length));
    const shape = [pairs.length, width];
    const { padding } = this.#tokenizer;
    const feeds: Record<string, Tensor> = {};
    for (const [at, name] of this.#session.inputNames.entries()) {
      const flat = new Array<number>(pairs.length * width).fill(name === "input_ids" ? padding : 0);
      pairs.forEach(({ ids, types }, row) => {
        const values = name === "token_type_ids" ? types : ids;
        for (let i = 0; i < ids.length; i++) {
          flat[row * width + i] = name === "attention_mask" ? 1 : values[i]!;
        }
      });
      const info = this.#session.inputMetadata[at];
      feeds[name] =
        info?.isTensor && info.type === "int32"
          ? new this.#ort.Tensor("int32", Int32Array.from(flat), shape)
          : new this.#ort.Tensor("int64", BigInt64Array.from(flat, BigInt), shape);
    }
    const output = this.#session.outputNames.includes("logits")
      ? "logits"
      : this.#session.outputNames[0]!;
    const logits = (await this.#session.run(feeds, [output]))[output]!;
    const classes = logits.dims[1] ?? 0;
    if (logits.dims.length !== 2 || classes !== this.labels.length || logits.type !== "float32") {
      throw new DataError({
        code: "value",
        field: output,
        expected: `float32 logits [pairs, ${this.labels.length}], as label2id of config.json says`,
        received: `${logits.type} [${logits.dims.join(", ")}]`,
      });
    }
    return { data: logits.data as Float32Array, classes };
  }
}

function sizeOf({ premise, hypothesis }: Piece): number {
  return premise.length + hypothesis.length;
}

/** Runs of pieces, the first of each being the longest, with a bounded number of tokens. */
function* batchesOf(pieces: readonly Piece[], tokens: number): Generator<readonly Piece[]> {
  for (let from = 0; from < pieces.length; ) {
    const count = Math.max(1, Math.floor(tokens / (sizeOf(pieces[from]!) + 4)));
    yield pieces.slice(from, from + count);
    from += count;
  }
}

/** Windows of `room` tokens that cover all, each of them full; one shorter than that where it suffices. */
function windowsOf(tokens: readonly number[], room: number): readonly (readonly number[])[] {
  const count = Math.ceil(tokens.length / room);
  if (count <= 1) return [tokens];
  const step = (tokens.length - room) / (count - 1);
  return Array.from({ length: count }, (_, i) => {
    const from = Math.round(i * step);
    return tokens.slice(from, from + room);
  });
}

async function modelFile(folder: string, given?: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true }).catch((cause: Error) => {
    const expected = "the folder of a pair model: model.onnx, config.json, tokenizer.json";
    const received = "a path where no folder is";
    throw new DataError({ code: "file-missing", path: folder, expected, received }, { cause });
  });
  const wanted = given === undefined ? ["model.onnx", join("onnx", "model.onnx")] : [given];
  const found = wanted.find((name) => entries.includes(name));
  if (found !== undefined) return join(folder, found);
  const others = entries.filter((name) => name.endsWith(".onnx"));
  throw new DataError({
    code: "file-missing",
    path: folder,
    expected: `a file ${wanted.join(" or ")}`,
    received: others.length > 0 ? `only ${listed(others)}` : "none",
    ...(others.length > 0 && { hint: "Name the one to use with the option file." }),
  });
}

function checkInputs(session: InferenceSession, path: string): void {
  const known = ["input_ids", "attention_mask", "token_type_ids"];
  const strange = session.inputNames.filter((name) => !known.includes(name));
  if (strange.length === 0 && session.inputNames.includes("input_ids")) return;
  const expected = "the inputs input_ids, attention_mask and perhaps token_type_ids";
  const received = listed(session.inputNames);
  throw new DataError({ code: "value", path, expected, received });
}

/**
 * Finds the columns as the Hugging Face pipeline does: entailment is the entry of `label2id` whose
 * name starts with "entail" in any case; contradiction is column 0, or the last where that is
 * entailment. Names that say nothing (LABEL_0, …) give the last column and a warning.
 */
function columnsOf(
  config: Readonly<Record<string, unknown>>,
  path: string,
  wanted?: number | string,
): Columns {
  const ids = config.label2id ?? {};
  const entries = Object.entries(ids as Record<string, number>).sort((a, b) => a[1] - b[1]);
  const numbered = entries.length > 0 && entries.every(([, column], i) => column === i);
  const labels = numbered
    ? entries.map(([name]) => name)
    : ["contradiction", "neutral", "entailment"];
  const shown = numbered ? JSON.stringify(ids) : "no label2id";
  const at = (entailment: number, warning?: string): Columns => {
    const contradiction = entailment === 0 ? labels.length - 1 : 0;
    return { labels, entailment, contradiction, ...(warning !== undefined && { warning }) };
  };
  if (wanted !== undefined) {
    const column = typeof wanted === "number" ? wanted : labelIndex(labels, wanted);
    if (Number.isInteger(column) && column >= 0 && column < labels.length) return at(column);
    throw new DataError({
      code: "option",
      field: "entailment",
      expected: `a name or column of ${shown}`,
      received: JSON.stringify(wanted),
    });
  }
  const found = labels.findIndex((name) => name.toLowerCase().startsWith("entail"));
  if (numbered && found >= 0) return at(found);
  if (!numbered || labels.every((name) => /^label_?\d+$/i.test(name))) {
    const which = `${shown} in ${path} does not say which column is entailment`;
    return at(labels.length - 1, `${which}; the last one is taken. Set it with entailment.`);
  }
  throw new DataError({
    code: "value",
    path,
    field: "label2id",
    expected: 'an entry whose name starts with "entail"',
    received: shown,
    hint: "Set its name or column with entailment, if the model judges entailment at all.",
  });
}
