/** @file Cases of Fourier transforms and of signals in time. */
import {
  fft,
  frames,
  hannWindow,
  ifft,
  irfft,
  istft,
  magnitude,
  mul,
  overlapAdd,
  rfft,
  stft,
  toComplex,
} from "../../index.ts";
import type { OpCase } from "../check.ts";
import { floats } from "../values.ts";

const LENGTHS = [1, 2, 5, 8, 12];

/** See the file's first line. */
export const signalCases: readonly OpCase[] = [
  ...LENGTHS.map(
    (n): OpCase => ({
      op: "fft",
      name: `fft and ifft of ${n}`,
      inputs: [floats(2, n, 2)],
      fn: (x) => [fft(x), ifft(x)],
    }),
  ),
  ...LENGTHS.map(
    (n): OpCase => ({
      op: "rfft",
      name: `rfft of ${n}, and back`,
      inputs: [floats(3, n)],
      fn: (x) => [rfft(x), irfft(rfft(x), n)],
    }),
  ),
  {
    op: "fft",
    name: "irfft of any coefficients",
    inputs: [floats(2, 5, 2)],
    fn: (x) => [irfft(x), irfft(x, 9)],
  },
  {
    op: "fft",
    name: "fft over two axes",
    inputs: [floats(3, 4)],
    fn: (x) => fft(fft(toComplex(x)), 0),
  },
  {
    op: "concat",
    name: "frames of whole hops, and their sum",
    inputs: [floats(2, 11)],
    fn: (x) => [frames(x, 4, 2), overlapAdd(frames(x, 4, 2), 2, 11)],
  },
  {
    op: "gather",
    name: "frames of broken hops",
    inputs: [floats(2, 11)],
    fn: (x) => [frames(x, 5, 3), overlapAdd(frames(x, 5, 3), 3, 12)],
  },
  {
    op: "rfft",
    name: "stft",
    inputs: [floats(24)],
    fn: (x) => magnitude(stft(x, { length: 8, hop: 4 }), { squared: true }),
  },
  {
    op: "fft",
    name: "istft",
    inputs: [floats(2, 5, 5, 2)],
    fn: (x) => istft(x, { length: 8, hop: 2, window: hannWindow(8), time: 7 }),
  },
  {
    op: "rfft",
    name: "transforms too long for a table",
    inputs: [floats(4096)],
    fn: (x) => [rfft(x), mul(ifft(fft(toComplex(x))), 2)],
    second: false,
  },
  {
    op: "rfft",
    name: "transforms too long for a table, not of a power of two",
    inputs: [floats(2050)],
    fn: (x) => rfft(x),
    // ONNX Runtime's kernel goes through a convolution in single precision there.
    tolerance: 1e-3,
    second: false,
  },
];
