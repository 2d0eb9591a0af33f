// Explains a text's class: which words, positions or characters the model's output hangs on.
import type { Explanation, FitOptions, Predict, TextExplanation } from "./api.ts";
import { LimeError } from "./errors.ts";
import { explainSubject } from "./explain.ts";
import { maskPerturbation } from "./neighbourhood/masks.ts";
import type { Perturbation, Subject } from "./neighbourhood/perturbation.ts";
import { type RandomSource, randomSource } from "./random.ts";
import { type Pieces, type SplitOptions, splitText } from "./tokens.ts";

/** Distances of texts are 100 x cosine distance, and a neighbour 25 away counts 0.61. */
export const textScale = 100;
export const textWidth = 25;

/** Options of `explainText`. */
export interface TextOptions extends FitOptions, SplitOptions {
  /** What stands for a hidden position. Default `UNKWORDZ`, and U+0000 with `charLevel`. */
  readonly mask?: string;
  /** Features a text may have. Default 50,000. */
  readonly maxFeatures?: number;
}

/**
 * Explains a text classifier at one text: hides words, watches the outputs, fits a linear model near
 * the text (Ribeiro et al. 2016, section 3.4). Defaults: 5,000 neighbours, class 1, 10 words, kernel
 * width 25 on 100 x cosine distance.
 */
export async function explainText(
  text: string,
  predict: Predict<string>,
  options: TextOptions = {},
): Promise<TextExplanation> {
  const part = textPart(text, options, randomSource(options));
  const { perturbation, names, positions, id, hide } = part;
  const subject: Subject<string> = {
    ...{ perturbation, names, id },
    mode: "classification",
    defaults: {
      distance: "cosine",
      distanceScale: textScale,
      kernelWidth: textWidth,
      samples: 5000,
      features: 10,
      batchSize: 100,
    },
  };
  const result = await explainSubject(subject, predict, options);
  return {
    kind: "text",
    text,
    positions,
    features: names,
    ...result,
    explanations: result.explanations.map((each) => withPositions(each, positions)),
    hide,
  };
}

/** A text taken apart, ready to be drawn from. */
export interface TextPart {
  readonly perturbation: Perturbation<string>;
  readonly names: readonly string[];
  /** See `TextExplanation`. */
  readonly positions: readonly (readonly (readonly [number, number])[])[];
  /** See `Subject.id`. */
  readonly id: string;
  readonly hide: (hidden: readonly number[]) => string;
}

/** What is drawn of a text: the same alone and beside columns. */
export function textPart(text: string, options: TextOptions, random: RandomSource): TextPart {
  const { maxFeatures = 50_000, mask: given, charLevel = false, antithetic = false } = options;
  const pieces = splitText(text, options);
  const columns = pieces.names.length;
  if (columns > maxFeatures) {
    throw new LimeError("text", {
      expected: `at most ${maxFeatures} features`,
      received: `${columns}`,
      hint: "Raise `maxFeatures`, or explain a part of the text.",
    });
  }
  const mask = pieces.bow ? undefined : (given ?? (charLevel ? "\0" : "UNKWORDZ"));
  const shown = (visible: Uint8Array) => visibleText(text, pieces, visible, mask);
  return {
    perturbation: maskPerturbation({ columns, design: "sizes", random, antithetic, input: shown }),
    names: pieces.names,
    positions: positionsOf(pieces),
    id: JSON.stringify([text, mask ?? null, Array.from(pieces.starts)]),
    hide: (hidden) => {
      const visible = new Uint8Array(columns).fill(1);
      for (const feature of hidden) visible[feature] = 0;
      return shown(visible);
    },
  };
}

/** The explanation with the places of its words; features past the words have none. */
export function withPositions(
  explanation: Explanation,
  positions: TextPart["positions"],
): Explanation {
  const weights = explanation.weights.map((weight) => {
    const own = positions[weight.feature];
    return own === undefined ? weight : { ...weight, positions: own };
  });
  return { ...explanation, weights };
}

/** The text with hidden pieces left out, or replaced by the mask; runs of pieces are copied whole. */
function visibleText(
  text: string,
  { starts, featureOf }: Pieces,
  visible: Uint8Array,
  mask: string | undefined,
): string {
  let shown = "";
  let from = 0;
  for (let i = 0; i < featureOf.length; i++) {
    const feature = featureOf[i]!;
    if (feature < 0 || visible[feature] === 1) continue;
    if (starts[i]! > from) shown += text.slice(from, starts[i]!);
    if (mask !== undefined) shown += mask;
    from = starts[i + 1]!;
  }
  return from === 0 ? text : shown + text.slice(from);
}

function positionsOf({ starts, featureOf, names }: Pieces): [number, number][][] {
  const positions: [number, number][][] = names.map(() => []);
  featureOf.forEach((feature, i) => {
    if (feature >= 0) positions[feature]!.push([starts[i]!, starts[i + 1]!]);
  });
  return positions;
}
