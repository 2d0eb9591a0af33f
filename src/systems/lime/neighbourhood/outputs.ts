// Asking the model: in batches, each input once, with its answers checked and kept.
import type { FitOptions, Matrix, OutputCache, Outputs, Predict } from "../api.ts";
import { LimeError, quote } from "../errors.ts";
import type { Block } from "./perturbation.ts";

/**
 * The model failed or gave something else than rows of finite numbers. `cache` holds the outputs of
 * the batches before: pass it as option `cache` to the next call to go on from there.
 */
export class PredictError extends LimeError {
  override readonly name = "PredictError";
  /** Batch at fault, from 1. */
  readonly batch: number;
  readonly cache: OutputCache;

  constructor(
    facts: { expected: string; received: string; hint?: string },
    batch: number,
    cache: OutputCache,
    options?: ErrorOptions,
  ) {
    super(`predict, batch ${batch}`, facts, options);
    this.batch = batch;
    this.cache = cache;
  }
}

/** What asking needs beyond the block. */
export interface Asking<I> {
  readonly predict: Predict<I>;
  readonly mode: "classification" | "regression";
  /** See `Subject.id`. */
  readonly id: string;
  readonly batchSize: number;
  /** Neighbours that will be asked about in all. */
  readonly total: number;
  readonly options: FitOptions;
}

/** Asks about blocks one after the other; the answers of earlier ones are remembered. */
export class Oracle<I> {
  readonly #asking: Asking<I>;
  readonly #cache: OutputCache;
  readonly #known: Map<string, Float64Array>;
  #classes: number | undefined;
  #batches = 0;
  #done = 0;
  /** Inputs the model was asked for. */
  calls = 0;

  constructor(asking: Asking<I>) {
    this.#asking = asking;
    this.#cache = asking.options.cache ?? new Map();
    this.#known = this.#cache.get(asking.id) ?? new Map();
    this.#cache.set(asking.id, this.#known);
  }

