// Explains a text's class: which words, positions or characters the model's output hangs on.
import type { FitOptions, Predict, TextExplanation } from "./api.ts";
import { LimeError } from "./errors.ts";
import { explainSubject } from "./explain.ts";
import { maskPerturbation } from "./neighbourhood/masks.ts";
import type { Subject } from "./neighbourhood/perturbation.ts";
import { randomSource } from "./random.ts";
import { type Pieces, type SplitOptions, splitText } from "./tokens.ts";

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
  const random = randomSource(options);
  const subject: Subject<string> = {
    perturbation: maskPerturbation({ columns, design: "sizes", random, antithetic, input: shown }),
    names: pieces.names,
    mode: "classification",
    id: JSON.stringify([text, mask ?? null, Array.from(pieces.starts)]),
    defaults: {
      distance: "cosine",
      distanceScale: 100,
      kernelWidth: 25,
      samples: 5000,
      features: 10,
      batchSize: 100,
    },
  };
  const result = await explainSubject(subject, predict, options);
  const positions = positionsOf(pieces);
  return {
    kind: "text",
    text,
    positions,
    features: pieces.names,
    ...result,
    explanations: result.explanations.map((each) => ({
      ...each,
      weights: each.weights.map((weight) => ({
        ...weight,
        positions: positions[weight.feature]!,
      })),
    })),
    hide: (hidden) => {
      const visible = new Uint8Array(columns).fill(1);
      for (const feature of hidden) visible[feature] = 0;
      return shown(visible);
    },
  };
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
