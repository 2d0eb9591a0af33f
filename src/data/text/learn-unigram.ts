/** @file Learns the pieces of a unigram language model by expectation maximisation (Kudo 2018, section 3.2). */
import { codePoints } from "./piece-trie.ts";
import { UnigramLattice } from "./unigram-lattice.ts";

/** Settings of `learnUnigram`. */
export interface LearnUnigramOptions {
  /** Number of pieces to end with; fewer where the words do not give so many. */
  readonly size: number;
  /** Share of all characters that get a piece of their own; the rarest are left out. Default 0.9995. */
  readonly coverage?: number;
  /** The longest piece, in characters. Default 16. */
  readonly maxLength?: number;
  /** Candidates to begin with. Default 1,000,000. */
  readonly seeds?: number;
}

/** A piece with its log probability. */
export type Piece = readonly [piece: string, score: number];

const MAX_WORD = 128;
/** Share of the candidates that a round of pruning keeps. */
const KEPT = 0.75;
/** Steps of expectation maximisation between two prunings. */
const STEPS = 2;
/** Pieces that are expected less often are dropped. */
const LEAST_EXPECTED = 0.5;

interface Corpus {
  readonly words: readonly Int32Array[];
  readonly counts: readonly number[];
}

/**
 * The pieces of a vocabulary for words with their counts. Each character that is frequent enough is
 * a piece; the others are the substrings that the words are most probably made of. The result does
 * not depend on the order of the words.
 */
export function learnUnigram(
  wordCounts: ReadonlyMap<string, number>,
  { size, coverage = 0.9995, maxLength = 16, seeds = 1_000_000 }: LearnUnigramOptions,
): Piece[] {
  const sorted = [...wordCounts].sort(([a], [b]) => (a < b ? -1 : 1));
  const characters = coveredCharacters(sorted, coverage);
  const words = sorted.map(([word]) => codePoints(word).subarray(0, MAX_WORD));
  const corpus = { words, counts: sorted.map(([, count]) => count) };
  let pieces = seedPieces(sorted, characters, maxLength, seeds);
  const enough = Math.max(size, characters.size) * 1.1;
  while (true) {
    for (let step = 0; step < STEPS; step++) pieces = maximise(pieces, characters, corpus);
    if (pieces.length <= enough) break;
    const fewer = prune(pieces, characters, corpus, Math.max(enough, pieces.length * KEPT));
    if (fewer.length === pieces.length) break;
    pieces = fewer;
  }
  return finish(pieces, characters, size);
}

/** The most frequent characters that together make up `coverage` of the text. */
function coveredCharacters(
  words: readonly (readonly [string, number])[],
  coverage: number,
): Set<string> {
  const counts = new Map<string, number>();
  let total = 0;
  for (const [word, count] of words) {
    for (const character of word) {
      counts.set(character, (counts.get(character) ?? 0) + count);
      total += count;
    }
  }
  const kept = new Set<string>();
  let covered = 0;
  for (const [character, count] of [...counts].sort(byCount)) {
    if (covered >= coverage * total) break;
    kept.add(character);
    covered += count;
  }
  return kept;
}

function byCount([a, x]: readonly [string, number], [b, y]: readonly [string, number]): number {
  return y - x || (a < b ? -1 : 1);
}

/** Substrings that occur at least twice, those that cover most text first, and all characters. */
function seedPieces(
  words: readonly (readonly [string, number])[],
  characters: ReadonlySet<string>,
  maxLength: number,
  seeds: number,
): Piece[] {
  const counts = new Map<string, number>();
  for (const [word, count] of words) {
    const symbols = [...word].slice(0, MAX_WORD);
    for (let start = 0; start < symbols.length; start++) {
      let piece = "";
      for (let end = start; end < Math.min(start + maxLength, symbols.length); end++) {
        if (!characters.has(symbols[end]!)) break;
        piece += symbols[end]!;
        counts.set(piece, (counts.get(piece) ?? 0) + count);
      }
    }
  }
  // A substring that always goes on with the same character is no unit: only its longest form counts.
  const extended = new Set<string>();
  for (const [piece, count] of counts) {
    const shorter = piece.slice(0, piece.length - lastLength(piece));
    if (counts.get(shorter) === count) extended.add(shorter);
  }
  const weights: [string, number][] = [];
  for (const [piece, count] of counts) {
    if (characters.has(piece)) weights.push([piece, count]);
    else if (count > 1 && !extended.has(piece)) weights.push([piece, count * [...piece].length]);
  }
  const single = weights.filter(([piece]) => characters.has(piece));
  const longer = weights.filter(([piece]) => !characters.has(piece)).sort(byCount);
  const chosen = [...single, ...longer.slice(0, seeds)];
  const total = chosen.reduce((sum, [, weight]) => sum + weight, 0);
  return chosen.map(([piece, weight]) => [piece, Math.log(weight / total)] as const);
}

