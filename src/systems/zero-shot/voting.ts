// Joins what the names alone say with other sources of votes: rules, a few-shot classifier, people.
import type { CorpusLabels, SourceReport } from "./api.ts";
import { best } from "./balance.ts";
import { combine } from "./combine.ts";
import { type EmbeddedLabels, summarizeScores } from "./corpus-summary.ts";
import { joinVotes } from "./labelling.ts";

/** A source's votes: number of a label per row, -1 where it abstains. */
export interface Voter {
  readonly name: string;
  readonly votes: Int32Array;
}

/** A labelled corpus' columns after the vote. */
export type VotedLabels = Pick<
  CorpusLabels,
  "guess" | "confidence" | "margin" | "second" | "voters" | "votes"
> & { readonly reports?: readonly SourceReport[] };

/**
 * Combines labels with other sources by Dawid and Skene's model; without other sources they stay as
 * they are. Known labels stay in any case.
 */
export function withVotes(
  labelled: EmbeddedLabels,
  others: readonly Voter[],
  empty: Uint8Array,
  classes: number,
  taught: Int32Array,
): VotedLabels {
  const { guess, confidence, margin, second } = labelled;
  const own: Voter = { name: "zero-shot", votes: guess };
  if (others.length === 0) {
    return { guess, confidence, margin, second, voters: [own.name], votes: guess };
  }
  const all = [own, ...others];
  const votes = joinVotes(all.map((voter) => voter.votes));
  const { posterior, sources } = combine(votes, { sources: all.length, classes });
  const settings = { kind: "off", notes: [] } as const;
  const joined = summarizeScores(Float32Array.from(posterior), empty, classes, taught, settings);
  return { ...joined, voters: all.map((voter) => voter.name), votes, reports: sources };
}

/** A classifier's votes from its scores [rows, classes]. */
export function scoreVoter(name: string, values: Float32Array, classes: number): Voter {
  return { name, votes: best({ values, rows: values.length / classes, classes }) };
}
