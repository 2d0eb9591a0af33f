// The runs whose losses PyTorch recorded, as formulas: weights and batches to the same bits as
// losses.py, whose head defines them.

import type { CnnWorkload, GptWorkload } from "./workloads.ts";

/** The two recorded runs as workloads, by their keys in the fixture. */
export const recordedWorkloads: { readonly gpt: GptWorkload; readonly cnn: CnnWorkload } = {
  gpt: {
    kind: "gpt",
    name: "recorded-gpt",
    group: "recorded",
    batch: 4,
    time: 16,
    layers: 2,
    width: 32,
    heads: 2,
    vocabulary: 17,
  },
  cnn: {
    kind: "cnn",
    name: "recorded-cnn",
    group: "recorded",
    batch: 8,
    image: [1, 12, 12],
    channels: [4, 8],
    kernel: 3,
    pool: 2,
    hidden: [],
    classes: 10,
  },
};

/** A parameter in PyTorch's layout: linear weights [out, in], convolutions [out, in, k, k]. */
export interface RecordedParameter {
  readonly name: string;
  readonly shape: readonly number[];
}

/** One step's batch; images are [batch, channels, height, width], tokens [batch, time]. */
export interface RecordedBatch {
  readonly inputs: Float32Array | Int32Array;
  readonly inputShape: readonly number[];
  readonly labels: Int32Array;
  readonly labelShape: readonly number[];
}

/** A random-looking uint32 from two integers (lowbias32, Wellons 2018). */
function mix(stream: number, i: number): number {
  let x = (Math.imul(i, 0x9e3779b1) + Math.imul(stream + 1, 0x85ebca77)) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/** A uniform number in [0, 1). */
function uniform(stream: number, i: number): number {
  return mix(stream, i) / 2 ** 32;
}

const product = (shape: readonly number[]) => shape.reduce((size, extent) => size * extent, 1);

/** The values of parameter number `index`: uniform in offset ± scale, row by row. */
export function deterministicParameter(
  index: number,
  shape: readonly number[],
  scale: number,
  offset = 0,
): Float32Array<ArrayBuffer> {
  return Float32Array.from(
    { length: product(shape) },
    (_, i) => offset + scale * (2 * uniform(index, i) - 1),
  );
}

/** The values of a recorded run's parameter number `index`. */
export function recordedParameter(
  index: number,
  { name, shape }: RecordedParameter,
): Float32Array<ArrayBuffer> {
  if (/^(token|position)/.test(name)) return deterministicParameter(index, shape, 0.5);
  if (shape.length === 1) {
    const gain = name.includes("norm") && name.endsWith("weight");
    return deterministicParameter(index, shape, 0.1, gain ? 1 : 0);
  }
  return deterministicParameter(index, shape, 1 / Math.sqrt(product(shape.slice(1))));
}

/** Names and shapes of a recorded run's parameters, in PyTorch's order. */
export function recordedParameters(workload: GptWorkload | CnnWorkload): RecordedParameter[] {
  return workload.kind === "gpt" ? gptParameters(workload) : cnnParameters(workload);
}

function gptParameters({ layers, width, time, vocabulary }: GptWorkload): RecordedParameter[] {
  const vectors = (name: string): RecordedParameter[] => [
    { name: `${name}.weight`, shape: [width] },
    { name: `${name}.bias`, shape: [width] },
  ];
  const linear = (name: string, fanIn: number, fanOut: number): RecordedParameter[] => [
    { name: `${name}.weight`, shape: [fanOut, fanIn] },
    { name: `${name}.bias`, shape: [fanOut] },
  ];
  const blocks = Array.from({ length: layers }, (_, i) => `blocks.${i}`).flatMap((block) => [
    ...vectors(`${block}.norm1`),
    ...linear(`${block}.qkv`, width, 3 * width),
    ...linear(`${block}.out`, width, width),
    ...vectors(`${block}.norm2`),
    ...linear(`${block}.up`, width, 4 * width),
    ...linear(`${block}.down`, 4 * width, width),
  ]);
  return [
    { name: "token.weight", shape: [vocabulary, width] },
    { name: "position.weight", shape: [time, width] },
    ...blocks,
    ...vectors("norm"),
    { name: "head.weight", shape: [vocabulary, width] },
  ];
}

function cnnParameters(workload: CnnWorkload): RecordedParameter[] {
  const { image, kernel, pool, hidden, classes } = workload;
  const shapes: number[][] = [];
  let [channels, height, width] = image;
  for (const out of workload.channels) {
    shapes.push([out, channels, kernel, kernel]);
    channels = out;
    height -= kernel - 1;
    width -= kernel - 1;
  }
  let features = channels * Math.floor(height / pool) * Math.floor(width / pool);
  for (const out of [...hidden, classes]) {
    shapes.push([out, features]);
    features = out;
  }
  // Numbers of the modules in PyTorch's Sequential: ReLU, pooling and flattening count as well.
  const module = (i: number) => 2 * i + (i < workload.channels.length ? 0 : 2);
  return shapes.flatMap((shape, i) => [
    { name: `${module(i)}.weight`, shape },
    { name: `${module(i)}.bias`, shape: [shape[0]!] },
  ]);
}

/** The batch of a recorded run's step (from 0). */
export function recordedBatch(workload: GptWorkload | CnnWorkload, step: number): RecordedBatch {
  return workload.kind === "gpt" ? tokenBatch(workload, step) : imageBatch(workload, step);
}

function tokenBatch({ batch, time, vocabulary }: GptWorkload, step: number): RecordedBatch {
  const inputs = new Int32Array(batch * time);
  const labels = new Int32Array(batch * time);
  for (let b = 0; b < batch; b++) {
    let token = mix(1000 + step, b) % vocabulary;
    for (let t = b * time; t < (b + 1) * time; t++) {
      inputs[t] = token;
      token = (3 * token + 5) % vocabulary;
      labels[t] = token;
    }
  }
  return { inputs, inputShape: [batch, time], labels, labelShape: [batch, time] };
}

function imageBatch({ batch, image, classes }: CnnWorkload, step: number): RecordedBatch {
  const pixels = product(image);
  const labels = Int32Array.from({ length: batch }, (_, b) => mix(2000 + step, b) % classes);
  const inputs = Float32Array.from({ length: batch * pixels }, (_, i) => {
    const pattern = uniform(4000 + labels[Math.floor(i / pixels)]!, i % pixels);
    return uniform(3000 + step, i) / 2 + pattern - 0.75;
  });
  return { inputs, inputShape: [batch, ...image], labels, labelShape: [batch] };
}
