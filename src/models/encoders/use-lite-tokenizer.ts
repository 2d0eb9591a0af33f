/** @file The tokenizer that Universal Sentence Encoder Lite was trained with: SentencePiece unigram, with its quirks. */
import { codePoints, PieceTrie } from "../../data/text/piece-trie.ts";

/** A piece with its log probability; the vocabulary's file has null for some that count as 0. */
export type ScoredPiece = readonly [piece: string, score: number | null];

/** Ids below it are control symbols. */
const FIRST_PIECE = 6;
/** The id of whatever no piece covers. */
export const UNKNOWN = 0;
/** SentencePiece's mark for a blank and for the beginning of a text. */
const BLANK = "\u2581";

/**
 * Splits a text into the most probable row of pieces. The model's weights belong to exactly these
 * rules: a place whose best score is 0 counts as not reached, so the next piece that ends there is
 * taken whatever it scores; among equals the shorter piece wins.
 */
export class UseLiteTokenizer {
  /** Its pieces with their scores, as they were given. */
  readonly vocabulary: readonly ScoredPiece[];
  readonly #trie = new PieceTrie();
  readonly #scores: Float64Array;
  /** Length of each piece in characters. */
  readonly #lengths: Int32Array;

  constructor(vocabulary: readonly ScoredPiece[]) {
    this.vocabulary = vocabulary;
    this.#scores = Float64Array.from(vocabulary, ([, score]) => score ?? 0);
    this.#lengths = Int32Array.from(vocabulary, ([piece]) => codePoints(piece).length);
    vocabulary.forEach(([piece], id) => {
      if (id >= FIRST_PIECE) this.#trie.add(piece, id);
    });
  }

  /** The ids of a text; a run of characters outside the vocabulary is one 0. An empty text has none. */
  encode(text: string): Int32Array {
    const normalized = text.normalize("NFKC");
    if (normalized === "") return new Int32Array(0);
    const points = codePoints(BLANK + normalized.replaceAll(" ", BLANK));
    return this.#trace(this.#lastPieces(points));
  }

  /** For each place, the piece that ends there on the best way. */
  #lastPieces(points: Int32Array): Int32Array {
    const scores = this.#scores;
    const best = new Float64Array(points.length + 1);
    const last = new Int32Array(points.length + 1);
    let before = 0;
    const reach = (id: number, end: number) => {
      const score = scores[id]! + before;
      if (best[end] !== 0 && !(score >= best[end]!)) return;
      best[end] = score;
      last[end] = id;
    };
    // A piece ends after it starts: what is best at a place is settled when the walk comes there.
    for (let start = 0; start < points.length; start++) {
      before = best[start]!;
      if (!this.#trie.walk(points, start, reach)) reach(UNKNOWN, start + 1);
    }
    return last;
  }

  #trace(last: Int32Array): Int32Array {
    const ids = new Int32Array(last.length);
    let from = ids.length;
    for (let at = last.length - 1; at > 0; at -= this.#lengths[last[at]!]!) {
      const repeated = last[at] === UNKNOWN && from < ids.length && ids[from] === UNKNOWN;
      if (!repeated) ids[--from] = last[at]!;
    }
    return ids.slice(from);
  }
}
