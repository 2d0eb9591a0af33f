/** @file Ways to cut a word into pieces, with their probabilities: the best one, and expected counts over all. */
import { PieceTrie } from "./piece-trie.ts";

/** How much less likely than the least likely piece a character outside the vocabulary is, as a logarithm. */
const UNKNOWN_PENALTY = 10;

/** The pieces of a vocabulary with their log probabilities. */
export class UnigramLattice {
  readonly #trie = new PieceTrie();
  readonly #scores: ArrayLike<number>;
  readonly #unknownScore: number;
  readonly #unknown: number;

  /**
   * @param pieces by id; an empty one is never found
   * @param scores log probability of each
   * @param unknown the id for characters that no piece of one character covers
   */
  constructor(pieces: readonly string[], scores: ArrayLike<number>, unknown: number) {
    let lowest = 0;
    pieces.forEach((piece, id) => {
      if (piece === "") return;
      this.#trie.add(piece, id);
      lowest = Math.min(lowest, scores[id]!);
    });
    this.#scores = scores;
    this.#unknownScore = lowest - UNKNOWN_PENALTY;
    this.#unknown = unknown;
  }

  /** Calls `use` with each piece that begins at `start`: its id, its end and its score. */
  #edges(
    points: Int32Array,
    start: number,
    use: (id: number, end: number, score: number) => void,
  ): void {
    let single = false;
    this.#trie.walk(points, start, (id, end) => {
      single ||= end === start + 1;
      use(id, end, this.#scores[id]!);
    });
    if (!single) use(this.#unknown, start + 1, this.#unknownScore);
  }

  /**
   * The most probable pieces (Viterbi); among equals the one whose last piece is longer.
   * @param without an id that must not be used
   */
  best(points: Int32Array, without = -1): { ids: number[]; score: number } {
    const length = points.length;
    const scores = new Float64Array(length + 1).fill(Number.NEGATIVE_INFINITY);
    const ids = new Int32Array(length + 1);
    const from = new Int32Array(length + 1);
    scores[0] = 0;
    for (let start = 0; start < length; start++) {
      const before = scores[start]!;
      this.#edges(points, start, (id, end, score) => {
        if (id === without || before + score <= scores[end]!) return;
        scores[end] = before + score;
        ids[end] = id;
        from[end] = start;
      });
    }
    const found: number[] = [];
    for (let at = length; at > 0; at = from[at]!) found.push(ids[at]!);
    return { ids: found.reverse(), score: scores[length]! };
  }

  /**
   * Adds to `counts` how often each piece is expected in a word that occurs `weight` times
   * (forward-backward).
   * @returns the log probability of the word, over all ways
   */
  expect(points: Int32Array, weight: number, counts: Float64Array): number {
    const length = points.length;
    const starts: number[] = [];
    const ends: number[] = [];
    const ids: number[] = [];
    const scores: number[] = [];
    for (let start = 0; start < length; start++) {
      this.#edges(points, start, (id, end, score) => {
        starts.push(start);
        ends.push(end);
        ids.push(id);
        scores.push(score);
      });
    }
    const forward = new Float64Array(length + 1).fill(Number.NEGATIVE_INFINITY);
    const backward = new Float64Array(length + 1).fill(Number.NEGATIVE_INFINITY);
    forward[0] = 0;
    backward[length] = 0;
    // Edges stand in the order of their starts, so what they lead from is settled.
    for (let e = 0; e < ids.length; e++) {
      const end = ends[e]!;
      forward[end] = logAdd(forward[end]!, forward[starts[e]!]! + scores[e]!);
    }
    for (let e = ids.length - 1; e >= 0; e--) {
      const start = starts[e]!;
      backward[start] = logAdd(backward[start]!, backward[ends[e]!]! + scores[e]!);
    }
    const total = forward[length]!;
    for (let e = 0; e < ids.length; e++) {
      const through = forward[starts[e]!]! + scores[e]! + backward[ends[e]!]! - total;
      counts[ids[e]!]! += weight * Math.exp(through);
    }
    return total;
  }
}

function logAdd(a: number, b: number): number {
  if (a === Number.NEGATIVE_INFINITY) return b;
  if (b === Number.NEGATIVE_INFINITY) return a;
  return a > b ? a + Math.log1p(Math.exp(b - a)) : b + Math.log1p(Math.exp(a - b));
}
