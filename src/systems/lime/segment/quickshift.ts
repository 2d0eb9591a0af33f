// Quickshift: each pixel climbs to the nearest denser one; the trees that result are the regions.
import { checkPositive, type ImageLike, type Planes, renumber, smooth, toLab } from "./picture.ts";

/** Options of `quickshift`. */
export interface QuickshiftOptions {
  /** Width of the Gaussian of the density, in pixels. Default 4. */
  readonly kernelSize?: number;
  /** A step longer than this (colour and place together) ends a tree; smaller gives more regions. Default 200. */
  readonly maxDist?: number;
  /** Weight of colour against place, 0 to 1. Default 0.2. */
  readonly ratio?: number;
  /** Smoothing before. Default 0. */
  readonly sigma?: number;
}

/**
 * Vedaldi and Soatto 2008, "Quick shift and kernel methods for mode seeking", in L*a*b* and place.
 * The density is a Gaussian sum over a window of 3 kernel sizes each way; of pixels equally dense the
 * later one counts as denser, so that a flat surface is one tree and no noise is needed.
 */
export function quickshift(image: ImageLike, options: QuickshiftOptions = {}): Int32Array {
  const { kernelSize = 4, maxDist = 200, ratio = 0.2, sigma = 0 } = options;
  checkPositive("kernelSize", kernelSize);
  checkPositive("maxDist", maxDist);
  checkPositive("ratio", ratio, true);
  checkPositive("sigma", sigma, true);
  const planes = smooth(toLab(image), sigma);
  for (const plane of planes.channels) for (let i = 0; i < plane.length; i++) plane[i]! *= ratio;
  const reach = Math.ceil(3 * kernelSize);
  const density = densities(planes, reach, kernelSize);
  const parents = nearestDenser(planes, reach, density, maxDist);
  // A parent is denser, so chains end: follow each to its root, and shorten it on the way.
  for (let i = 0; i < parents.length; i++) {
    let root = i;
    while (parents[root] !== root) root = parents[root]!;
    for (let at = i; at !== root; ) {
      const next = parents[at]!;
      parents[at] = root;
      at = next;
    }
  }
  return renumber(parents);
}

/** One row of pairs that are a step apart: pixels p and p + apart for p from `from` up to `to`. */
interface RowOfPairs {
  from: number;
  to: number;
  apart: number;
  /** Squared distance of each pair, in colour and place. */
  readonly squared: Float64Array;
}

/** Calls `visit` for each row of pairs that are `dy` rows and `dx` columns apart. */
function eachRow(
  { height, width, channels }: Planes,
  [dy, dx]: Step,
  pairs: RowOfPairs,
  visit: (pairs: RowOfPairs) => void,
): void {
  const [first, ...others] = channels as [Float64Array, ...Float64Array[]];
  const place = dy * dy + dx * dx;
  const { squared } = pairs;
  const apart = dy * width + dx;
  pairs.apart = apart;
  for (let y = 0; y + dy < height; y++) {
    const from = y * width + Math.max(0, -dx);
    const to = y * width + Math.min(width, width - dx);
    for (let p = from; p < to; p++)
      squared[p - from] = place + (first[p]! - first[p + apart]!) ** 2;
    for (const plane of others) {
      for (let p = from; p < to; p++) squared[p - from]! += (plane[p]! - plane[p + apart]!) ** 2;
    }
    pairs.from = from;
    pairs.to = to;
    visit(pairs);
  }
}

type Step = readonly [dy: number, dx: number];

/** All steps to later pixels within the window; the earlier ones are their mirror images. */
function laterSteps(reach: number): Step[] {
  const steps: Step[] = [];
  for (let dy = 0; dy <= reach; dy++) {
    for (let dx = dy === 0 ? 1 : -reach; dx <= reach; dx++) steps.push([dy, dx]);
  }
  return steps.sort((a, b) => a[0] ** 2 + a[1] ** 2 - b[0] ** 2 - b[1] ** 2);
}

function newPairs(width: number): RowOfPairs {
  return { from: 0, to: 0, apart: 0, squared: new Float64Array(width) };
}

function densities(planes: Planes, reach: number, kernelSize: number): Float64Array {
  const density = new Float64Array(planes.height * planes.width).fill(1);
  const scale = -0.5 / kernelSize ** 2;
  const pairs = newPairs(planes.width);
  for (const step of laterSteps(reach)) {
    eachRow(planes, step, pairs, ({ from, to, apart, squared }) => {
      for (let p = from; p < to; p++) {
        const near = Math.exp(squared[p - from]! * scale);
        density[p]! += near;
        density[p + apart]! += near;
      }
    });
  }
  return density;
}

function nearestDenser(
  planes: Planes,
  reach: number,
  density: Float64Array,
  maxDist: number,
): Int32Array {
  const parents = Int32Array.from(density, (_, i) => i);
  // A step of exactly the longest length is still taken.
  const nearest = new Float64Array(density.length).fill(maxDist ** 2 * (1 + 1e-12));
  const pairs = newPairs(planes.width);
  for (const step of laterSteps(reach)) {
    eachRow(planes, step, pairs, ({ from, to, apart, squared }) => {
      for (let p = from; p < to; p++) {
        const upward = density[p + apart]! >= density[p]!;
        const low = upward ? p : p + apart;
        if (squared[p - from]! >= nearest[low]!) continue;
        nearest[low] = squared[p - from]!;
        parents[low] = upward ? p + apart : p;
      }
    });
  }
  return parents;
}
