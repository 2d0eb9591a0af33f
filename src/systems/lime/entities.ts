// Explains a tagger (named entities): which words of the sentence make it tag others as it does.
import type { Explained, Explanation, FitOptions, Predict } from "./api.ts";
import { LimeError } from "./errors.ts";
import { explainSubject } from "./explain.ts";
import { maskPerturbation } from "./neighbourhood/masks.ts";
import type { Subject } from "./neighbourhood/perturbation.ts";
import { outputRows } from "./output-rows.ts";
import { randomSource } from "./random.ts";

/**
 * A tagger: sentences in, for each the tags' probabilities at every token, one after the other
 * [tokens x tags]. All sentences of a batch have the same number of tokens.
 */
export type Tagger = Predict<readonly string[]>;

/** A run of tokens with one type. */
export interface Entity {
  /** First token, and the one after the last. */
  readonly tokens: readonly [from: number, to: number];
  readonly text: string;
  /** The tag without `B-`, `I-` and the like. */
  readonly type: string;
  /** Mean over its tokens of the type's probability. */
  readonly probability: number;
}

/** An entity and the tokens that the tagger's decision hangs on; the features are positions. */
export interface EntityExplanation extends Explained<readonly string[]> {
  readonly kind: "entity";
  readonly sentence: readonly string[];
  readonly entity: Entity;
  /** The tagger's probability of the entity in each sentence: what `explanations` explains. */
  readonly predict: Predict<readonly string[]>;
}

/** Options of `explainEntities`. */
export interface EntityOptions extends FitOptions {
  /** The tags in the order of the tagger's outputs, e.g. O, B-PER, I-PER; `O` is no entity. */
  readonly tags: readonly string[];
  /** Explain these tokens' tags, each alone, instead of the entities found. */
  readonly positions?: readonly number[];
  /** What stands for a hidden token. Default `UNKWORDZ`. */
  readonly mask?: string;
}

/**
 * Explains every entity that a tagger finds in a sentence. Tokens are hidden by a mask, so positions
 * stay; an entity of several tokens is explained by the mean probability of its type over them. One
 * neighbourhood, and so one set of model calls, serves all entities of the sentence.
 */
export async function explainEntities(
  tokens: readonly string[],
  tagger: Tagger,
  options: EntityOptions,
): Promise<EntityExplanation[]> {
  const { tags, mask = "UNKWORDZ", antithetic = false } = options;
  const columns = tokens.length;
  if (columns === 0) {
    throw new LimeError("tokens", { expected: "at least one token", received: "none" });
  }
  const [row] = outputRows(await tagger([tokens]), 1);
  checkRow(row!, columns, tags.length);
  const targets = findTargets(tokens, row!, options);
  if (targets.length === 0) return [];
  const typeTags = targets.map(({ type }) => tagsOf(tags, type, options.positions !== undefined));
  const ask = async (batch: (readonly string[])[]) => {
    const rows = outputRows(await tagger(batch), batch.length);
    return rows.map((own) => {
      checkRow(own, columns, tags.length);
      return targets.map((target, i) => entityProbability(own, tags.length, target, typeTags[i]!));
    });
  };
  const show = (visible: Uint8Array) => tokens.map((token, i) => (visible[i] === 1 ? token : mask));
  const random = randomSource(options);
  const subject: Subject<readonly string[]> = {
    perturbation: maskPerturbation({ columns, design: "sizes", random, antithetic, input: show }),
    names: tokens,
    mode: "classification",
    id: JSON.stringify(["entities", tokens, mask, targets.map(({ tokens: span }) => span)]),
    defaults: {
      distance: "cosine",
      distanceScale: 100,
      kernelWidth: 25,
      samples: 5000,
      features: 10,
      batchSize: 100,
    },
  };
  // The engine wants two outputs or more; a sentence's only entity has its complement beside it.
  const single = targets.length === 1;
  const predict = async (batch: (readonly string[])[]) => {
    const rows = await ask(batch);
    return single ? rows.map(([p]) => [p!, 1 - p!]) : rows;
  };
  // Every entity is explained, however few classes the caller would have of other kinds.
  const { topLabels: _, ...rest } = options;
  const result = await explainSubject(subject, predict, {
    ...rest,
    labels: targets.map((_, i) => i),
    classNames: targets.map(({ type, text }) => `${type}: ${text}`),
  });
  // Entities are not alternatives: their probabilities need not sum to 1.
  const notes = result.notes.filter((note) => !note.startsWith("The model's outputs do not sum"));
  const hide = (hidden: readonly number[]) =>
    tokens.map((token, i) => (hidden.includes(i) ? mask : token));
  return targets.map((entity, i) => {
    const explanation: Explanation = result.explanations[i]!;
    return {
      kind: "entity",
      sentence: tokens,
      entity,
      features: tokens,
      ...result,
      notes,
      explanations: [explanation],
      hide,
      predict,
    };
  });
}

function checkRow(row: readonly number[], tokens: number, tags: number): void {
  if (row.length === tokens * tags) return;
  throw new LimeError("tagger", {
    expected: `${tokens} tokens x ${tags} tags = ${tokens * tags} probabilities per sentence`,
    received: `${row.length}`,
  });
}

/** `B-PER` -> `PER`; tags without a prefix stand for themselves. */
function typeOf(tag: string): string {
  return tag.replace(/^[BILSEU]-/, "");
}

function tagsOf(tags: readonly string[], type: string, exact: boolean): number[] {
  return Array.from(tags.keys()).filter((i) => (exact ? tags[i] : typeOf(tags[i]!)) === type);
}

function findTargets(
  tokens: readonly string[],
  row: readonly number[],
  { tags, positions }: EntityOptions,
): Entity[] {
  const count = tags.length;
  const best = tokens.map((_, t) => {
    const own = row.slice(t * count, (t + 1) * count);
    return tags[own.indexOf(Math.max(...own))]!;
  });
  const make = (from: number, to: number, type: string): Entity => {
    const span = { tokens: [from, to] as const, text: tokens.slice(from, to).join(" "), type };
    const chosen = tagsOf(tags, type, positions !== undefined);
    return { ...span, probability: entityProbability(row, count, span, chosen) };
  };
  if (positions !== undefined) {
    return positions.map((t) => {
      if (best[t] !== undefined) return make(t, t + 1, best[t]);
      const expected = `positions from 0 to ${tokens.length - 1}`;
      throw new LimeError("positions", { expected, received: `${t}` });
    });
  }
  const entities: Entity[] = [];
  for (let from = 0; from < tokens.length; ) {
    const type = typeOf(best[from]!);
    let to = from + 1;
    // `B-` and `S-`/`U-` begin an entity anew.
    while (to < tokens.length && typeOf(best[to]!) === type && !/^[BSU]-/.test(best[to]!)) to++;
    if (best[from] !== "O") entities.push(make(from, to, type));
    from = to;
  }
  return entities;
}

function entityProbability(
  row: readonly number[],
  tags: number,
  { tokens: [from, to] }: Pick<Entity, "tokens">,
  chosen: readonly number[],
): number {
  let sum = 0;
  for (let t = from; t < to; t++) for (const tag of chosen) sum += row[t * tags + tag]!;
  return sum / (to - from);
}
