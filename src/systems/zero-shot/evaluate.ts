// How good labels are where the truth is known: accuracy, F1, confusion, accuracy against coverage.
import { accuracy, confusionMatrix } from "../../train/metrics.ts";
import type { CorpusLabels } from "./api.ts";
import { type CoveragePoint, coverageCurve } from "./confidence.ts";
import { labelIndex, optionError } from "./labels.ts";

/** Figures of labels against the truth. */
export interface LabelEvaluation {
  readonly accuracy: number;
  /** Mean of F1 over the classes that occur; weighted: by how often they do. */
  readonly macroF1: number;
  readonly weightedF1: number;
  /** Rows with a true label and something to judge; those without a label count as wrong. */
  readonly tested: number;
  readonly classes: readonly string[];
  /** `confusion[t][p]` rows of class t were given p. */
  readonly confusion: readonly (readonly number[])[];
  readonly coverage: readonly CoveragePoint[];
}

/**
 * Judges labels by the labels that the rows came with.
 *
 * @throws DataError where no row has a true label
 */
export function evaluateLabels(
  corpus: Pick<CorpusLabels, "guess" | "confidence" | "names">,
  truth: readonly (string | undefined)[],
): LabelEvaluation {
  const { names, guess, confidence } = corpus;
  const numbers = truth.map((label) => (label === undefined ? -1 : labelIndex(names, label)));
  const rows = [...numbers.keys()].filter((row) => numbers[row]! >= 0);
  if (rows.length === 0) {
    const some = truth.find((label) => label !== undefined);
    throw optionError("labelColumn", "true labels among the labels", JSON.stringify(some ?? null));
  }
  const true_ = rows.map((row) => numbers[row]!);
  // A row without a label counts for a class that does not occur, so as wrong.
  const given = rows.map((row) => (guess[row]! < 0 ? names.length : guess[row]!));
  const classes = names.length + (given.includes(names.length) ? 1 : 0);
  const full = confusionMatrix(given, true_, classes);
  const perClass = full.slice(0, names.length).map((row, label) => {
    const size = row.reduce((sum, count) => sum + count, 0);
    const named = full.reduce((sum, other) => sum + other[label]!, 0);
    return { size, f1: size + named === 0 ? 0 : (2 * row[label]!) / (size + named) };
  });
  const present = perClass.filter(({ size }) => size > 0);
  return {
    accuracy: accuracy(given, true_),
    macroF1: present.reduce((sum, each) => sum + each.f1 / present.length, 0),
    weightedF1: present.reduce((sum, each) => sum + (each.f1 * each.size) / rows.length, 0),
    tested: rows.length,
    classes: names,
    confusion: full.slice(0, names.length).map((row) => row.slice(0, names.length)),
    coverage: coverageCurve(
      rows.map((row) => confidence[row]!),
      rows.map((_, i) => given[i] === true_[i]),
    ),
  };
}
