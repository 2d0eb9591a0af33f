// Pictures as the segmenters take them: checks, colour spaces, smoothing, and label maps put in order.
import { LimeError } from "../errors.ts";

/** A picture: rows of interleaved channels. Bytes are 0 to 255, floats 0 to 1. One channel (grey) or three. */
export interface ImageLike {
  readonly data: Uint8Array | Uint8ClampedArray | Float32Array | Float64Array;
  /** [height, width, channels] */
  readonly shape: readonly [number, number, number];
}

/** One plane per channel, [height x width] each. */
export interface Planes {
  readonly height: number;
  readonly width: number;
  readonly channels: readonly Float64Array[];
}

/** @throws LimeError unless the shape is that of the data. */
export function checkImage(image: ImageLike): void {
  const [height, width, channels] = image.shape;
  const expected = "rows of pixels, shape [height, width, 1 or 3] with as many values";
  const sound = height > 0 && width > 0 && (channels === 1 || channels === 3);
  if (!sound || image.data.length !== height * width * channels) {
    const received = `shape [${image.shape.join(", ")}] with ${image.data.length} values`;
    throw new LimeError("image", { expected, received });
  }
}

/** Whether values go from 0 to 1 rather than to 255. */
export function isUnitScale(image: ImageLike): boolean {
  return image.data instanceof Float32Array || image.data instanceof Float64Array;
}

/** The channels as planes of values from 0 to 1. */
export function toUnitPlanes(image: ImageLike): Planes {
  checkImage(image);
  const [height, width, count] = image.shape;
  const scale = isUnitScale(image) ? 1 : 1 / 255;
  const channels = Array.from({ length: count }, (_, c) =>
    Float64Array.from({ length: height * width }, (_, i) => image.data[i * count + c]! * scale),
  );
  return { height, width, channels };
}

/** The picture in CIE L*a*b* (sRGB, white point D65); a grey one has L* alone. */
export function toLab(image: ImageLike): Planes {
  const { height, width, channels } = toUnitPlanes(image);
  const linear = channels.map((plane) =>
    plane.map((v) => (v > 0.04045 ? ((v + 0.055) / 1.055) ** 2.4 : v / 12.92)),
  );
  const bend = (t: number) => (t > 216 / 24389 ? Math.cbrt(t) : (841 / 108) * t + 16 / 116);
  if (linear.length === 1) {
    return { height, width, channels: [linear[0]!.map((y) => 116 * bend(y) - 16)] };
  }
  const [red, green, blue] = linear as [Float64Array, Float64Array, Float64Array];
  const lab = [0, 1, 2].map(() => new Float64Array(height * width));
  for (let i = 0; i < height * width; i++) {
    const [r, g, b] = [red[i]!, green[i]!, blue[i]!];
    const x = bend((0.412453 * r + 0.35758 * g + 0.180423 * b) / 0.95047);
    const y = bend(0.212671 * r + 0.71516 * g + 0.072169 * b);
    const z = bend((0.019334 * r + 0.119193 * g + 0.950227 * b) / 1.08883);
    lab[0]![i] = 116 * y - 16;
    lab[1]![i] = 500 * (x - y);
    lab[2]![i] = 200 * (y - z);
  }
  return { height, width, channels: lab };
}

/** Gaussian smoothing of each plane: radius 4 sigma, edges mirrored with the edge pixel repeated. */
export function smooth({ height, width, channels }: Planes, sigma: number): Planes {
  if (sigma <= 0) return { height, width, channels };
  const radius = Math.floor(4 * sigma + 0.5);
  const kernel = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)),
  );
  const total = kernel.reduce((a, b) => a + b, 0);
  for (let i = 0; i < kernel.length; i++) kernel[i]! /= total;
  const along = (
    plane: Float64Array,
    length: number,
    step: number,
    lines: number,
    jump: number,
  ) => {
    const out = new Float64Array(plane.length);
    for (let line = 0; line < lines; line++) {
      for (let at = 0; at < length; at++) {
        let sum = 0;
        for (let k = -radius; k <= radius; k++) {
          sum += kernel[k + radius]! * plane[line * jump + mirrored(at + k, length) * step]!;
        }
        out[line * jump + at * step] = sum;
      }
    }
    return out;
  };
  const smoothed = channels.map((plane) =>
    along(along(plane, height, width, width, 1), width, 1, height, width),
  );
  return { height, width, channels: smoothed };
}

function mirrored(index: number, length: number): number {
  const period = 2 * length;
  const at = ((index % period) + period) % period;
  return at < length ? at : period - 1 - at;
}

/** The same regions, numbered from 0 in the order in which a reader meets them. */
export function renumber(labels: ArrayLike<number>): Int32Array {
  const numbers = new Map<number, number>();
  return Int32Array.from(labels, (label) => {
    const known = numbers.get(label);
    if (known !== undefined) return known;
    numbers.set(label, numbers.size);
    return numbers.size - 1;
  });
}

/** @throws LimeError naming the option unless the value is a number above 0 (or from 0 with `orZero`). */
export function checkPositive(field: string, value: number, orZero = false): void {
  if (Number.isFinite(value) && (orZero ? value >= 0 : value > 0)) return;
  const expected = orZero ? "a number from 0" : "a number above 0";
  throw new LimeError(field, { expected, received: `${value}` });
}
