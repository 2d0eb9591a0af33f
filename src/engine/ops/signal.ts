/** @file Signals in time: windows, frames, short-time Fourier transforms, mel filters. */
import { vjp } from "../autodiff.ts";
import { bodyInput } from "../body.ts";
import { ShapeError, ValueError } from "../errors.ts";
import { showShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { arange, fromHostArray, ones } from "./create.ts";
import { add, div, mul, sqrt, square } from "./elementwise.ts";
import { irfft, rfft } from "./fft.ts";
import { gather } from "./indexing.ts";
import { concat } from "./join.ts";
import { type PadMode, pad } from "./pad.ts";
import { sum } from "./reduce.ts";
import { expandDims, reshape } from "./reshape.ts";
import { slice } from "./slice.ts";

/** Windows: `a - b·cos(2πi/n)` over n samples; periodic (for spectra) unless `symmetric`. */
function cosineWindow(length: number, a: number, symmetric: boolean): Tensor {
  const period = symmetric ? length - 1 : length;
  const values = Float32Array.from({ length }, (_, i) =>
    length === 1 ? 1 : a - (1 - a) * Math.cos((2 * Math.PI * i) / period),
  );
  return fromHostArray(values, [length], "float32");
}

/** Hann's window, `½ - ½cos(2πi/n)`, for spectra; with `symmetric` its last value equals its first. */
export function hannWindow(length: number, { symmetric = false } = {}): Tensor {
  return cosineWindow(length, 0.5, symmetric);
}

/** Hamming's window, `0.54 - 0.46cos(2πi/n)`. */
export function hammingWindow(length: number, { symmetric = false } = {}): Tensor {
  return cosineWindow(length, 0.54, symmetric);
}

/**
 * Overlapping pieces of a signal: `[..., time]` gives `[..., frames, length]`, a frame every `hop`
 * samples; what is left at the end is dropped.
 */
export function frames(x: Tensor, length: number, hop: number): Tensor {
  const time = x.shape.at(-1) ?? 0;
  if (!(length > 0 && hop > 0) || time < length) {
    throw new ShapeError(
      `frames: a signal ${showShape(x.shape)} has no frame of ${length} samples every ${hop}`,
    );
  }
  const count = Math.floor((time - length) / hop) + 1;
  const lead = x.shape.slice(0, -1);
  const all = lead.map(() => null);
  if (length % hop === 0) {
    // Whole hops: frames are neighbouring rows of the signal cut into hops.
    const parts = length / hop;
    const rows = reshape(slice(x, [...all, 0], [...all, (count - 1 + parts) * hop]), [
      ...lead,
      count - 1 + parts,
      hop,
    ]);
    return concat(
      Array.from({ length: parts }, (_, k) => slice(rows, [...all, k], [...all, k + count])),
      rows.rank - 1,
    );
  }
  const starts = arange(0, count * hop, hop);
  return gather(x, add(expandDims(starts, 1), arange(length)), x.rank - 1);
}

/** The signal of `time` samples from overlapping pieces, which are added: the adjoint of `frames`. */
export function overlapAdd(pieces: Tensor, hop: number, time: number): Tensor {
  const [count, length] = pieces.shape.slice(-2);
  if (pieces.rank < 2 || time < (count - 1) * hop + length) {
    throw new ShapeError(
      `overlapAdd: pieces ${showShape(pieces.shape)} every ${hop} samples do not fit into ${time}`,
    );
  }
  const signal = bodyInput(pieces, "a signal", [
    ...pieces.shape.slice(0, -2),
    (count - 1) * hop + length,
  ]);
  const [whole] = vjp([frames(signal, length, hop)], [pieces], [signal]) as [Tensor];
  const widths = whole.shape.map(
    (d, i) => [0, i === whole.rank - 1 ? time - d : 0] as [number, number],
  );
  return pad(whole, widths);
}

/** Settings of `stft` and `istft`. */
export interface StftOptions {
  /** Samples in a frame, also the length of its transform. */
  readonly length: number;
  /** Samples from one frame to the next (a quarter of the length by default). */
  readonly hop?: number;
  /** `[length]`; Hann's by default. */
  readonly window?: Tensor;
  /** Pad half a frame on both sides, so that frame t is centred at sample t·hop (default true). */
  readonly center?: boolean;
  /** What to pad with (reflect by default). */
  readonly padMode?: PadMode | number;
}

function settings({
  length,
  hop = Math.floor(length / 4),
  window,
  center = true,
  padMode = "reflect",
}: StftOptions) {
  if (!Number.isInteger(length) || length < 1)
    throw new ValueError(`stft: length ${length}: expected a whole number of at least 1`);
  const w = window ?? hannWindow(length);
  if (w.rank !== 1 || w.size !== length)
    throw new ShapeError(`stft: the window has shape ${showShape(w.shape)}: expected [${length}]`);
  return { length, hop, window: w, center, padMode };
}

/** The short-time Fourier transform of `[..., time]`: complex pairs `[..., frames, length/2 + 1, 2]`. */
export function stft(x: Tensor, options: StftOptions): Tensor {
  const { length, hop, window, center, padMode } = settings(options);
  const margin = center ? Math.floor(length / 2) : 0;
  const widths = x.shape.map(
    (_, i) => (i === x.rank - 1 ? [margin, margin] : [0, 0]) as [number, number],
  );
  const padded = margin > 0 ? pad(x, widths, padMode) : x;
  return rfft(mul(frames(padded, length, hop), window));
}

/**
 * The signal of a short-time Fourier transform `[..., frames, length/2 + 1, 2]` as `stft` gives it with the
 * same options: overlapping frames are added and divided by the sum of the squared windows (Griffin &
 * Lim 1984). `time` cuts the result to a number of samples.
 */
export function istft(x: Tensor, options: StftOptions & { readonly time?: number }): Tensor {
  const { length, hop, window, center } = settings(options);
  const pieces = mul(irfft(x, length), window);
  const count = pieces.shape[pieces.rank - 2];
  const total = (count - 1) * hop + length;
  const weights = mul(ones([count, length]), square(window));
  const sums = overlapAdd(weights, hop, total);
  // Where no window reaches, the signal is zero anyway.
  const signal = div(overlapAdd(pieces, hop, total), add(sums, 1e-11));
  const margin = center ? Math.floor(length / 2) : 0;
  const end = options.time === undefined ? total - margin : margin + options.time;
  const all = signal.shape.slice(0, -1).map(() => null);
  return slice(signal, [...all, margin], [...all, Math.min(end, total)]);
}

/** Squared or plain magnitudes of complex pairs `[..., 2]`. */
export function magnitude(x: Tensor, { squared = false } = {}): Tensor {
  const power = sum(square(x), { axis: -1 });
  return squared ? power : sqrt(power);
}

/** Settings of `melFilterBank`. */
export interface MelOptions {
  readonly filters: number;
  /** The length of the Fourier transform: the bank has length/2 + 1 rows. */
  readonly length: number;
  /** Samples per second. */
  readonly sampleRate: number;
  /** Hz; 0 by default. */
  readonly low?: number;
  /** Hz; half the sample rate by default. */
  readonly high?: number;
  /** Divide each filter by its width, so that white noise gives equal values (default true). */
  readonly normalize?: boolean;
}

const hzToMel = (hz: number): number => 2595 * Math.log10(1 + hz / 700);
const melToHz = (mel: number): number => 700 * (10 ** (mel / 2595) - 1);

/**
 * Triangular filters evenly spaced on the mel scale `2595·log10(1 + f/700)` (O'Shaughnessy 1987), as a
 * matrix `[length/2 + 1, filters]`: `matmul(powerSpectrum, bank)` gives mel energies.
 */
export function melFilterBank(options: MelOptions): Tensor {
  const { filters, length, sampleRate, low = 0, high = sampleRate / 2, normalize = true } = options;
  if (!(low >= 0 && high > low && high <= sampleRate / 2)) {
    throw new ValueError(
      `melFilterBank: ${low} to ${high} Hz: expected a range within 0 to ${sampleRate / 2}`,
    );
  }
  const [from, to] = [hzToMel(low), hzToMel(high)];
  const edges = Array.from({ length: filters + 2 }, (_, i) =>
    melToHz(from + ((to - from) * i) / (filters + 1)),
  );
  const bins = Math.floor(length / 2) + 1;
  const bank = new Float32Array(bins * filters);
  for (let f = 0; f < filters; f++) {
    const [a, b, c] = edges.slice(f, f + 3);
    for (let k = 0; k < bins; k++) {
      const hz = (k * sampleRate) / length;
      const height = Math.max(0, Math.min((hz - a) / (b - a), (c - hz) / (c - b)));
      bank[k * filters + f] = normalize ? (2 * height) / (c - a) : height;
    }
  }
  return fromHostArray(bank, [bins, filters], "float32");
}
