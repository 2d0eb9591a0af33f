// Words and pairs of words that tell a few texts from all others.

/** Number of texts that each word or pair is in. */
export type TermCounts = ReadonlyMap<string, number>;

function termsOf(plain: string): Set<string> {
  const words = plain === "" ? [] : plain.split(" ");
  return new Set([...words, ...words.slice(1).map((word, i) => `${words[i]} ${word}`)]);
}

/** Counts the terms of texts in `plainWords` form. */
export function termCounts(plain: readonly string[]): TermCounts {
  const counts = new Map<string, number>();
  for (const text of plain) {
    for (const term of termsOf(text)) counts.set(term, (counts.get(term) ?? 0) + 1);
  }
  return counts;
}

/** A term must be in this part of the few texts to speak for them. */
const LEAST_SHARE = 0.2;
/** It must be so many times as frequent among them as among the others. */
const LEAST_RATIO = 5;

/**
 * Terms of a few texts, the most telling first: weighted log-odds against all texts, with half a text
 * added on each side. A pair stands for its words where it is about as frequent as they are.
 */
export function tellingTerms(few: readonly string[], all: TermCounts, total: number): string[] {
  const found: { term: string; weight: number; share: number }[] = [];
  for (const [term, count] of termCounts(few)) {
    const share = count / few.length;
    if (count < 2 || share < LEAST_SHARE) continue;
    const others = Math.max(0, (all.get(term) ?? 0) - count);
    const ratio = (count + 0.5) / (few.length + 1) / ((others + 0.5) / (total - few.length + 1));
    if (ratio >= LEAST_RATIO) found.push({ term, share, weight: share * Math.log(ratio) });
  }
  found.sort((a, b) => b.weight - a.weight || (a.term < b.term ? -1 : 1));
  const kept: typeof found = [];
  for (const each of found) {
    const isPart = found.some(
      ({ term, share }) =>
        term !== each.term && ` ${term} `.includes(` ${each.term} `) && share > 0.7 * each.share,
    );
    const repeats = kept.some(({ term }) => ` ${term} `.includes(` ${each.term} `));
    if (!isPart && !repeats) kept.push(each);
  }
  return kept.map(({ term }) => term);
}
