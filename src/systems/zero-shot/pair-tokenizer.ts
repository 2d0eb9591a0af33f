// Tokens of a pair: a published tokenizer, its frame around two texts, and the cut of the first one only.
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Tokenizer } from "@huggingface/tokenizers";
import { DataError } from "../../data/errors.ts";
import { optionError } from "./labels.ts";

/** What surrounds the two texts, as the tokenizer's own post-processor has it. */
interface Frame {
  readonly before: readonly number[];
  readonly between: readonly number[];
  readonly after: readonly number[];
  /** Type of each stretch: before, first text, between, second text, after. */
  readonly types: readonly [number, number, number, number, number];
}

/** A pair as the model reads it. */
export interface PairTokens {
  readonly ids: readonly number[];
  readonly types: readonly number[];
}

/** Hypotheses are the same sentences for all texts; so many are kept. */
const cachedHypotheses = 20_000;

/** Encodes pairs of texts; made by `loadPairTokenizer`. */
export class PairTokenizer {
  readonly maxTokens: number;
  readonly padding: number;
  readonly #tokenizer: Tokenizer;
  readonly #frame: Frame;
  readonly #unknown: number;
  readonly #hypotheses = new Map<string, readonly number[]>();

  constructor(tokenizer: Tokenizer, maxTokens: number, padding: number, unknown: number) {
    this.#tokenizer = tokenizer;
    this.#frame = frameOf(tokenizer);
    this.#unknown = unknown;
    this.maxTokens = maxTokens;
    this.padding = padding;
  }

  /** Tokens of a text without any frame. */
  encode(text: string): readonly number[] {
    return this.#tokenizer.encode(text.toWellFormed(), { add_special_tokens: false }).ids;
  }

