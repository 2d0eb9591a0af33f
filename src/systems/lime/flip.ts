// The smallest change found that flips the class: greedy by the surrogate's weights, verified on the model.
import type { Explained, Explanation, Predict } from "./api.ts";
import { outputRows } from "./output-rows.ts";

/** A set of features whose hiding changes the class. */
export interface Flip {
  /** Features to hide, the weightiest first. */
  readonly hidden: readonly number[];
  /** Class before. */
  readonly from: number;
  /** Class after. */
  readonly to: number;
  /** The model's output for the class after. */
  readonly probability: number;
}

/** Options of `minimalFlip`. */
export interface FlipOptions {
  /** Features hidden at most. Default: all that the explanation names in favour of the class. */
  readonly most?: number;
}

/** Prefixes of the order that are tried in one batch. */
const tried = 16;

/**
 * Hides features in the order of what they add to the class above its rival until the model's class
 * changes, then shows again each one that the change does not need. No subset of the answer flips
 * the class by leaving out a single feature. Undefined where hiding all of them changes nothing.
 */
export async function minimalFlip<I>(
  explained: Explained<I>,
  predict: Predict<I>,
  { most = Number.POSITIVE_INFINITY }: FlipOptions = {},
): Promise<Flip | undefined> {
  const from = mostProbable(explained.modelOutput);
  const ask = async (sets: readonly (readonly number[])[]) =>
    outputRows(await predict(sets.map((hidden) => explained.hide(hidden))), sets.length);
  const order = hidingOrder(explained.explanations, from).slice(0, most);
  let hidden = await firstFlip(order, from, ask);
  if (hidden === undefined) return undefined;
  // The least weighty first: it is the likeliest to be dispensable.
  for (const feature of hidden.toReversed()) {
    if (hidden.length === 1) break;
    const without: number[] = hidden.filter((other) => other !== feature);
    const [output] = await ask([without]);
    if (mostProbable(output!) !== from) hidden = without;
  }
  const [output] = await ask([hidden]);
  const to = mostProbable(output!);
  return { hidden, from, to, probability: output![to]! };
}

/** A flip in words of the example, e.g. `without prize, win: ham 0.8123`. */
export function describeFlip(
  { hidden, to, probability }: Flip,
  { features, classNames }: Pick<Explained<never>, "features" | "classNames">,
): string {
  const names = hidden.map((feature) => features[feature]!).join(", ");
  return `without ${names}: ${classNames[to] ?? to} ${probability.toFixed(4)}`;
}

/** The explanation with its flip; a model of one number has no classes to change. */
export async function withFlip<I, E extends Explained<I>>(
  explained: E,
  predict: Predict<I>,
): Promise<E> {
  if (explained.modelOutput.length < 2) return explained;
  return { ...explained, flip: (await minimalFlip<I>(explained, predict)) ?? null };
}

async function firstFlip(
  order: readonly number[],
  from: number,
  ask: (sets: readonly (readonly number[])[]) => Promise<number[][]>,
): Promise<number[] | undefined> {
  for (let start = 0; start < order.length; start += tried) {
    const lengths = order.slice(start, start + tried).map((_, i) => start + i + 1);
    const outputs = await ask(lengths.map((length) => order.slice(0, length)));
    const at = outputs.findIndex((output) => mostProbable(output) !== from);
    if (at >= 0) return order.slice(0, lengths[at]);
  }
  return undefined;
}

/**
 * Features that speak for a class, the most decisive first. Where other classes are explained too,
 * what a feature gives the strongest of them counts against it. Where only other classes are
 * explained, what speaks against the first of them.
 */
function hidingOrder(explanations: readonly Explanation[], from: number): number[] {
  const own = explanations.find(({ label }) => label === from);
  const others = explanations.filter(({ label }) => label !== from);
  const rival = others.toSorted((a, b) => b.modelOutput - a.modelOutput)[0];
  const gains = new Map<number, number>();
  for (const { feature, weight } of own?.weights ?? []) gains.set(feature, weight);
  for (const { feature, weight } of rival?.weights ?? []) {
    gains.set(feature, (gains.get(feature) ?? 0) - weight);
  }
  return [...gains]
    .filter(([, gain]) => gain > 0)
    .sort((a, b) => b[1] - a[1])
    .map(([feature]) => feature);
}

/** The class with the highest output, the first of equals. */
export function mostProbable(outputs: readonly number[]): number {
  return outputs.indexOf(Math.max(...outputs));
}