/** Code units of the last character. */
function lastLength(piece: string): number {
  return piece.codePointAt(piece.length - 2)! > 0xffff ? 2 : 1;
}

/** Ids run from 1: 0 stands for the characters without a piece. */
function latticeOf(pieces: readonly Piece[]): UnigramLattice {
  const scores = Float64Array.from([0, ...pieces.map(([, score]) => score)]);
  return new UnigramLattice(["", ...pieces.map(([piece]) => piece)], scores, 0);
}

/** One step: expected counts, and from them new probabilities (with a Dirichlet prior: digamma). */
function maximise(
  pieces: readonly Piece[],
  characters: ReadonlySet<string>,
  { words, counts }: Corpus,
): Piece[] {
  const lattice = latticeOf(pieces);
  const expected = new Float64Array(pieces.length + 1);
  words.forEach((word, i) => {
    lattice.expect(word, counts[i]!, expected);
  });
  const kept = pieces.flatMap(([piece], i): [string, number][] => {
    const count = expected[i + 1]!;
    if (count >= LEAST_EXPECTED) return [[piece, count]];
    return characters.has(piece) ? [[piece, LEAST_EXPECTED]] : [];
  });
  const total = kept.reduce((sum, [, count]) => sum + count, 0);
  return kept.map(([piece, count]) => [piece, digamma(count) - digamma(total)] as const);
}

/** Keeps the pieces without which the text would lose most probability, and all characters. */
function prune(
  pieces: readonly Piece[],
  characters: ReadonlySet<string>,
  { words, counts }: Corpus,
  wanted: number,
): Piece[] {
  const lattice = latticeOf(pieces);
  const uses = new Float64Array(pieces.length + 1);
  words.forEach((word, i) => {
    for (const id of lattice.best(word).ids) uses[id]! += counts[i]!;
  });
  const total = uses.reduce((sum, count) => sum + count, 0);
  const always: number[] = [];
  const losses: { index: number; loss: number }[] = [];
  pieces.forEach(([piece, score], index) => {
    if (characters.has(piece)) always.push(index);
    else {
      // In its place would stand the best other pieces.
      const other = lattice.best(codePoints(piece), index + 1);
      const count = uses[index + 1]!;
      const added = total + count * (other.ids.length - 1);
      const alternative = other.ids.reduce(
        (sum, id) => sum + Math.log((uses[id]! + count) / added),
        0,
      );
      const own = Math.log(count / total);
      const loss = count > 0 ? (count / total) * (own - alternative) : score - 1e6;
      losses.push({ index, loss });
    }
  });
  losses.sort((a, b) => b.loss - a.loss || a.index - b.index);
  const kept = losses.slice(0, Math.max(0, Math.floor(wanted) - always.length));
  const indices = [...always, ...kept.map(({ index }) => index)].sort((a, b) => a - b);
  return indices.map((index) => pieces[index]!);
}

function finish(pieces: readonly Piece[], characters: ReadonlySet<string>, size: number): Piece[] {
  const byScore = (a: Piece, b: Piece) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1);
  const single = pieces.filter(([piece]) => characters.has(piece));
  const longer = pieces.filter(([piece]) => !characters.has(piece)).sort(byScore);
  return [...single, ...longer.slice(0, Math.max(0, size - single.length))].sort(byScore);
}

/** The derivative of log gamma, by its recurrence and asymptotic series (Bernardo 1976). */
function digamma(x: number): number {
  let result = 0;
  let at = x;
  for (; at < 7; at++) result -= 1 / at;
  const y = at - 0.5;
  const z = 1 / (y * y);
  return result + Math.log(y) + z * (1 / 24 - z * (7 / 960 - z * (31 / 8064 - (z * 127) / 30720)));
}
