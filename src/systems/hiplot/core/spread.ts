// Whether numbers span orders of magnitude: decided from a histogram of their logarithms where that is certain.

/** Fewer numbers than this are sorted sooner than counted. */
const leastCounted = 20_000;

/** Buckets by exponent and the four highest bits of the mantissa: 6 % wide at most. */
const buckets = 1 << 15;

/** What is known of positive numbers before they are sorted. */
export interface PositiveNumbers {
  /** Numbers, among others that do not count. */
  readonly values: Float64Array;
  /** Whether the number of a row counts. */
  readonly counts: (row: number) => boolean;
  readonly low: number;
  readonly high: number;
  /** The numbers that count, ascending, each once: dear, so asked for last. */
  readonly sorted: () => Float64Array;
}

/** Whether the middle 90 % of more than ten different positive numbers span a factor of more than 100. */
export function spansOrders(numbers: PositiveNumbers): boolean {
  const { low, high } = numbers;
  // Rounding keeps order, so no quotient of two of the numbers is above that of the outermost.
  if (!(low > 0) || high / low <= 100) return false;
  const certain = numbers.values.length < leastCounted ? null : byBuckets(numbers);
  return certain ?? bySorting(numbers.sorted());
}

function bySorting(sorted: Float64Array): boolean {
  const n = sorted.length;
  if (n <= 10) return false;
  return sorted[Math.floor((19 * n) / 20)]! / sorted[Math.floor(n / 20)]! > 100;
}

/**
 * The answer from counts by bucket; null where they leave it open. Of a bucket's rows some may be equal:
 * there are at most as many different numbers as rows, and at least as many as different hashes.
 */
function byBuckets({ values, counts }: PositiveNumbers): boolean | null {
  const halves = new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);
  const most = new Uint32Array(buckets);
  const least = new Uint32Array(buckets);
  const bits = Math.min(26, Math.ceil(Math.log2(16 * values.length)));
  const seen = new Uint32Array(2 ** (bits - 5));
  for (let row = 0; row < values.length; row++) {
    if (!counts(row)) continue;
    const upper = halves[2 * row + 1]!;
    const bucket = upper >>> 16;
    most[bucket]!++;
    const hash = Math.imul(upper ^ Math.imul(halves[2 * row]!, 0x9e3779b1), 0x85ebca6b);
    const place = (hash ^ (hash >>> 15)) >>> (32 - bits);
    const bit = 1 << (place & 31);
    if ((seen[place >>> 5]! & bit) !== 0) continue;
    seen[place >>> 5]! |= bit;
    least[bucket]!++;
  }
  const fewest = sum(least);
  const greatest = sum(most);
  if (fewest <= 10) return null;
  const early = (share: number) => bucketOf(most, Math.floor(share * fewest));
  const late = (share: number) => bucketOf(least, Math.floor(share * greatest));
  const surely = startOf(early(19 / 20)) / startOf(late(1 / 20) + 1);
  const perhaps = startOf(late(19 / 20) + 1) / startOf(early(1 / 20));
  if (surely > 100) return true;
  return perhaps <= 100 ? false : null;
}

function sum(list: Uint32Array): number {
  return list.reduce((total, value) => total + value, 0);
}

/** The bucket in which number `index` lies if the buckets hold so many; the last one at most. */
function bucketOf(held: Uint32Array, index: number): number {
  let before = 0;
  for (let bucket = 0; bucket < buckets; bucket++) {
    before += held[bucket]!;
    if (before > index) return bucket;
  }
  return buckets - 1;
}

/** The least number of a bucket; infinite past the last one that holds any. */
function startOf(bucket: number): number {
  if (bucket >= 0x7ff0) return Infinity;
  return new Float64Array(Uint32Array.of(0, bucket << 16).buffer)[0]!;
}