  /** The outputs [rows, C] of a block. `onFirst` sees the example's outputs before the rest is asked. */
  async ask(block: Block<I>, onFirst?: (outputs: Float64Array) => void): Promise<Matrix> {
    const { rows } = block.data;
    const keys = Array.from({ length: rows }, (_, row) => block.key(row));
    const known = this.#known;
    let pending: number[] = [];
    const waiting = new Set<string>();
    let checked = onFirst === undefined;
    for (let row = 0; row < rows; row++) {
      const key = keys[row]!;
      if (!known.has(key) && !waiting.has(key)) {
        waiting.add(key);
        pending.push(row);
      }
      const last = row === rows - 1;
      if (pending.length < this.#asking.batchSize && !last) continue;
      if (pending.length > 0) await this.#batch(block, pending, keys);
      pending = [];
      waiting.clear();
      if (!checked) onFirst!(known.get(keys[0]!)!);
      checked = true;
      const { options, total } = this.#asking;
      options.onProgress?.({ done: this.#done + row + 1, total });
    }
    this.#done += rows;
    const columns = known.get(keys[0]!)!.length;
    const values = new Float64Array(rows * columns);
    keys.forEach((key, row) => {
      values.set(known.get(key)!, row * columns);
    });
    return { rows, columns, values };
  }

  async #batch(block: Block<I>, pending: readonly number[], keys: readonly string[]) {
    const { mode, options } = this.#asking;
    options.signal?.throwIfAborted();
    const batch = ++this.#batches;
    const raw = await this.#call(block, pending, batch);
    options.signal?.throwIfAborted();
    const fail = (expected: string, received: string, hint?: string): never => {
      throw new PredictError(
        hint === undefined ? { expected, received } : { expected, received, hint },
        batch,
        this.#cache,
      );
    };
    const read = readOutputs(raw, pending.length, this.#classes, mode, fail);
    this.#classes = read.columns;
    pending.forEach((row, i) => {
      const output = read.values.slice(i * read.columns, (i + 1) * read.columns);
      this.#known.set(keys[row]!, output);
    });
  }

  /** Asks once more where the model throws: a lost connection should not cost the work done. */
  async #call(block: Block<I>, pending: readonly number[], batch: number): Promise<Outputs> {
    const inputs = () => pending.map((row) => block.input(row));
    this.calls += pending.length;
    try {
      return await this.#asking.predict(inputs());
    } catch {
      this.#asking.options.signal?.throwIfAborted();
    }
    try {
      return await this.#asking.predict(inputs());
    } catch (cause) {
      this.#asking.options.signal?.throwIfAborted();
      const message = cause instanceof Error ? cause.message : String(cause);
      const facts = {
        expected: `outputs for ${pending.length} inputs, the first of them ${show(block.input(pending[0]!))}`,
        received: `the error "${message}", twice`,
        hint: "The outputs of the batches before are kept in the error's `cache`; pass it as option `cache` to go on.",
      };
      throw new PredictError(facts, batch, this.#cache, { cause });
    }
  }
}

function show(input: unknown): string {
  if (typeof input === "string") return quote(input);
  if (ArrayBuffer.isView(input)) {
    const numbers = input as unknown as ArrayLike<number>;
    return `[${Array.from(numbers).slice(0, 8).join(", ")}${numbers.length > 8 ? ", …" : ""}]`;
  }
  const text = JSON.stringify(input) ?? String(input);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

type Fail = (expected: string, received: string, hint?: string) => never;

/** One row of finite numbers per input, as wide as in the batches before. */
function readOutputs(
  raw: Outputs,
  inputs: number,
  classes: number | undefined,
  mode: "classification" | "regression",
  fail: Fail,
): { values: Float64Array; columns: number } {
  const what = mode === "regression" ? "1 number" : `${classes ?? "2 or more"} class outputs`;
  const expected = `[${inputs} inputs, ${what}]`;
  const flat = ArrayBuffer.isView(raw);
  if (!flat && !Array.isArray(raw)) {
    fail(expected, raw === null || raw === undefined ? String(raw) : `a ${typeof raw}`);
  }
  const rows = flat ? undefined : (raw as readonly (number | ArrayLike<number>)[]);
  if (rows !== undefined && rows.length !== inputs) fail(expected, `${rows.length} rows`);
  const plain = rows?.every((row) => typeof row === "number") ?? false;
  let columns = 1;
  let values: Float64Array;
  if (flat || plain) {
    values = Float64Array.from(raw as ArrayLike<number>);
    columns = plain ? 1 : values.length / inputs;
    if (!Number.isInteger(columns) || columns === 0) fail(expected, `${values.length} numbers`);
  } else {
    columns = (rows![0] as ArrayLike<number>).length;
    values = new Float64Array(inputs * columns);
    rows!.forEach((row, i) => {
      const length = typeof row === "number" ? "a number" : row.length;
      if (length !== columns) fail(expected, `row ${i} of ${length}, row 0 of ${columns}`);
      values.set(row as ArrayLike<number>, i * columns);
    });
  }
  if (mode === "classification" && columns < 2) {
    const hint = "Give [1 - p, p] for a model of one probability, or explain it as a regression.";
    fail(expected, `[${inputs}] (one number per input)`, hint);
  }
  if (mode === "regression" && columns !== 1) fail(expected, `[${inputs}, ${columns}]`);
  if (classes !== undefined && columns !== classes) fail(expected, `[${inputs}, ${columns}]`);
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    const row = Math.floor(bad / columns);
    fail(`finite numbers, ${expected}`, `${values[bad]} in row ${row}, column ${bad % columns}`);
  }
  return { values, columns };
}

/** A note on the row whose outputs are farthest from summing to 1, beyond NumPy's `allclose`. */
export function sumNote({ rows, columns, values }: Matrix): string | undefined {
  let worst = 0;
  let found = -1;
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let c = 0; c < columns; c++) sum += values[row * columns + c]!;
    const off = Math.abs(sum - 1);
    if (off > 1e-8 + 1e-5 && off > worst) {
      worst = off;
      found = row;
    }
  }
  if (found < 0) return undefined;
  const outputs = Array.from(values.subarray(found * columns, (found + 1) * columns));
  const shown = outputs.slice(0, 6).join(", ") + (columns > 6 ? ", …" : "");
  return `The model's outputs do not sum to 1, worst in row ${found}: ${shown}. Explained as they are; give probabilities, not log-probabilities or class numbers.`;
}
