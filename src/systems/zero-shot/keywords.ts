// Keywords in context: the words and phrases whose removal lowers a label's score most.
import type { Encoder } from "../../models/encoders/encoder.ts";
import type { Keyword } from "./api.ts";
import { embedTexts } from "./label-vectors.ts";

/** Scores of texts for one label: what falls when a word goes. */
export type LabelScore = (texts: readonly string[]) => Promise<ArrayLike<number>>;

/** Longest phrase, and the most keywords of a text. */
const PHRASE_WORDS = 3;
const MOST = 5;
/** Words beyond these are not tried: a text has as many variants as words and phrases. */
const MOST_WORDS = 120;
/** A fall smaller than this is not worth marking. */
const LEAST_FALL = 0.01;

/** A word's place in a text, in UTF-16 units. */
interface Word {
  readonly start: number;
  readonly end: number;
}

/** Places of the words of a text: runs of letters, digits and what joins them. */
export function wordsOf(text: string): Word[] {
  return Array.from(text.matchAll(/[\p{L}\p{N}]+(?:['’_-][\p{L}\p{N}]+)*/gu), (match) => ({
    start: match.index,
    end: match.index + match[0].length,
  }));
}

/**
 * The keywords of a text for a label, the strongest first, none inside another: each word and phrase
 * of up to three words is left out in turn, all variants are scored in one pass, and the fall of the
 * score is the weight. A phrase must fall by more than its parts do alone.
 */
export async function keywordsOf(text: string, score: LabelScore): Promise<Keyword[]> {
  const words = wordsOf(text).slice(0, MOST_WORDS);
  const spans: { start: number; end: number; words: number }[] = [];
  for (let count = 1; count <= PHRASE_WORDS; count++) {
    for (let at = 0; at + count <= words.length; at++) {
      // A text of which nothing is left says nothing of the words.
      if (count === words.length && count > 1) continue;
      spans.push({ start: words[at]!.start, end: words[at + count - 1]!.end, words: count });
    }
  }
  if (spans.length === 0) return [];
  const without = spans.map(({ start, end }) => text.slice(0, start) + text.slice(end));
  const scores = await score([text, ...without]);
  const falls = spans.map((span, i) => ({ ...span, weight: scores[0]! - scores[i + 1]! }));
  // Per word, so that a phrase is taken for what its words do together.
  falls.sort((a, b) => b.weight / b.words ** 0.5 - a.weight / a.words ** 0.5);
  const chosen: Keyword[] = [];
  for (const { start, end, weight } of falls) {
    if (weight < LEAST_FALL || chosen.length === MOST) break;
    if (chosen.some((each) => start < each.end && each.start < end)) continue;
    chosen.push({ start, end, weight });
  }
  return chosen;
}

/** The score by cosine with a label's vector. */
export function cosineScore(
  encoder: Encoder,
  label: Float32Array,
  signal?: AbortSignal,
): LabelScore {
  return async (texts) => {
    const { data, dim, count } = await embedTexts(encoder, texts, { signal });
    return Float32Array.from({ length: count }, (_, row) => {
      let sum = 0;
      for (let k = 0; k < dim; k++) sum += data[row * dim + k]! * label[k]!;
      return sum;
    });
  };
}

/** A word of a corpus that speaks for a label. */
export interface CorpusKeyword {
  readonly word: string;
  /** Log-odds of the word in the label's texts against all others. */
  readonly weight: number;
  /** Texts of the label with it. */
  readonly texts: number;
}

/**
 * For each label, the words that its texts have and others have not: log-odds with a Dirichlet prior of
 * the corpus' own word counts, over its standard deviation (Monroe, Colaresi and Quinn 2008).
 */
export function corpusKeywords(
  texts: readonly string[],
  guess: Int32Array,
  classes: number,
  most = 10,
): CorpusKeyword[][] {
  const counts = Array.from({ length: classes }, () => new Map<string, number>());
  const total = new Map<string, number>();
  texts.forEach((text, row) => {
    const label = guess[row]!;
    if (label < 0) return;
    const words = new Set(
      wordsOf(text).map(({ start, end }) => text.slice(start, end).toLowerCase()),
    );
    for (const word of words) {
      counts[label]!.set(word, (counts[label]!.get(word) ?? 0) + 1);
      total.set(word, (total.get(word) ?? 0) + 1);
    }
  });
  const sum = (map: Map<string, number>) => [...map.values()].reduce((a, b) => a + b, 0);
  const all = sum(total);
  return counts.map((own) => {
    const inside = sum(own);
    const outside = all - inside;
    const scored = [...own].map(([word, here]): CorpusKeyword => {
      const prior = total.get(word)! / 10;
      const there = total.get(word)! - here;
      const odds = (count: number, size: number) =>
        Math.log((count + prior) / Math.max(size + all / 10 - count - prior, 1));
      const spread = Math.sqrt(1 / (here + prior) + 1 / (there + prior));
      return { word, weight: (odds(here, inside) - odds(there, outside)) / spread, texts: here };
    });
    return scored
      .filter(({ weight }) => weight > 0)
      .sort((a, b) => b.weight - a.weight)
      .slice(0, most);
  });
}
