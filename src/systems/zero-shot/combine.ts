// Several weak sources of votes become one label: by majority, or by Dawid and Skene's EM.
import type { SourceReport } from "./api.ts";
import { optionError } from "./labels.ts";

/** What `combine` finds. */
export interface CombinedVotes {
  /** Probability of each class, [rows, classes] row by row. A row without votes has the classes' shares. */
  readonly posterior: Float64Array;
  /** One per source. */
  readonly sources: readonly SourceReport[];
  /** Rounds of EM; 0 for a majority. */
  readonly rounds: number;
}

/** Sizes of a table of votes. */
export interface VoteSizes {
  readonly sources: number;
  readonly classes: number;
}

const smoothing = 0.01;
const mostRounds = 100;
const leastChange = 1e-6;

/**
 * Combines votes [rows, sources] (class numbers, -1 abstains).
 *
 * "majority": the share of a row's votes that each class has. "dawid-skene" (Dawid and Skene 1979,
 * section 3): EM that starts from the majority and estimates a confusion matrix for each source,
 * smoothed by 0.01; it ends after 100 rounds, or where no probability moves by 1e-6. It tells apart
 * sources that are often right, often wrong, or confuse two classes; sources are taken to err
 * independently of each other.
 *
 * @throws DataError for a vote that is no class, or votes that do not fill whole rows
 */
export function combine(
  votes: Int32Array,
  { sources, classes }: VoteSizes,
  how: "majority" | "dawid-skene" = "dawid-skene",
): CombinedVotes {
  checkVotes(votes, sources, classes);
  const posterior = majority(votes, sources, classes);
  const rounds =
    how === "majority" ? 0 : expectationMaximization(votes, sources, classes, posterior);
  return { posterior, sources: reportSources(votes, sources, classes, posterior), rounds };
}

function checkVotes(votes: Int32Array, sources: number, classes: number): void {
  if (!(sources >= 1) || votes.length % sources !== 0) {
    throw optionError("votes", `rows of ${sources} votes`, `${votes.length} votes`);
  }
  const wrong = votes.findIndex((vote) => vote < -1 || vote >= classes);
  if (wrong < 0) return;
  const place = `row ${Math.floor(wrong / sources)}, source ${wrong % sources}`;
  throw optionError(
    "votes",
    `classes 0 to ${classes - 1}, or -1 to abstain`,
    `${votes[wrong]} in ${place}`,
  );
}

function majority(votes: Int32Array, sources: number, classes: number): Float64Array {
  const rows = votes.length / sources;
  const shares = new Float64Array(rows * classes);
  for (let row = 0; row < rows; row++) {
    const own = shares.subarray(row * classes, (row + 1) * classes);
    let cast = 0;
    for (let s = 0; s < sources; s++) {
      const vote = votes[row * sources + s]!;
      if (vote < 0) continue;
      own[vote]!++;
      cast++;
    }
    for (let c = 0; c < classes; c++) own[c] = cast > 0 ? own[c]! / cast : 1 / classes;
  }
  return shares;
}

/** Improves the posterior in place; gives the number of rounds. */
function expectationMaximization(
  votes: Int32Array,
  sources: number,
  classes: number,
  posterior: Float64Array,
): number {
  const rows = votes.length / sources;
  const voted = Uint8Array.from({ length: rows }, (_, row) =>
    votes.subarray(row * sources, (row + 1) * sources).some((vote) => vote >= 0) ? 1 : 0,
  );
  const logs = new Float64Array(classes);
  let round = 0;
  for (let change = 1; round < mostRounds && change >= leastChange; round++) {
    const model = maximize(votes, sources, classes, posterior, voted);
    change = 0;
    for (let row = 0; row < rows; row++) {
      logs.set(model.prior);
      for (let s = 0; s < sources; s++) {
        const vote = votes[row * sources + s]!;
        if (vote < 0) continue;
        for (let c = 0; c < classes; c++) {
          logs[c]! += model.confusion[(s * classes + c) * classes + vote]!;
        }
      }
      softmax(logs);
      for (let c = 0; c < classes; c++) {
        const at = row * classes + c;
        change = Math.max(change, Math.abs(posterior[at]! - logs[c]!));
        posterior[at] = logs[c]!;
      }
    }
  }
  return round;
}

