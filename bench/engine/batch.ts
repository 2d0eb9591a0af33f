// One batch of input for a workload: the same on every JavaScript side, and random enough to time.

import type { Workload } from "./workloads.ts";

/** Inputs and labels of one step; `labels` is undefined where the workload only infers. */
export interface WorkloadBatch {
  readonly inputs: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;
  readonly inputShape: readonly number[];
  readonly labels: Int32Array<ArrayBuffer> | undefined;
  readonly labelShape: readonly number[];
  /** How many different labels there are. */
  readonly classes: number;
}

/** Uniform numbers in [0, 1) from the linear congruential generator of Numerical Recipes. */
function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * The batch of a workload: images in [0, 1) with random classes, or tokens [batch, time] with the
 * next tokens as labels. The values do not matter to the time of a step; shapes and ranges do.
 */
export function workloadBatch(workload: Workload): WorkloadBatch {
  const next = uniform(1);
  const integer = (bound: number) => Math.floor(next() * bound);
  const { batch } = workload;
  if (workload.kind === "mlp" || workload.kind === "cnn" || workload.kind === "resnet") {
    const shape = workload.kind === "mlp" ? workload.widths.slice(0, 1) : workload.image;
    const classes = workload.kind === "mlp" ? workload.widths.at(-1)! : workload.classes;
    const inputShape = [batch, ...shape];
    const size = inputShape.reduce((product, extent) => product * extent, 1);
    const inputs = Float32Array.from({ length: size }, next);
    const labels = Int32Array.from({ length: batch }, () => integer(classes));
    return { inputs, inputShape, labels, labelShape: [batch], classes };
  }
  const { time, vocabulary } = workload;
  const shape = [batch, time];
  const inputs = Int32Array.from({ length: batch * time }, () => integer(vocabulary));
  const labels = Int32Array.from({ length: batch * time }, () => integer(vocabulary));
  return {
    inputs,
    inputShape: shape,
    labels: workload.kind === "encoder" ? undefined : labels,
    labelShape: shape,
    classes: vocabulary,
  };
}
