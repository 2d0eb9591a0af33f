/** @file Counter-based random numbers for shuffles and splits: same seed, same order, on every machine. */

const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const;

/** The last block of `fillBlock`: a place of its own, as a stream draws millions of them. */
const block = new Int32Array(2);

/**
 * Threefry-2x32 with 20 rounds (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3",
 * section 4.2): two 32-bit numbers that depend on nothing but the key and the counter.
 */
export function threefry(
  key: readonly [number, number],
  counter: readonly [number, number],
): [number, number] {
  fillBlock(key[0], key[1], counter[0], counter[1]);
  return [block[0]! >>> 0, block[1]! >>> 0];
}

function fillBlock(key0: number, key1: number, counter0: number, counter1: number): void {
  let x = key0 | 0;
  let y = key1 | 0;
  let z = 0x1bd11bda ^ x ^ y;
  let a = (counter0 + x) | 0;
  let b = (counter1 + y) | 0;
  for (let injection = 1; injection <= 5; injection++) {
    const from = injection % 2 === 1 ? 0 : 4;
    for (let round = from; round < from + 4; round++) {
      a = (a + b) | 0;
      const by = rotations[round]!;
      b = ((b << by) | (b >>> (32 - by))) ^ a;
    }
    // The three keys take turns.
    a = (a + y) | 0;
    b = (b + z + injection) | 0;
    const first = x;
    x = y;
    y = z;
    z = first;
  }
  block[0] = a;
  block[1] = b;
}

/**
 * The numbers 0 to `count` - 1 in an order that `seed` and `stream` (an epoch, say) decide: a
 * Fisher-Yates shuffle on counter-based numbers.
 */
export function permutation(count: number, seed: number, stream = 0): Int32Array {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  // A seed up to 2^53 keeps all its bits.
  const key = [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0] as const;
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor((threefry(key, [i, stream])[0] / 2 ** 32) * (i + 1));
    const swapped = order[i]!;
    order[i] = order[j]!;
    order[j] = swapped;
  }
  return order;
}

/**
 * A function that gives the next number in [0, 1) of the stream that `seed` and `stream` (a tree of
 * a forest, say) decide: 32 random bits each, two from every Threefry block.
 */
export function uniformStream(seed: number, stream = 0): () => number {
  const key = [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0] as const;
  let counter = 0;
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    fillBlock(key[0], key[1], counter++, stream);
    spare = (block[1]! >>> 0) / 2 ** 32;
    return (block[0]! >>> 0) / 2 ** 32;
  };
}
