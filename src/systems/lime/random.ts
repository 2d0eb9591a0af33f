// The numbers that neighbourhoods are drawn with: Deepdive's own stream, or NumPy's, behind one face.
import { uniformStream } from "../../data/random.ts";
import type { FitOptions } from "./api.ts";
import { LimeError } from "./errors.ts";
import { inverseNormal } from "./normal.ts";
import { NumpyRandom } from "./numpy-random.ts";

/** A seeded source of random numbers; the same seed gives the same numbers in Node and browsers. */
export interface RandomSource {
  /** Uniform in [0, 1). */
  double(): number;
  /** Uniform whole number from `low` to `high - 1`. */
  randint(low: number, high: number): number;
  /** Standard normal. */
  gauss(): number;
  /** The first `count` of a random order of 0 to n - 1, written to `into`. */
  choose(n: number, count: number, into: Int32Array): void;
}

/** Threefry counters, see `uniformStream`. */
class OwnRandom implements RandomSource {
  readonly double: () => number;
  #order = new Int32Array(0);

  constructor(seed: number) {
    this.double = uniformStream(seed);
  }

  randint(low: number, high: number): number {
    return low + Math.floor(this.double() * (high - low));
  }

  gauss(): number {
    // The middle of the cell, as 0 has no normal quantile.
    return inverseNormal(this.double() + 2 ** -33);
  }

  choose(n: number, count: number, into: Int32Array): void {
    if (this.#order.length !== n) this.#order = Int32Array.from({ length: n }, (_, i) => i);
    // Any order will do to start from: the last row's saves writing a new one.
    const order = this.#order;
    for (let i = 0; i < count; i++) {
      const j = this.randint(i, n);
      const chosen = order[j]!;
      order[j] = order[i]!;
      order[i] = chosen;
      into[i] = chosen;
    }
  }
}

/**
 * The source that options ask for; seeds of `numpy` fit 32 bits. Where only a part of the neighbours
 * is asked about, they are the same for every seed, which then decides the part.
 */
export function randomSource(options: FitOptions): RandomSource {
  const { seed = 0, rng = "deepdive", samples, emulate = samples === "auto" } = options;
  const most = rng === "numpy" ? 2 ** 32 - 1 : Number.MAX_SAFE_INTEGER;
  if (!(Number.isInteger(seed) && seed >= 0 && seed <= most)) {
    const expected = `a whole number from 0 to ${most} (rng ${rng})`;
    throw new LimeError("seed", { expected, received: `${seed}` });
  }
  if (emulate) return new OwnRandom(0);
  if (rng === "numpy") return new NumpyRandom(seed);
  if (rng === "deepdive") return new OwnRandom(seed);
  throw new LimeError("rng", { expected: "deepdive or numpy", received: `${String(rng)}` });
}