  /** The same, kept for the next texts. */
  encodeHypothesis(text: string): readonly number[] {
    const known = this.#hypotheses.get(text);
    if (known !== undefined) return known;
    const ids = this.encode(text);
    if (this.#hypotheses.size >= cachedHypotheses) this.#hypotheses.clear();
    this.#hypotheses.set(text, ids);
    return ids;
  }

  /** Whether the model would see anything but unknown tokens. */
  isReadable(ids: readonly number[]): boolean {
    return ids.some((id) => id !== this.#unknown);
  }

  /**
   * Tokens of a premise that have room beside a hypothesis.
   *
   * @throws DataError naming the hypothesis where none have
   */
  room(hypothesis: string): number {
    const { before, between, after } = this.#frame;
    const own = this.encodeHypothesis(hypothesis).length;
    const left = this.maxTokens - before.length - between.length - after.length - own;
    if (left > 0) return left;
    throw optionError(
      "labels",
      `sentences that leave room for a text in the model's ${this.maxTokens} tokens`,
      `${own} tokens in ${JSON.stringify(hypothesis)}`,
      "Shorten the label or the template.",
    );
  }

  /** The framed pair, of tokens that have been cut to their room. */
  join(premise: readonly number[], hypothesis: readonly number[]): PairTokens {
    const { before, between, after, types } = this.#frame;
    const parts = [before, premise, between, hypothesis, after];
    return {
      ids: parts.flat(),
      types: parts.flatMap((part, i) => new Array<number>(part.length).fill(types[i]!)),
    };
  }
}

/**
 * Learns the frame by looking: what the tokenizer puts around two texts does not depend on them. So
 * every kind of post-processor is covered without reading its description.
 */
function frameOf(tokenizer: Tokenizer): Frame {
  const [first, second] = ["one two", "three"];
  const bare = (text: string) => tokenizer.encode(text, { add_special_tokens: false }).ids;
  const [a, b] = [bare(first), bare(second)];
  const pair = tokenizer.encode(first, { text_pair: second, return_token_type_ids: true });
  const { ids } = pair;
  const types = pair.token_type_ids ?? [];
  const from = indexOfRun(ids, a, 0);
  const to = indexOfRun(ids, b, from + a.length);
  if (from < 0 || to < 0) {
    throw new DataError({
      code: "value",
      field: "tokenizer.json",
      expected: "a tokenizer that frames two texts and leaves their own tokens as they are",
      received: `${ids.length} tokens in which they cannot be found`,
    });
  }
  const typeAt = (at: number) => types[at] ?? 0;
  const end = to + b.length;
  return {
    before: ids.slice(0, from),
    between: ids.slice(from + a.length, to),
    after: ids.slice(end),
    types: [typeAt(0), typeAt(from), typeAt(to - 1), typeAt(to), typeAt(end)],
  };
}

function indexOfRun(ids: readonly number[], run: readonly number[], start: number): number {
  for (let at = start; at + run.length <= ids.length; at++) {
    if (run.every((id, i) => ids[at + i] === id)) return at;
  }
  return -1;
}

/** Models whose positions begin after the padding's number. */
const offsetPositions = /roberta|camembert|xlm-r|mpnet|longformer/;

/** Above this, the tokenizer's file means "no limit". */
const unlimited = 1e6;

/**
 * Reads `tokenizer.json` and, where there is one, `tokenizer_config.json` of a model's folder.
 * The length is the tokenizer's `model_max_length`, or what the model's positions allow.
 *
 * @throws DataError for a file that is missing or is no tokenizer
 */
export async function loadPairTokenizer(
  folder: string,
  config: Readonly<Record<string, unknown>>,
): Promise<PairTokenizer> {
  const file = join(folder, "tokenizer.json");
  const json = await readJsonObject(file);
  const settingsFile = join(folder, "tokenizer_config.json");
  const settings = (await isThere(settingsFile)) ? await readJsonObject(settingsFile) : {};
  let tokenizer: Tokenizer;
  try {
    tokenizer = new Tokenizer(json, settings);
  } catch (cause) {
    const received = (cause as Error).message;
    const expected = "a tokenizer as Hugging Face's libraries write it";
    throw new DataError({ code: "value", path: file, expected, received }, { cause });
  }
  const padding =
    tokenizer.token_to_id(tokenName(settings.pad_token) ?? "") ?? numberOf(config.pad_token_id);
  const unknown =
    tokenName(settings.unk_token) ?? (json.model as { unk_token?: string })?.unk_token;
  return new PairTokenizer(
    tokenizer,
    lengthOf(settings, config),
    padding ?? 0,
    tokenizer.token_to_id(unknown ?? "") ?? -1,
  );
}

function lengthOf(
  settings: Readonly<Record<string, unknown>>,
  config: Readonly<Record<string, unknown>>,
): number {
  const own = numberOf(settings.model_max_length) ?? Infinity;
  if (own < unlimited) return own;
  const positions = numberOf(config.max_position_embeddings) ?? 512;
  const offset = offsetPositions.test(String(config.model_type))
    ? 1 + (numberOf(config.pad_token_id) ?? 1)
    : 0;
  // Models without positions of their own say 0 or less.
  return positions - offset > 0 ? positions - offset : 512;
}

/** A token's text: settings hold it plain or with its properties. */
function tokenName(value: unknown): string | undefined {
  const text =
    typeof value === "object" && value !== null ? (value as { content?: unknown }).content : value;
  return typeof text === "string" ? text : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** A JSON file that holds one object. @throws DataError naming the file */
export async function readJsonObject(path: string): Promise<Record<string, unknown>> {
  const expected = "a JSON file with one object";
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    const missing = cause.code === "ENOENT";
    const received = missing ? "a path where nothing is" : cause.message;
    const code = missing ? "file-missing" : "file-unreadable";
    throw new DataError({ code, path, expected, received }, { cause });
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const received = `text that is not JSON (${(cause as Error).message})`;
    throw new DataError({ code: "malformed", path, expected, received }, { cause });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  const received = Array.isArray(value) ? "an array" : `a value of type ${typeof value}`;
  throw new DataError({ code: "malformed", path, expected, received });
}
