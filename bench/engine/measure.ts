// Times two peers in turn, so that whatever slows the machine down slows both.

import type { Peer } from "./peer.ts";

/** How two peers are timed. */
export interface MeasureOptions {
  /** Steps to time on each side. */
  readonly steps: number;
  /** Steps in a row before the other side's turn. */
  readonly block: number;
  /** Seconds after which no new block begins, however few steps were made. */
  readonly budgetSeconds: number;
  /** Pause before each block, in which the other side's threads stop spinning. */
  readonly settleMs: number;
}

/** Times of one side in milliseconds. */
export interface Timing {
  readonly median: number;
  readonly quartiles: readonly [number, number];
  readonly steps: number;
}

/** The value below which the fraction q of the numbers lies, between neighbours linearly. */
export function quantile(values: readonly number[], q: number): number {
  if (values.length === 0) throw new Error("quantile: expected at least one value, got none");
  const sorted = [...values].sort((a, b) => a - b);
  const position = (sorted.length - 1) * q;
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (position - below) * (sorted[above]! - sorted[below]!);
}

/** Median and quartiles of the steps of one side. */
export function timing(ms: readonly number[]): Timing {
  return {
    median: quantile(ms, 0.5),
    quartiles: [quantile(ms, 0.25), quantile(ms, 0.75)],
    steps: ms.length,
  };
}

/**
 * Runs peers that are set up in alternating blocks and collects the milliseconds of each step, in
 * the peers' order. Who begins changes from round to round. Each block opens with one step that is
 * not counted: it brings the side's data back into the caches.
 */
export async function alternate(
  peers: readonly Peer[],
  options: MeasureOptions,
): Promise<number[][]> {
  const { steps, block, budgetSeconds, settleMs } = options;
  const times: number[][] = peers.map(() => []);
  const end = performance.now() + budgetSeconds * 1e3;
  for (let round = 0; round * block < steps; round++) {
    if (round > 0 && performance.now() > end) break;
    const turns = peers.map((_, i) => i);
    if (round % 2 === 1) turns.reverse();
    for (const turn of turns) {
      if (settleMs > 0) await new Promise((resolve) => setTimeout(resolve, settleMs));
      await peers[turn]!.step(1);
      times[turn]!.push(...(await peers[turn]!.step(Math.min(block, steps - round * block))));
    }
  }
  return times;
}