/** Logarithms of the classes' shares, and of each source's confusion matrix [sources, true, voted]. */
function maximize(
  votes: Int32Array,
  sources: number,
  classes: number,
  posterior: Float64Array,
  voted: Uint8Array,
) {
  const prior = new Float64Array(classes);
  const confusion = new Float64Array(sources * classes * classes).fill(smoothing);
  voted.forEach((any, row) => {
    if (any === 0) return;
    const own = posterior.subarray(row * classes, (row + 1) * classes);
    for (let c = 0; c < classes; c++) prior[c]! += own[c]!;
    for (let s = 0; s < sources; s++) {
      const vote = votes[row * sources + s]!;
      if (vote < 0) continue;
      for (let c = 0; c < classes; c++) confusion[(s * classes + c) * classes + vote]! += own[c]!;
    }
  });
  logShares(prior);
  for (let from = 0; from < confusion.length; from += classes) {
    logShares(confusion.subarray(from, from + classes));
  }
  return { prior, confusion };
}

/** A class that nobody votes for is improbable, not impossible. */
const tiny = 1e-300;

function logShares(counts: Float64Array): void {
  const sum = counts.reduce((total, count) => total + count, 0) || 1;
  for (let i = 0; i < counts.length; i++) counts[i] = Math.log(Math.max(counts[i]! / sum, tiny));
}

function softmax(logs: Float64Array): void {
  const most = logs.reduce((a, b) => Math.max(a, b));
  let sum = 0;
  for (let i = 0; i < logs.length; i++) {
    logs[i] = Math.exp(logs[i]! - most);
    sum += logs[i]!;
  }
  for (let i = 0; i < logs.length; i++) logs[i]! /= sum;
}

function reportSources(
  votes: Int32Array,
  sources: number,
  classes: number,
  posterior: Float64Array,
): SourceReport[] {
  const rows = votes.length / sources;
  const counts = Array.from({ length: sources }, () => ({
    cast: 0,
    shared: 0,
    against: 0,
    right: 0,
  }));
  for (let row = 0; row < rows; row++) {
    const own = votes.subarray(row * sources, (row + 1) * sources);
    own.forEach((vote, s) => {
      if (vote < 0) return;
      const count = counts[s]!;
      count.cast++;
      count.right += posterior[row * classes + vote]!;
      if (own.some((other, o) => o !== s && other >= 0)) count.shared++;
      if (own.some((other, o) => o !== s && other >= 0 && other !== vote)) count.against++;
    });
  }
  return counts.map(({ cast, shared, against, right }) => ({
    coverage: rows > 0 ? cast / rows : 0,
    overlap: rows > 0 ? shared / rows : 0,
    conflict: rows > 0 ? against / rows : 0,
    accuracy: cast > 0 ? right / cast : 0,
  }));
}

/**
 * How often two sources agree where both vote, [sources, sources] row by row; NaN where they never do.
 */
export function sourceAgreement(votes: Int32Array, sources: number): Float64Array {
  const both = new Float64Array(sources * sources);
  const same = new Float64Array(sources * sources);
  for (let from = 0; from < votes.length; from += sources) {
    for (let a = 0; a < sources; a++) {
      if (votes[from + a]! < 0) continue;
      for (let b = 0; b < sources; b++) {
        if (votes[from + b]! < 0) continue;
        both[a * sources + b]!++;
        if (votes[from + a] === votes[from + b]) same[a * sources + b]!++;
      }
    }
  }
  return same.map((count, i) => count / both[i]!);
}
