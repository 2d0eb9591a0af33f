// t-SNE: vectors as points in the plane, so that those that are near one another stay near.
import { setImmediate as breathe } from "node:timers/promises";
import { products, scatter, type Vectors } from "./vectors.ts";

/** Options of `tsne`. */
export interface TsneOptions {
  /** How many neighbours a point minds, about. Default 30, less for few points. */
  readonly perplexity?: number;
  /** Default 500, of which the first 150 pull groups together. */
  readonly iterations?: number;
  /** Where points begin [count, 2]; default: on the two main axes of the vectors. */
  readonly start?: ArrayLike<number>;
  /** Hears of the positions [count, 2] now and then; they change afterwards. */
  readonly onStep?: (positions: Float64Array, iteration: number) => Promise<void> | void;
  readonly signal?: AbortSignal;
}

/** Iterations with the attraction exaggerated, and by how much. */
const EARLY_SHARE = 0.3;
const EXAGGERATION = 12;
/** Iterations between two looks at the signal. */
const STRIDE = 10;

/** How much pairs of points belong together: each pair once, so all shares sum to 1/2. */
export interface Affinities {
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly share: Float64Array;
}

/**
 * Positions [count, 2] of unit vectors by t-SNE (van der Maaten and Hinton 2008, equations 1 to 5) on
 * squared Euclidean distances. Attraction is of the 3 x perplexity nearest only; repulsion is exact,
 * so the cost of an iteration grows with count squared: some seconds in all for 2,500 points. The same
 * vectors give the same positions.
 */
export async function tsne(vectors: Vectors, options: TsneOptions = {}): Promise<Float64Array> {
  const { count } = vectors;
  const { iterations = 500, onStep, signal } = options;
  const positions = startOf(options.start ?? (await mainAxes(vectors)), count);
  if (count < 4) return positions;
  const perplexity = Math.min(options.perplexity ?? 30, (count - 1) / 3);
  const affinities = affinitiesOf(await products(vectors, vectors), count, perplexity);
  const early = Math.round(EARLY_SHARE * iterations);
  const descent = new Descent(affinities, positions);
  for (let step = 0; step < iterations; step++) {
    descent.step(step < early ? EXAGGERATION : 1, step < early ? 0.5 : 0.8);
    if (step % STRIDE === STRIDE - 1) {
      await breathe();
      signal?.throwIfAborted();
      await onStep?.(positions, step + 1);
    }
  }
  return positions;
}

/** Scaled down: from far apart, points that belong together never meet. */
function startOf(given: ArrayLike<number>, count: number): Float64Array {
  const positions = Float64Array.from(given).subarray(0, 2 * count);
  let squares = 0;
  for (let i = 0; i < positions.length; i += 2) squares += positions[i]! ** 2;
  const scale = 1e-2 / (Math.sqrt(squares / Math.max(count, 1)) || 1);
  return positions.map((value) => value * scale);
}

/** Places on the two axes of most variance, by subspace iteration. */
async function mainAxes(vectors: Vectors): Promise<Float64Array> {
  const { count, dim, data } = vectors;
  const spread = await scatter(vectors);
  let axes = [0, 1].map((a) =>
    // Anything that is not at right angles to the axes will do, and no two vectors alike.
    Float64Array.from({ length: dim }, (_, k) => Math.sin((a + 1) * (k + 1))),
  );
  for (let round = 0; round < 40; round++) {
    axes = axes.map((axis) => {
      const image = new Float64Array(dim);
      for (let i = 0; i < dim; i++) {
        for (let k = 0; k < dim; k++) image[i]! += spread[i * dim + k]! * axis[k]!;
      }
      return image;
    });
    const [first, second] = axes as [Float64Array, Float64Array];
    normalize(first);
    let along = 0;
    for (let k = 0; k < dim; k++) along += first[k]! * second[k]!;
    for (let k = 0; k < dim; k++) second[k]! -= along * first[k]!;
    normalize(second);
  }
  const places = new Float64Array(2 * count);
  for (let row = 0; row < count; row++) {
    for (let a = 0; a < 2; a++) {
      let sum = 0;
      for (let k = 0; k < dim; k++) sum += data[row * dim + k]! * axes[a]![k]!;
      places[2 * row + a] = sum;
    }
  }
  return places;
}

function normalize(axis: Float64Array): void {
  const length = Math.sqrt(axis.reduce((sum, value) => sum + value * value, 0)) || 1;
  for (let k = 0; k < axis.length; k++) axis[k]! /= length;
}

/**
 * The pairs' shares: a Gaussian around each point over its 3 x perplexity nearest, as wide as gives the
 * perplexity (bisection on its entropy), both directions of a pair together.
 *
 * @param cosines [count, count] of unit vectors
 */
export function affinitiesOf(cosines: Float32Array, count: number, perplexity: number): Affinities {
  const near = Math.min(count - 1, Math.max(2, Math.floor(3 * perplexity)));
  const shares = new Map<number, number>();
  const spare = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const own = cosines.subarray(i * count, (i + 1) * count);
    spare.set(own);
    // The point itself is among the nearest.
    const least = valueAt(spare, count - 1 - near);
    const nearest: number[] = [];
    for (let j = 0; j < count && nearest.length < near; j++) {
      if (j !== i && own[j]! >= least) nearest.push(j);
    }
    const distances = nearest.map((j) => Math.max(0, 2 - 2 * own[j]!));
    const weights = gaussian(distances, Math.log(perplexity));
    nearest.forEach((j, place) => {
      const key = i < j ? i * count + j : j * count + i;
      shares.set(key, (shares.get(key) ?? 0) + weights[place]! / (2 * count));
    });
  }
  const keys = [...shares.keys()].sort((a, b) => a - b);
  return {
    from: Int32Array.from(keys, (key) => Math.floor(key / count)),
    to: Int32Array.from(keys, (key) => key % count),
    share: Float64Array.from(keys, (key) => shares.get(key)!),
  };
}

