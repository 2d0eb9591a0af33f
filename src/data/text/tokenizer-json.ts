/** @file The part of the `tokenizer.json` format that byte-level BPE uses, and its validation. */
import { DataError } from "../errors.ts";

/** A tokenizer as Hugging Face's libraries read and write it. */
export interface TokenizerJson {
  readonly version: string;
  readonly truncation: null;
  readonly padding: null;
  readonly added_tokens: readonly AddedToken[];
  readonly normalizer: Normalizer | null;
  readonly pre_tokenizer: ByteLevelStep;
  readonly post_processor: Template | ByteLevelStep | null;
  readonly decoder: ByteLevelStep;
  readonly model: BpeModel;
}

/** A token that is found in texts as it stands, and is never merged. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly single_word: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly normalized: boolean;
  readonly special: boolean;
}

/** Unicode forms and lower case, or a row of such steps. */
export type Normalizer =
  | { readonly type: "NFC" | "NFD" | "NFKC" | "NFKD" | "Lowercase" }
  | { readonly type: "Sequence"; readonly normalizers: readonly Normalizer[] };

interface ByteLevelStep {
  readonly type: "ByteLevel";
  readonly add_prefix_space: boolean;
  readonly trim_offsets: boolean;
  readonly use_regex?: boolean;
}

type TemplatePart =
  | { readonly SpecialToken: { readonly id: string; readonly type_id: number } }
  | { readonly Sequence: { readonly id: "A" | "B"; readonly type_id: number } };

interface Template {
  readonly type: "TemplateProcessing";
  readonly single: readonly TemplatePart[];
  readonly pair: readonly TemplatePart[];
  readonly special_tokens: Readonly<
    Record<string, { readonly id: string; readonly ids: number[]; readonly tokens: string[] }>
  >;
}

interface BpeModel {
  readonly type: "BPE";
  readonly dropout: null;
  readonly unk_token: null;
  readonly continuing_subword_prefix: string | null;
  readonly end_of_word_suffix: string | null;
  readonly fuse_unk: boolean;
  readonly byte_fallback: boolean;
  readonly ignore_merges: boolean;
  readonly vocab: Readonly<Record<string, number>>;
  readonly merges: readonly (string | readonly [string, string])[];
}

const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true } as const;

/** What decides a byte-level BPE tokenizer, in the words of this project. */
export interface TokenizerParts {
  readonly specialTokens: readonly { readonly id: number; readonly content: string }[];
  readonly normalizers: readonly Exclude<Normalizer["type"], "Sequence">[];
  /** Special tokens before and after each text. */
  readonly start: readonly string[];
  readonly end: readonly string[];
  /** Id of each token, special ones not included. */
  readonly vocabulary: ReadonlyMap<string, number>;
  readonly merges: readonly (readonly [string, string])[];
}

/** Writes the parts as `tokenizer.json` has them. */
export function toTokenizerJson(parts: TokenizerParts): TokenizerJson {
  const steps = parts.normalizers.map((type) => ({ type }));
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: parts.specialTokens.map(({ id, content }) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: steps.length === 0 ? null : { type: "Sequence", normalizers: steps },
    pre_tokenizer: { ...byteLevel, use_regex: true },
    post_processor: template(parts),
    decoder: { ...byteLevel, use_regex: true },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries([
        ...parts.specialTokens.map(({ id, content }) => [content, id]),
        ...parts.vocabulary,
      ]),
      merges: parts.merges,
    },
  };
}

function template({ start, end, specialTokens }: TokenizerParts): Template | null {
  if (start.length + end.length === 0) return null;
  const special = (content: string) => ({ SpecialToken: { id: content, type_id: 0 } });
  const sequence = (id: "A" | "B") => ({ Sequence: { id, type_id: id === "A" ? 0 : 1 } });
  const [before, after] = [start.map(special), end.map(special)];
  const ids = new Map(specialTokens.map((token) => [token.content, token.id]));
  return {
    type: "TemplateProcessing",
    single: [...before, sequence("A"), ...after],
    pair: [...before, sequence("A"), ...after, sequence("B"), ...after],
    special_tokens: Object.fromEntries(
      [...start, ...end].map((id) => [id, { id, ids: [ids.get(id)!], tokens: [id] }]),
    ),
  };
}

/** Reads the parts; a `DataError` names the first thing that byte-level BPE does not have. */
export function fromTokenizerJson(json: TokenizerJson, path?: string): TokenizerParts {
  const refuse = (field: string, expected: string, received: unknown): never => {
    const about = path === undefined ? {} : { path };
    const shown = JSON.stringify(received) ?? "nothing";
    throw new DataError({ code: "format-unknown", ...about, field, expected, received: shown });
  };
  const { model } = json ?? {};
  if (model?.type !== "BPE") refuse("model.type", '"BPE"', model?.type);
  for (const field of ["continuing_subword_prefix", "end_of_word_suffix"] as const) {
    if (model[field]) refuse(`model.${field}`, "none", model[field]);
  }
  for (const field of ["byte_fallback", "ignore_merges"] as const) {
    if (model[field]) refuse(`model.${field}`, "false", model[field]);
  }
  const { pre_tokenizer: words, post_processor: post } = json;
  const plain = words?.type === "ByteLevel" && !words.add_prefix_space && words.use_regex !== false;
  if (!plain)
    refuse("pre_tokenizer", '"ByteLevel" with its pattern, without a prefix space', words);
  for (const token of json.added_tokens) {
    if (token.single_word || token.lstrip || token.rstrip) {
      refuse("added_tokens", "tokens that match as they stand", token);
    }
  }
  const [start, end]: [string[], string[]] = [[], []];
  if (post?.type === "TemplateProcessing") {
    let side = start;
    for (const part of post.single) {
      if ("Sequence" in part) side = end;
      else side.push(part.SpecialToken.id);
    }
  } else if (post !== null && post?.type !== "ByteLevel") {
    refuse("post_processor", '"TemplateProcessing", "ByteLevel" or null', post);
  }
  const normalizers = flatNormalizers(json.normalizer, refuse);
  const special = new Set(json.added_tokens.map((token) => token.content));
  return {
    specialTokens: json.added_tokens.map(({ id, content }) => ({ id, content })),
    normalizers,
    start,
    end,
    vocabulary: new Map(Object.entries(model.vocab).filter(([token]) => !special.has(token))),
    merges: model.merges.map((merge) =>
      typeof merge === "string" ? (merge.split(" ") as [string, string]) : merge,
    ),
  };
}

function flatNormalizers(
  normalizer: Normalizer | null | undefined,
  refuse: (field: string, expected: string, received: unknown) => never,
): TokenizerParts["normalizers"] {
  if (normalizer === null || normalizer === undefined) return [];
  if (normalizer.type === "Sequence") {
    return normalizer.normalizers.flatMap((step) => flatNormalizers(step, refuse));
  }
  const known = ["NFC", "NFD", "NFKC", "NFKD", "Lowercase"];
  if (!known.includes(normalizer.type)) refuse("normalizer", known.join(", "), normalizer);
  return [normalizer.type];
}
