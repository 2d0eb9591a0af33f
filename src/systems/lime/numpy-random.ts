// NumPy's RandomState bit for bit: the Mersenne Twister (Matsumoto & Nishimura 1998) and the draws on it.

const size = 624;
const shift = 397;

/** The stream of `numpy.random.RandomState(seed)` for an integer seed of 32 bits. */
export class NumpyRandom {
  readonly #state = new Uint32Array(size);
  #position = size;
  #spareGauss: number | undefined;
  #order = new Int32Array(0);

  constructor(seed: number) {
    const state = this.#state;
    state[0] = seed;
    for (let i = 1; i < size; i++) {
      const previous = state[i - 1]!;
      state[i] = Math.imul(1812433253, previous ^ (previous >>> 30)) + i;
    }
  }

  /** The next 32 bits. */
  bits(): number {
    if (this.#position === size) this.#twist();
    let y = this.#state[this.#position++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  #twist(): void {
    const state = this.#state;
    for (let i = 0; i < size; i++) {
      const y = (state[i]! & 0x80000000) | (state[(i + 1) % size]! & 0x7fffffff);
      state[i] = state[(i + shift) % size]! ^ (y >>> 1) ^ ((y & 1) * 0x9908b0df);
    }
    this.#position = 0;
  }

  /** Uniform in [0, 1) with 53 bits. */
  double(): number {
    const high = this.bits() >>> 5;
    const low = this.bits() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  /** Uniform from 0 to `most`: 32 bits under the smallest mask, drawn again until they fit. */
  bounded(most: number): number {
    if (most === 0) return 0;
    const mask = 0xffffffff >>> Math.clz32(most);
    for (;;) {
      const value = (this.bits() & mask) >>> 0;
      if (value <= most) return value;
    }
  }

  /** Uniform whole number from `low` to `high - 1`. */
  randint(low: number, high: number): number {
    return low + this.bounded(high - 1 - low);
  }

  /** Standard normal by the polar method; every second number comes from the pair before. */
  gauss(): number {
    if (this.#spareGauss !== undefined) {
      const spare = this.#spareGauss;
      this.#spareGauss = undefined;
      return spare;
    }
    for (;;) {
      const x1 = 2 * this.double() - 1;
      const x2 = 2 * this.double() - 1;
      const r = x1 * x1 + x2 * x2;
      if (r >= 1 || r === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(r)) / r);
      this.#spareGauss = factor * x1;
      return factor * x2;
    }
  }

  /** 0 to n - 1 in a random order; the array is reused by the next call. */
  permutation(n: number): Int32Array {
    if (this.#order.length !== n) this.#order = new Int32Array(n);
    const order = this.#order;
    for (let i = 0; i < n; i++) order[i] = i;
    for (let i = n - 1; i > 0; i--) {
      const j = this.bounded(i);
      const swapped = order[i]!;
      order[i] = order[j]!;
      order[j] = swapped;
    }
    return order;
  }

  /** `choice(n, count, replace=False)`: the first of a whole permutation. */
  choose(n: number, count: number, into: Int32Array): void {
    into.set(this.permutation(n).subarray(0, count));
  }
}
