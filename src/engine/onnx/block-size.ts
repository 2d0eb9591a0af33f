/** @file Finds out whether ONNX Runtime's blocked channel layout is there, and how many channels a block has. */
import type { InferenceSession } from "onnxruntime-common";
import { lowerConv } from "./conv.ts";
import { Lowering, type Value } from "./lowering.ts";
import { encodeModel } from "./model.ts";
import type { Ort } from "./runtime.ts";

const sizes = new WeakMap<Ort, Promise<number>>();

/**
 * Channels per block of the CPU kernels' own layout: 16 with AVX-512, 8 with AVX2; 0 where there is
 * none. Found by comparing a small convolution in both layouts, since the layout is not documented
 * and differs between processors; once per process. `options` are those of the sessions that follow:
 * the first session of a process decides for all how denormals are treated.
 */
export function channelBlockSize(
  ort: Ort,
  options: InferenceSession.SessionOptions,
): Promise<number> {
  let size = sizes.get(ort);
  if (!size) {
    size = findBlockSize(ort, options);
    sizes.set(ort, size);
  }
  return size;
}

async function findBlockSize(ort: Ort, options: InferenceSession.SessionOptions): Promise<number> {
  for (const size of [16, 8, 4]) {
    if (await agrees(ort, { ...options, logSeverityLevel: 4 }, size).catch(() => false))
      return size;
  }
  return 0;
}

const CHANNELS = 16;
const IMAGE = [1, CHANNELS, 5, 4];
const WEIGHTS = [CHANNELS, CHANNELS, 3, 3];

/** Whether a block size gives the plain convolution's numbers. */
async function agrees(
  ort: Ort,
  options: InferenceSession.SessionOptions,
  size: number,
): Promise<boolean> {
  const probe = new Lowering("cpu", "probe", null, size);
  const plain = new Lowering("cpu", "probe");
  probe.output("y", convolution(probe));
  plain.output("y", convolution(plain));
  const count = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);
  const values = (n: number): Float32Array =>
    Float32Array.from({ length: n }, (_, i) => ((i * 37) % 101) / 101 - 0.5);
  const feeds = {
    x: new ort.Tensor("float32", values(count(IMAGE)), IMAGE),
    w: new ort.Tensor("float32", values(count(WEIGHTS)), WEIGHTS),
  };
  const results: Float32Array[] = [];
  for (const b of [probe, plain]) {
    const session = await ort.InferenceSession.create(encodeModel(b.graph), options);
    results.push((await session.run(feeds)).y.data as Float32Array);
    await session.release();
  }
  const [found, expected] = results;
  return expected.every((v, i) => Math.abs(v - found[i]) < 1e-4);
}

function convolution(b: Lowering): Value {
  const x = b.input("x", { shape: IMAGE, dtype: "float32" });
  const w = b.input("w", { shape: WEIGHTS, dtype: "float32" });
  const params = { strides: [1, 1], dilations: [1, 1], low: [1, 1], high: [1, 1], groups: 1 };
  return lowerConv(b, x, w, params, x);
}
