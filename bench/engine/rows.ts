// The rows of the engine benchmark: who is measured against whom, and what a row says.

import { alternate, type MeasureOptions, type Timing, timing } from "./measure.ts";
import type { Peer } from "./peer.ts";
import type { Workload } from "./workloads.ts";

/** A figure, or word that there is none; the row's note then says why. */
export type Figure = number | "not measured";

/** One comparison; all times in milliseconds per step. */
export type EngineRow = {
  readonly workload: string;
  readonly peer: string;
  /** Median of our steps. */
  readonly ours_ms: Figure;
  /** Median of the peer's steps. */
  readonly peer_ms: Figure;
  /** ours_ms / peer_ms: below 1 we are faster. */
  readonly ratio: Figure;
  /** First and third quartile of the steps of each side. */
  readonly ours_q1_ms: Figure;
  readonly ours_q3_ms: Figure;
  readonly peer_q1_ms: Figure;
  readonly peer_q3_ms: Figure;
  /** Timed steps of each side. */
  readonly steps: number;
  /** Threads of each side. */
  readonly threads: number;
  /** Why a side is missing or its figures are doubtful, or an empty text. */
  readonly note: string;
};

/** Starts a side; rejects with the reason where it is not to be had. */
export type Open = (workload: Workload) => Promise<Peer>;

/** What a comparison needs. */
export interface Plan {
  readonly workloads: readonly Workload[];
  readonly ours: Open;
  readonly peers: readonly { readonly name: string; readonly open: Open }[];
  readonly threads: number;
  readonly measure: MeasureOptions;
}

type Side = { readonly peer: Peer } | { readonly missing: string };

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function start(open: Open, workload: Workload): Promise<Side> {
  let peer: Peer | undefined;
  try {
    peer = await open(workload);
    await peer.setup(workload);
    return { peer };
  } catch (error) {
    await peer?.close();
    return { missing: reason(error) };
  }
}

/** Steps that differ by more than this factor (third to first quartile) were disturbed. */
const noisy = 1.5;

const figure = (ms: number | undefined): Figure =>
  ms === undefined ? "not measured" : Number(ms.toPrecision(5));

async function compare(
  ours: Side,
  theirs: Side,
  measure: MeasureOptions,
): Promise<Omit<EngineRow, "workload" | "peer" | "threads">> {
  const notes: string[] = [];
  if ("missing" in ours) notes.push(`ours: ${ours.missing}`);
  if ("missing" in theirs) notes.push(theirs.missing);
  const present = [ours, theirs].flatMap((side) => ("peer" in side ? [side.peer] : []));
  let timings: Timing[] = [];
  try {
    timings = (await alternate(present, measure)).map(timing);
  } catch (error) {
    notes.push(reason(error));
  }
  const our = "peer" in ours ? timings[0] : undefined;
  const their = "peer" in theirs ? timings.at(-1) : undefined;
  for (const [side, time] of Object.entries({ our, their })) {
    const spread = time === undefined ? 1 : time.quartiles[1] / time.quartiles[0];
    if (spread > noisy) {
      notes.push(`noisy: ${side} quartiles are a factor ${spread.toFixed(1)} apart`);
    }
  }
  return {
    ours_ms: figure(our?.median),
    peer_ms: figure(their?.median),
    ratio: figure(our && their && our.median / their.median),
    ours_q1_ms: figure(our?.quartiles[0]),
    ours_q3_ms: figure(our?.quartiles[1]),
    peer_q1_ms: figure(their?.quartiles[0]),
    peer_q3_ms: figure(their?.quartiles[1]),
    steps: timings[0]?.steps ?? 0,
    note: notes.join("; "),
  };
}

/**
 * Measures every workload against every peer, a row at a time. A side that cannot start or fails
 * on the way leaves a row that says so, with the other side's figures where it has them.
 */
export async function* measureRows(plan: Plan): AsyncGenerator<EngineRow> {
  const { threads } = plan;
  for (const workload of plan.workloads) {
    const ours = await start(plan.ours, workload);
    try {
      for (const { name, open } of plan.peers) {
        const theirs = await start(open, workload);
        try {
          const figures = await compare(ours, theirs, plan.measure);
          yield { workload: workload.name, peer: name, ...figures, threads };
        } finally {
          if ("peer" in theirs) await theirs.peer.close();
        }
      }
    } finally {
      if ("peer" in ours) await ours.peer.close();
    }
  }
}
