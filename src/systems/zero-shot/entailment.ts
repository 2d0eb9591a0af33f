// Labels by entailment: does the text entail "This example is {label}."? (Yin et al. 2019)
import type { Classification, ClassifyOptions, PairLogits, PairModel } from "./api.ts";
import { type LabelSet, labelIndex, labelSentences, parseTemplates } from "./labels.ts";
import { parentScores } from "./parents.ts";

/** What a label is put into unless the user gives another sentence. */
export const entailmentTemplate = "This example is {}.";

/** Pairs that are judged together: enough to sort by length, few enough to hold. */
const blockPairs = 8192;

/** Options of `classifyByEntailment`. */
export interface EntailmentOptions
  extends Pick<ClassifyOptions, "template" | "multi" | "windows" | "abstainBelow" | "signal"> {
  /**
   * Labels that the model was trained on: a model leans to what it has seen, so such a label must
   * lead the others by `seenMargin` in its logit (Yin et al. 2019, label-partially-unseen).
   */
  readonly seen?: readonly string[];
  /** Default 0.1. */
  readonly seenMargin?: number;
}

/**
 * Labels each text by what a pair model says of (text, sentence of the label). `labels` are the same
 * for all texts or one set per text. Scores are the softmax over the labels' entailment logits; with
 * `multi`, or for a single label, of entailment against contradiction for each label by itself. A
 * label with several wordings or templates has the mean of their logits.
 */
export async function classifyByEntailment(
  texts: readonly string[],
  labels: LabelSet | readonly LabelSet[],
  model: PairModel,
  options: EntailmentOptions = {},
): Promise<Classification[]> {
  const templates = parseTemplates(options.template, [entailmentTemplate]);
  const setOf = (row: number): LabelSet => (isList(labels) ? labels[row]! : labels);
  const sentences = new Map<LabelSet, readonly (readonly string[])[]>();
  const sentencesOf = (set: LabelSet) => {
    const { labels: own } = set.members?.set ?? set;
    const known = sentences.get(set) ?? own.map((label) => labelSentences(label, templates));
    sentences.set(set, known);
    return known;
  };
  const results: Classification[] = [];
  for (let row = 0; row < texts.length; ) {
    const block: PairBlock = { premises: [], hypotheses: [], rows: [] };
    for (; row < texts.length && block.premises.length < blockPairs; row++) {
      const start = block.premises.length;
      if (texts[row]!.trim() !== "") {
        for (const sentence of sentencesOf(setOf(row)).flat()) {
          block.premises.push(texts[row]!);
          block.hypotheses.push(sentence);
        }
      }
      block.rows.push({ row, start });
    }
    const { windows, signal } = options;
    const logits = await model.judge(block.premises, block.hypotheses, {
      ...(windows !== undefined && { windows }),
      ...(signal !== undefined && { signal }),
    });
    for (const { row: at, start } of block.rows) {
      const set = setOf(at);
      results.push(decide(texts[at]!, set, sentencesOf(set), { logits, start }, model, options));
    }
  }
  return results;
}

interface PairBlock {
  readonly premises: string[];
  readonly hypotheses: string[];
  readonly rows: { row: number; start: number }[];
}

function isList(labels: LabelSet | readonly LabelSet[]): labels is readonly LabelSet[] {
  return Array.isArray(labels);
}

function decide(
  text: string,
  set: LabelSet,
  sentences: readonly (readonly string[])[],
  { logits, start }: { logits: PairLogits; start: number },
  model: PairModel,
  { multi = false, abstainBelow, seen = [], seenMargin = 0.1 }: EntailmentOptions,
): Classification {
  const notes = [...set.notes, ...(model.warning === undefined ? [] : [model.warning])];
  const noted = notes.length > 0 ? { notes } : {};
  if (text.trim() === "" || logits.empty[start] === 1) {
    const nothing = { labels: [], scores: [], margin: 0, abstained: true } as const;
    return { text, ...nothing, reason: "empty", ...noted };
  }
  const means = meanLogits(logits, start, sentences);
  (set.members?.set ?? set).names.forEach((name, label) => {
    if (labelIndex(seen, name) < 0) return;
    means[label * logits.classes + model.entailment]! -= seenMargin;
  });
  const own = entailmentScores(means, logits.classes, model, multi);
  const { names, members } = set;
  const scores = members ? parentScores(own, names.length, members, multi) : own;
  const order = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]!);
  const best = scores[order[0]!]!;
  const margin = order.length > 1 ? best - scores[order[1]!]! : best;
  const pairs = sentences.reduce((count, each) => count + each.length, 0);
  const truncated = logits.truncated.subarray(start, start + pairs).includes(1);
  return {
    text,
    labels: order.map((label) => names[label]!),
    scores: order.map((label) => scores[label]!),
    margin,
    abstained: abstainBelow !== undefined && (multi ? best : margin) < abstainBelow,
    ...(truncated && { truncated }),
    ...noted,
  };
}

/** Logits [labels, classes] of one text: the mean over each label's sentences. */
function meanLogits(
  { values, classes }: PairLogits,
  start: number,
  sentences: readonly (readonly string[])[],
): Float64Array {
  const means = new Float64Array(sentences.length * classes);
  let pair = start;
  sentences.forEach((own, label) => {
    for (let s = 0; s < own.length; s++, pair++) {
      for (let c = 0; c < classes; c++) {
        means[label * classes + c]! += values[pair * classes + c]! / own.length;
      }
    }
  });
  return means;
}

/**
 * Scores of one text's labels from logits [labels, classes], as the Hugging Face pipeline computes
 * them: softmax over the entailment column, or for each label over (contradiction, entailment).
 */
export function entailmentScores(
  logits: ArrayLike<number>,
  classes: number,
  { entailment, contradiction }: Pick<PairModel, "entailment" | "contradiction">,
  multi: boolean,
): Float64Array {
  const labels = logits.length / classes;
  const entailed = Float64Array.from(
    { length: labels },
    (_, l) => logits[l * classes + entailment]!,
  );
  if (multi || labels === 1) {
    return entailed.map((own, l) => 1 / (1 + Math.exp(logits[l * classes + contradiction]! - own)));
  }
  const most = Math.max(...entailed);
  const powers = entailed.map((own) => Math.exp(own - most));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
