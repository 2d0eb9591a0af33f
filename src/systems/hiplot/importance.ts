// Which columns matter: for a target by a forest and shuffled columns, for a selection by how its values differ.
import type { Bitset } from "./core/bits.ts";
import {
  type Importance,
  type ImportanceOptions,
  selectionImportance,
  targetImportance,
} from "./core/importance.ts";
import type { ExperimentData } from "./experiment.ts";

export type { Importance, ImportanceOptions } from "./core/importance.ts";

/**
 * Ranks columns by what they have to do with a target column, or with a selection of rows.
 *
 * For a target: a random forest (Breiman 2001) of 100 trees on numbers and one-hot categories; a
 * column's score is how much the error of each tree on its out-of-bag rows grows when the column is
 * shuffled among them, mean over the trees. For a selection: the Jensen-Shannon distance (Lin 1991)
 * between a column's histogram inside and outside, 32 bins on its scale or its categories.
 */
export function importance(
  experiment: ExperimentData,
  target: string | { readonly selected: Bitset },
  options: ImportanceOptions = {},
): Importance[] {
  const frame = experiment.frame();
  const defs = experiment.columns();
  return typeof target === "string"
    ? targetImportance(frame, defs, target, options)
    : selectionImportance(frame, defs, target.selected, options);
}
