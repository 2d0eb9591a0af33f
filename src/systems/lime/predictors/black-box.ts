// What a model is to an explainer, wherever it runs: a function of a batch, its classes, and a way to let go of it.
import type { Predict } from "../api.ts";
import type { ImageLike } from "../segment/picture.ts";

/** What a model reads. */
export interface InputKinds {
  readonly text: string;
  /** One number per column; categories as their index. */
  readonly table: ArrayLike<number>;
  readonly image: ImageLike;
  /** The words of a sentence. */
  readonly tokens: readonly string[];
  /** A text and a row beside it. */
  readonly mixed: { readonly text: string; readonly columns: ArrayLike<number> };
}

export type InputKind = keyof InputKinds;

/** A model that can be asked. */
export interface BlackBox<I> {
  readonly predict: Predict<I>;
  /** Where the model knows them. */
  readonly classNames?: readonly string[];
  /** Ends what keeps running for it (a session, a process). */
  close(): Promise<void>;
}

/** Options of every kind of model. */
export interface BlackBoxOptions {
  /** What the model's numbers are; `logits` go through a softmax. Default `probabilities`. */
  readonly outputs?: "probabilities" | "logits";
  /** HTTP and commands: how long a batch may take. Default 60,000 ms. */
  readonly timeoutMs?: number;
  /** HTTP: how often a failed request is sent again, waiting longer each time. Default 3. */
  readonly retries?: number;
  /** Pictures: values become (x / 255 - mean) / std per channel. Default: x / 255. */
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
}

/** An input as JSON: what endpoints and commands are sent. Pictures go as nested lists of bytes [height][width][channel]. */
export function toJson(input: InputKinds[InputKind]): unknown {
  if (typeof input === "string") return input;
  if ("columns" in input) return { text: input.text, columns: Array.from(input.columns) };
  if (!isImage(input)) return Array.from(input as ArrayLike<number | string>);
  const [height, width, channels] = input.shape;
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => {
      const at = (y * width + x) * channels;
      return Array.from(input.data.subarray(at, at + channels));
    }),
  );
}

export function isImage(input: InputKinds[InputKind]): input is ImageLike {
  return typeof input === "object" && "shape" in input;
}

/** Rows of logits as probabilities. */
export function softmaxRows(rows: readonly (readonly number[])[]): number[][] {
  return rows.map((row) => {
    const most = Math.max(...row);
    const powers = row.map((value) => Math.exp(value - most));
    const total = powers.reduce((a, b) => a + b, 0);
    return powers.map((value) => value / total);
  });
}

/**
 * Checks an answer from outside: one list of numbers per input (or one number each).
 *
 * @throws Error naming `from` and what came instead.
 */
export function checkRows(answer: unknown, count: number, from: string): number[][] {
  const list = (answer as { outputs?: unknown } | null)?.outputs ?? answer;
  if (!Array.isArray(list) || list.length !== count) {
    const received = Array.isArray(list) ? `${list.length} rows` : describe(answer);
    throw new Error(`${from}: expected ${count} rows of numbers, received ${received}`);
  }
  return list.map((row: unknown, i) => {
    const numbers = typeof row === "number" ? [row] : row;
    if (Array.isArray(numbers) && numbers.every((value) => typeof value === "number")) {
      return numbers;
    }
    throw new Error(`${from}: row ${i}: expected numbers, received ${describe(row)}`);
  });
}

/** A value from outside on one line of a message. */
export function describe(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
