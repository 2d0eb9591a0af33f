// Means and deviations of columns, summed in pairs so that long columns keep their digits.

/**
 * Sum of values[from..to) in NumPy's order (blocks of 128 with eight running sums, halves above), so
 * that means of bins agree with the reference to the last bit.
 */
export function pairwiseSum(values: Float64Array, from = 0, to = values.length): number {
  const count = to - from;
  if (count < 8) {
    let sum = 0;
    for (let i = from; i < to; i++) sum += values[i]!;
    return sum;
  }
  if (count > 128) {
    const half = Math.floor(count / 2);
    const middle = from + half - (half % 8);
    return pairwiseSum(values, from, middle) + pairwiseSum(values, middle, to);
  }
  const lanes = Float64Array.from(values.subarray(from, from + 8));
  const whole = from + count - (count % 8);
  for (let i = from + 8; i < whole; i++) lanes[(i - from) % 8]! += values[i]!;
  const [a, b, c, d, e, f, g, h] = lanes as unknown as number[];
  let sum = a! + b! + (c! + d!) + (e! + f! + (g! + h!));
  for (let i = whole; i < to; i++) sum += values[i]!;
  return sum;
}

/** Mean and population standard deviation; both 0 for no values. */
export function meanAndDeviation(values: Float64Array): { mean: number; deviation: number } {
  if (values.length === 0) return { mean: 0, deviation: 0 };
  const mean = pairwiseSum(values) / values.length;
  const variance = pairwiseSum(values.map((value) => (value - mean) ** 2)) / values.length;
  return { mean, deviation: Math.sqrt(variance) };
}

/** The deviation to scale by: 1 where a column is constant up to rounding. */
export function scaleOf(mean: number, deviation: number, count: number): number {
  const variance = deviation ** 2;
  const rounding = count * Number.EPSILON * variance + (count * mean * Number.EPSILON) ** 2;
  return variance <= rounding ? 1 : deviation;
}
