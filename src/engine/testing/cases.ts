/** @file The op suite as data: every case, for whichever backend runs them, and what is left out where. */
import type { BackendName } from "../backend.ts";
import { arrayCases } from "./cases/arrays.ts";
import { elementwiseCases } from "./cases/elementwise.ts";
import { loopCases } from "./cases/loops.ts";
import { networkCases } from "./cases/network.ts";
import { signalCases } from "./cases/signal.ts";
import { spatialCases } from "./cases/spatial.ts";
import { structureCases } from "./cases/structure.ts";
import { BACKEND_TOLERANCE, type OpCase, tracedNodes } from "./check.ts";

/** Families of cases; each family is run as one compiled graph. */
export const caseFamilies: Readonly<Record<string, readonly OpCase[]>> = {
  "elementwise ops": elementwiseCases,
  "reductions, movement and indexing": arrayCases,
  "products, norms and softmax": networkCases,
  "order, structure and writing": structureCases,
  signals: signalCases,
  "loops and recomputation": loopCases,
  "convolutions, pools and resizing": spatialCases,
};

/** A case that a backend does not run. */
export interface Skip {
  readonly backend: BackendName;
  /** The name of a case, or the start of several names. */
  readonly name: string;
  readonly reason: string;
}

/** Everything that is left out, in one place. */
export const skips: readonly Skip[] = [
  {
    backend: "webgpu",
    name: "isNan",
    reason: "refused: NaN does not survive WebGPU's kernels reliably",
  },
  { backend: "webgpu", name: "nanToNum", reason: "refused as isNan is" },
];

/** Why a backend leaves a case out; null where it does not. */
export function skipReason(c: OpCase, backend: BackendName): string | null {
  return skips.find((s) => s.backend === backend && c.name.startsWith(s.name))?.reason ?? null;
}

/** Functions that WGSL promises to few digits: sin and cos to 2^-11, others through them. */
const COARSE_ON_GPU: ReadonlySet<string> = new Set([
  "acos",
  "asin",
  "cos",
  "fft",
  "rfft",
  "sin",
  "tan",
]);

/** The largest difference between WebGPU and the oracle, relative to the largest magnitude. */
export function gpuTolerance(c: OpCase): number {
  const coarse = tracedNodes(c).some((node) => COARSE_ON_GPU.has(node.op.name));
  return Math.max(c.tolerance ?? BACKEND_TOLERANCE, coarse ? 1e-3 : 0);
}
