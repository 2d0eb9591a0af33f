// The normal distribution in double precision: its function, its inverse, and the truncated draw.

const sqrt2 = Math.SQRT2;
const sqrtPi = Math.sqrt(Math.PI);

/** P(X <= x) of a standard normal X, to 12 digits also in the lower tail. */
export function normalCdf(x: number): number {
  return 0.5 * erfc(-x / sqrt2);
}

/**
 * 1 - erf: the Taylor series of erf near 0, and the continued fraction of Laplace beyond
 * (Abramowitz & Stegun 1964, 7.1.6 and 7.1.14).
 */
function erfc(x: number): number {
  if (x < 0) return 2 - erfc(-x);
  if (x < 2.5) {
    let term = x;
    let sum = x;
    for (let n = 1; term > 1e-18 * sum; n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    const erf = (2 / sqrtPi) * Math.exp(-x * x) * sum;
    return 1 - erf;
  }
  let fraction = 0;
  for (let n = 80; n > 0; n--) fraction = n / 2 / (x + fraction);
  return Math.exp(-x * x) / (sqrtPi * (x + fraction));
}

const centralTop = [
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987,
  67265.7709270087, 33430.57558358813, 2509.0809287301227,
];
const centralBottom = [
  1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
  28729.085735721943, 5226.495278852854,
];
const middleTop = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
  0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
];
const middleBottom = [
  1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008,
  0.015198666563616457, 0.0005475938084995345, 1.0507500716444169e-9,
];
const farTop = [
  6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487,
  0.026532189526576124, 0.0012426609473880784, 2.7115555687434876e-5, 2.0103343992922881e-7,
];
const farBottom = [
  1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133,
  1.8463183175100548e-5, 1.421511758316446e-7, 2.0442631033899397e-15,
];

function ratio(top: readonly number[], bottom: readonly number[], r: number): number {
  let above = 0;
  let below = 0;
  for (let i = top.length - 1; i >= 0; i--) {
    above = above * r + top[i]!;
    below = below * r + bottom[i]!;
  }
  return above / below;
}

/** The x with P(X <= x) = p, to about 16 digits (Wichura 1988, algorithm AS 241, PPND16). */
export function inverseNormal(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) return q * ratio(centralTop, centralBottom, 0.180625 - q * q);
  const tail = q < 0 ? p : 1 - p;
  if (tail <= 0) return q < 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const r = Math.sqrt(-Math.log(tail));
  const x = r <= 5 ? ratio(middleTop, middleBottom, r - 1.6) : ratio(farTop, farBottom, r - 5);
  return q < 0 ? -x : x;
}

/** A standard normal between two bounds, ready to be drawn from uniform numbers. */
export interface TruncatedNormal {
  /** Drawn from the mirrored tail: above 0 it is the exact one. */
  readonly mirrored: boolean;
  /** Probability below the bounds (in the mirrored case above them), and between them. */
  readonly outside: number;
  readonly between: number;
}

/** A normal truncated to `low < high`, both in standard deviations from the mean. */
export function truncatedNormal(low: number, high: number): TruncatedNormal {
  const mirrored = low >= 0;
  const outside = normalCdf(mirrored ? -high : low);
  return { mirrored, outside, between: normalCdf(mirrored ? -low : high) - outside };
}

/** The draw that belongs to a uniform number in [0, 1): the inverse distribution function. */
export function drawTruncated({ mirrored, outside, between }: TruncatedNormal, u: number): number {
  return mirrored
    ? -inverseNormal(outside + (1 - u) * between)
    : inverseNormal(outside + u * between);
}
