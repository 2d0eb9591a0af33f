// Felzenszwalb and Huttenlocher: regions grow along the weakest borders, as far as their insides allow.
import {
  checkPositive,
  type ImageLike,
  type Planes,
  renumber,
  smooth,
  toUnitPlanes,
} from "./picture.ts";

/** Options of `felzenszwalb`. */
export interface FelzenszwalbOptions {
  /** Greater gives larger regions (the paper's k, for values from 0 to 255). Default 150. */
  readonly scale?: number;
  /** Smoothing before. Default 0.8. */
  readonly sigma?: number;
  /** Pixels in a region, at least; smaller ones join a neighbour. Default 20. */
  readonly minSize?: number;
}

/**
 * Felzenszwalb and Huttenlocher 2004, "Efficient graph-based image segmentation": edges between the
 * 8 neighbours by colour difference, in ascending order; two regions join where the edge is no
 * stronger than the strongest inside either, plus k / size (equations 3 to 5).
 */
export function felzenszwalb(image: ImageLike, options: FelzenszwalbOptions = {}): Int32Array {
  const { scale = 150, sigma = 0.8, minSize = 20 } = options;
  checkPositive("scale", scale);
  checkPositive("sigma", sigma, true);
  checkPositive("minSize", minSize, true);
  const planes = smooth(toUnitPlanes(image), sigma);
  const { from, to, cost } = weighEdges(planes);
  const order = sortByCost(cost);
  const regions = new Regions(planes.height * planes.width);
  const k = scale / 255;
  for (const edge of order) {
    const [a, b] = [regions.root(from[edge]!), regions.root(to[edge]!)];
    if (a === b) continue;
    const limit = Math.min(
      regions.inner[a]! + k / regions.size[a]!,
      regions.inner[b]! + k / regions.size[b]!,
    );
    if (cost[edge]! < limit) regions.join(a, b, cost[edge]!);
  }
  for (const edge of order) {
    const [a, b] = [regions.root(from[edge]!), regions.root(to[edge]!)];
    if (a === b || Math.min(regions.size[a]!, regions.size[b]!) >= minSize) continue;
    regions.join(a, b, cost[edge]!);
  }
  return renumber(
    Int32Array.from({ length: planes.height * planes.width }, (_, i) => regions.root(i)),
  );
}

interface Edges {
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly cost: Float64Array;
}

const steps = [
  [0, 1],
  [1, 0],
  [1, 1],
  [-1, 1],
] as const;

function weighEdges({ height, width, channels }: Planes): Edges {
  const most = 4 * height * width;
  const [from, to, cost] = [new Int32Array(most), new Int32Array(most), new Float64Array(most)];
  let count = 0;
  for (const [dy, dx] of steps) {
    for (let y = Math.max(0, -dy); y < height - Math.max(0, dy); y++) {
      for (let x = 0; x + dx < width; x++) {
        const p = y * width + x;
        const q = p + dy * width + dx;
        let squared = 0;
        for (const plane of channels) squared += (plane[p]! - plane[q]!) ** 2;
        from[count] = p;
        to[count] = q;
        cost[count++] = Math.sqrt(squared);
      }
    }
  }
  return {
    from: from.subarray(0, count),
    to: to.subarray(0, count),
    cost: cost.subarray(0, count),
  };
}

/** Positions in ascending order of cost, equal ones as they come. */
function sortByCost(cost: Float64Array): Uint32Array {
  return Uint32Array.from(cost.keys()).sort((a, b) => cost[a]! - cost[b]! || a - b);
}

/** Union-find with the size of each region and the strongest edge inside it. */
class Regions {
  readonly size: Int32Array;
  readonly inner: Float64Array;
  readonly #parents: Int32Array;

  constructor(count: number) {
    this.size = new Int32Array(count).fill(1);
    this.inner = new Float64Array(count);
    this.#parents = Int32Array.from({ length: count }, (_, i) => i);
  }

  root(at: number): number {
    const parents = this.#parents;
    let node = at;
    while (parents[node] !== node) {
      parents[node] = parents[parents[node]!]!;
      node = parents[node]!;
    }
    return node;
  }

  /** Joins two roots; the edge is the strongest inside, as edges come in ascending order. */
  join(a: number, b: number, cost: number): void {
    const [large, small] = this.size[a]! >= this.size[b]! ? [a, b] : [b, a];
    this.#parents[small] = large;
    this.size[large]! += this.size[small]!;
    this.inner[large] = cost;
  }
}
