/** @file Groups of near-duplicate texts: MinHash and banding find candidates, their shingles decide. */

/** Options of `groupNearDuplicates`. */
export interface NearDuplicateOptions {
  /** Texts whose sets of shingles have at least this Jaccard similarity are near-duplicates. Default 0.5. */
  readonly threshold?: number;
  /** Words in a shingle. Default 4. */
  readonly shingleWords?: number;
}

const bands = 32;
const rowsPerBand = 4;
const signatureSize = bands * rowsPerBand;
/** Shingles kept of a text (the smallest hashes), so that a book costs no more than a long mail. */
const maxShingles = 2048;
/** Texts of a bucket that later ones are compared with; keeps thousands of form letters affordable. */
const maxBucket = 256;

/**
 * The group of each text: near-duplicates, and whatever a chain of them joins, have the same number,
 * counted from 0 in order of appearance. Words are compared without case, digits or punctuation, as
 * form letters differ in names and numbers. Deterministic.
 *
 * MinHash (Broder 1997) with 32 bands of 4 rows (Leskovec, Rajaraman, Ullman, "Mining of Massive
 * Datasets", section 3.4): a pair at similarity s becomes a candidate with probability
 * 1 - (1 - s^4)^32, which is 0.87 at 0.5 and 0.9997 at 0.7; candidates are then compared exactly.
 */
export function groupNearDuplicates(
  texts: readonly string[],
  { threshold = 0.5, shingleWords = 4 }: NearDuplicateOptions = {},
): Int32Array {
  const shingles = texts.map((text) => shingleHashes(text, shingleWords));
  const parents = Int32Array.from(texts, (_, i) => i);
  const first = uniteEqual(shingles, parents);
  const signatures = shingles.map((each, text) => (first[text] === text ? signature(each) : null));
  for (let band = 0; band < bands; band++) {
    const buckets = new Map<number, number[]>();
    signatures.forEach((values, text) => {
      if (values === null) return;
      let key = band;
      for (let row = 0; row < rowsPerBand; row++)
        key = mix(key ^ values[band * rowsPerBand + row]!);
      const others = buckets.get(key);
      if (others === undefined) {
        buckets.set(key, [text]);
        return;
      }
      for (const other of others) {
        if (root(parents, text) === root(parents, other)) continue;
        if (jaccard(shingles[text]!, shingles[other]!) >= threshold) unite(parents, text, other);
      }
      if (others.length < maxBucket) others.push(text);
    });
  }
  return renumber(parents);
}

/** Unites texts with the same shingles; gives for each text the first one that equals it. */
function uniteEqual(shingles: readonly Int32Array[], parents: Int32Array): Int32Array {
  const seen = new Map<number, number>();
  return Int32Array.from(shingles, (own, text) => {
    const key = own.reduce((hash, shingle) => mix(hash ^ shingle), own.length);
    const other = seen.get(key);
    if (other === undefined) seen.set(key, text);
    else if (jaccard(own, shingles[other]!) === 1) {
      unite(parents, text, other);
      return other;
    }
    return text;
  });
}

/** Sorted, distinct hashes of the text's runs of words; of short texts the whole is one run. */
function shingleHashes(text: string, shingleWords: number): Int32Array {
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? text.match(/\S+/g) ?? [];
  const hashes = words.map(hashText);
  const found = new Set<number>();
  const last = Math.max(0, hashes.length - shingleWords);
  for (let start = 0; start <= last; start++) {
    let hash = 0;
    for (let i = start; i < Math.min(start + shingleWords, hashes.length); i++) {
      hash = mix(Math.imul(hash, 31) + hashes[i]!);
    }
    found.add(hash);
  }
  return Int32Array.from(found).sort().slice(0, maxShingles);
}

/** The least value of each of 128 hash functions over the shingles. */
function signature(shingles: Int32Array): Int32Array {
  const least = new Int32Array(signatureSize).fill(2 ** 31 - 1);
  for (const shingle of shingles) {
    for (let i = 0; i < signatureSize; i++) {
      // Multiply-add over 2^32 (odd multiplier), high bits folded down by the comparison itself.
      const value = (Math.imul(shingle ^ addends[i]!, multipliers[i]!) >>> 1) | 0;
      if (value < least[i]!) least[i] = value;
    }
  }
  return least;
}

const multipliers = Int32Array.from({ length: signatureSize }, (_, i) => mix(2 * i + 1) | 1);
const addends = Int32Array.from({ length: signatureSize }, (_, i) => mix(2 * i + 2));

/** Share of common values of two sorted sets. */
function jaccard(a: Int32Array, b: Int32Array): number {
  let common = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) {
      common++;
      i++;
      j++;
    } else if (a[i]! < b[j]!) i++;
    else j++;
  }
  return common / (a.length + b.length - common);
}

function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return mix(hash);
}

/** The finalizer of MurmurHash3: each input bit changes half of the output bits. */
function mix(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function root(parents: Int32Array, text: number): number {
  let at = text;
  while (parents[at] !== at) {
    parents[at] = parents[parents[at]!]!;
    at = parents[at]!;
  }
  return at;
}

function unite(parents: Int32Array, a: number, b: number): void {
  const [first, second] = [root(parents, a), root(parents, b)];
  parents[Math.max(first, second)] = Math.min(first, second);
}

function renumber(parents: Int32Array): Int32Array {
  const numbers = new Map<number, number>();
  return parents.map((_, text) => {
    const own = root(parents, text);
    const number = numbers.get(own) ?? numbers.size;
    numbers.set(own, number);
    return number;
  });
}