/** The value that would be at a place if the values were sorted; they are moved about (Hoare 1961). */
function valueAt(values: Float32Array, place: number): number {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const pivot = values[(low + high) >> 1]!;
    let [i, j] = [low, high];
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i > j) break;
      const value = values[i]!;
      values[i++] = values[j]!;
      values[j--] = value;
    }
    if (place <= j) high = j;
    else if (place >= i) low = i;
    else break;
  }
  return values[place]!;
}

/** Weights that sum to 1, with the given entropy, falling with the distances. */
function gaussian(distances: readonly number[], entropy: number): Float64Array {
  const closest = Math.min(...distances);
  const weights = new Float64Array(distances.length);
  let [precision, low, high] = [1, 0, Infinity];
  for (let round = 0; round < 60; round++) {
    let [sum, moment] = [0, 0];
    distances.forEach((distance, i) => {
      weights[i] = Math.exp(-precision * (distance - closest));
      sum += weights[i]!;
      moment += weights[i]! * (distance - closest);
    });
    for (let i = 0; i < weights.length; i++) weights[i]! /= sum;
    const off = Math.log(sum) + (precision * moment) / sum - entropy;
    if (Math.abs(off) < 1e-5) break;
    if (off > 0) low = precision;
    else high = precision;
    precision = high === Infinity ? precision * 2 : (low + high) / 2;
  }
  return weights;
}

/** Gradient descent with momentum, each number with a step length of its own (Jacobs 1988). */
class Descent {
  readonly #pairs: Affinities;
  readonly #positions: Float64Array;
  readonly #x: Float64Array;
  readonly #y: Float64Array;
  readonly #pushX: Float64Array;
  readonly #pushY: Float64Array;
  readonly #gradient: Float64Array;
  readonly #speed: Float64Array;
  readonly #gains: Float64Array;

  constructor(pairs: Affinities, positions: Float64Array) {
    const count = positions.length / 2;
    this.#pairs = pairs;
    this.#positions = positions;
    this.#x = new Float64Array(count);
    this.#y = new Float64Array(count);
    this.#pushX = new Float64Array(count);
    this.#pushY = new Float64Array(count);
    this.#gradient = new Float64Array(2 * count);
    this.#speed = new Float64Array(2 * count);
    this.#gains = new Float64Array(2 * count).fill(1);
  }

  step(exaggeration: number, momentum: number): void {
    const gradient = this.#gradient;
    const positions = this.#positions;
    const count = positions.length / 2;
    this.#pull(exaggeration);
    const total = this.#push();
    const rate = Math.max(count / EXAGGERATION / 4, 50);
    let [middleX, middleY] = [0, 0];
    for (let i = 0; i < gradient.length; i++) {
      const push = i % 2 === 0 ? this.#pushX[i >> 1]! : this.#pushY[i >> 1]!;
      const slope = 4 * (gradient[i]! - push / total);
      const gain = this.#gains[i]!;
      const turned = slope > 0 === this.#speed[i]! > 0;
      this.#gains[i] = turned ? Math.max(0.01, gain * 0.8) : gain + 0.2;
      this.#speed[i] = momentum * this.#speed[i]! - rate * this.#gains[i]! * slope;
      positions[i]! += this.#speed[i]!;
      if (i % 2 === 0) middleX += positions[i]!;
      else middleY += positions[i]!;
    }
    for (let i = 0; i < positions.length; i += 2) {
      positions[i]! -= middleX / count;
      positions[i + 1]! -= middleY / count;
    }
  }

  #pull(exaggeration: number): void {
    const { from, to, share } = this.#pairs;
    const gradient = this.#gradient.fill(0);
    const positions = this.#positions;
    for (let pair = 0; pair < share.length; pair++) {
      const [i, j] = [2 * from[pair]!, 2 * to[pair]!];
      const dx = positions[i]! - positions[j]!;
      const dy = positions[i + 1]! - positions[j + 1]!;
      const force = (exaggeration * share[pair]!) / (1 + dx * dx + dy * dy);
      gradient[i]! += force * dx;
      gradient[i + 1]! += force * dy;
      gradient[j]! -= force * dx;
      gradient[j + 1]! -= force * dy;
    }
  }

  /** Repulsion of all pairs; gives the sum of 1 / (1 + distance²) over both directions. */
  #push(): number {
    const [x, y] = [this.#x, this.#y];
    const [pushX, pushY] = [this.#pushX.fill(0), this.#pushY.fill(0)];
    const count = x.length;
    for (let i = 0; i < count; i++) {
      x[i] = this.#positions[2 * i]!;
      y[i] = this.#positions[2 * i + 1]!;
    }
    let total = 0;
    for (let i = 0; i < count; i++) {
      const [xi, yi] = [x[i]!, y[i]!];
      let [sumX, sumY] = [0, 0];
      for (let j = i + 1; j < count; j++) {
        const dx = xi - x[j]!;
        const dy = yi - y[j]!;
        const near = 1 / (1 + dx * dx + dy * dy);
        total += near;
        const force = near * near;
        sumX += force * dx;
        sumY += force * dy;
        pushX[j]! -= force * dx;
        pushY[j]! -= force * dy;
      }
      pushX[i]! += sumX;
      pushY[i]! += sumY;
    }
    return 2 * total;
  }
}
