// How near the neighbours are: distances of the interpretable data to row 0, and the kernel over them.
import type { DistanceFn, FitOptions, Matrix } from "../api.ts";
import { LimeError } from "../errors.ts";

/** Distances [N] to row 0. `scale` multiplies them (text: 100). */
export function distancesToFirst(
  data: Matrix,
  distance: "cosine" | "euclidean" | DistanceFn,
  scale = 1,
): Float64Array {
  const { rows, columns, values } = data;
  const first = values.subarray(0, columns);
  const measure =
    distance === "cosine" ? cosineTo(first) : distance === "euclidean" ? euclidean : distance;
  return Float64Array.from({ length: rows }, (_, i) =>
    i === 0 ? 0 : scale * measure(values.subarray(i * columns, (i + 1) * columns), first),
  );
}

/** 1 - cosine of the angle; 1 for a row of zeros. */
function cosineTo(first: ArrayLike<number>): DistanceFn {
  const length = norm(first);
  return (row) => {
    let dot = 0;
    let squares = 0;
    for (let j = 0; j < first.length; j++) {
      dot += row[j]! * first[j]!;
      squares += row[j]! * row[j]!;
    }
    return squares === 0 || length === 0 ? 1 : 1 - dot / (Math.sqrt(squares) * length);
  };
}

function euclidean(row: ArrayLike<number>, first: ArrayLike<number>): number {
  let sum = 0;
  for (let j = 0; j < first.length; j++) sum += (row[j]! - first[j]!) ** 2;
  return Math.sqrt(sum);
}

function norm(row: ArrayLike<number>): number {
  let squares = 0;
  for (let j = 0; j < row.length; j++) squares += row[j]! ** 2;
  return Math.sqrt(squares);
}

/** sqrt(exp(-D^2 / width^2)), or the caller's kernel. Weights must be finite and not negative. */
export function kernelWeights(
  distances: Float64Array,
  { kernel, kernelWidth: width }: Pick<FitOptions, "kernel" | "kernelWidth">,
): Float64Array {
  if (kernel === undefined) {
    return distances.map((d) => Math.sqrt(Math.exp(-(d * d) / (width! * width!))));
  }
  const weights = kernel(distances);
  const bad = weights.findIndex((weight) => !(weight >= 0 && weight < Number.POSITIVE_INFINITY));
  if (weights.length === distances.length && bad < 0) return weights;
  throw new LimeError("kernel", {
    expected: `${distances.length} weights, finite and not below 0`,
    received: bad < 0 ? `${weights.length}` : `${weights[bad]} for the distance ${distances[bad]}`,
  });
}

/** A note where no neighbour but the example itself counts, naming the width and the nearest one. */
export function underflowNote(
  distances: Float64Array,
  weights: Float64Array,
  width: number | undefined,
): string | undefined {
  let nearest = Number.POSITIVE_INFINITY;
  for (let i = 1; i < weights.length; i++) {
    if (weights[i]! > 0) return undefined;
    nearest = Math.min(nearest, distances[i]!);
  }
  if (weights.length < 2) return undefined;
  const kernel = width === undefined ? "the kernel" : `kernelWidth ${width}`;
  return `All weights but the example's are 0: ${kernel} is too narrow for these neighbours, whose smallest distance is ${nearest}. Every feature gets weight 0.`;
}
