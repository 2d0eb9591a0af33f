// Larger classes: labels that share a `parent` judged as one.
import type { LabelSpec } from "./api.ts";
import { type LabelMembers, type LabelSet, optionError, wordings } from "./labels.ts";

/**
 * The larger classes of labels, one per parent; labels without a parent stay by themselves. A class's
 * vector is the mean of its labels' vectors, its prior the sum of theirs.
 *
 * @throws DataError where no label has a parent
 */
export function parentLabels(set: LabelSet): LabelSet {
  if (set.labels.every((label) => label.parent === undefined)) {
    const hint = 'Give them in a file of labels: [{ "name": "refund", "parent": "shop" }, …].';
    throw optionError("labels", "labels with a parent", `none of ${set.labels.length}`, hint);
  }
  const nameOf = ({ name, parent }: LabelSpec) => parent ?? name;
  const groups = Map.groupBy(set.labels, nameOf);
  const names = [...groups.keys()];
  const labels = [...groups].map(([name, children]): LabelSpec => {
    const [first, ...others] = children.flatMap(wordings);
    return { name, description: first!, synonyms: others };
  });
  const parentOf = set.labels.map((label) => names.indexOf(nameOf(label)));
  const priors = names.map(() => 0);
  set.priors?.forEach((prior, label) => {
    priors[parentOf[label]!]! += prior;
  });
  return {
    labels,
    names,
    ...(set.priors && { priors }),
    notes: set.notes,
    members: { set, parentOf },
  };
}

/**
 * Scores of larger classes from those of their members: probabilities that exclude one another add
 * up; of others the highest counts.
 */
export function parentScores(
  scores: Float64Array,
  parents: number,
  { parentOf }: LabelMembers,
  multi: boolean,
): Float64Array {
  const joined = new Float64Array(parents);
  scores.forEach((own, member) => {
    const parent = parentOf[member]!;
    joined[parent] = multi ? Math.max(joined[parent]!, own) : joined[parent]! + own;
  });
  return joined;
}
