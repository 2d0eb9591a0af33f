/** @file Counter-based random numbers for shuffles and splits: same seed, same order, on every machine. */

const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const;

/**
 * Threefry-2x32 with 20 rounds (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3",
 * section 4.2): two 32-bit numbers that depend on nothing but the key and the counter.
 */
export function threefry(
  key: readonly [number, number],
  counter: readonly [number, number],
): [number, number] {
  const keys = [key[0], key[1], 0x1bd11bda ^ key[0] ^ key[1]] as const;
  let a = (counter[0] + keys[0]) | 0;
  let b = (counter[1] + keys[1]) | 0;
  for (let round = 0; round < 20; round++) {
    a = (a + b) | 0;
    const by = rotations[round % 8]!;
    b = ((b << by) | (b >>> (32 - by))) ^ a;
    if (round % 4 === 3) {
      const injection = (round + 1) / 4;
      a = (a + keys[injection % 3]!) | 0;
      b = (b + keys[(injection + 1) % 3]! + injection) | 0;
    }
  }
  return [a >>> 0, b >>> 0];
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
    const [first, second] = threefry(key, [counter++, stream]);
    spare = second / 2 ** 32;
    return first / 2 ** 32;
  };
}
