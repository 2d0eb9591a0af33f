/** @file The op suite as data: every case, for whichever backend runs them, and what is left out where. */
import type { BackendName } from "../backend.ts";
import { arrayCases } from "./cases/arrays.ts";
import { elementwiseCases } from "./cases/elementwise.ts";
import { loopCases } from "./cases/loops.ts";
import { networkCases } from "./cases/network.ts";
import { spatialCases } from "./cases/spatial.ts";
import type { OpCase } from "./check.ts";

/** Families of cases; each family is run as one compiled graph. */
export const caseFamilies: Readonly<Record<string, readonly OpCase[]>> = {
  "elementwise ops": elementwiseCases,
  "reductions, movement and indexing": arrayCases,
  "products, norms and softmax": networkCases,
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
export const skips: readonly Skip[] = [];

/** Why a backend leaves a case out; null where it does not. */
export function skipReason(c: OpCase, backend: BackendName): string | null {
  return skips.find((s) => s.backend === backend && c.name.startsWith(s.name))?.reason ?? null;
}
