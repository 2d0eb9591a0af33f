// The fit of every run of a frame, judged on its training and validation columns.
import { type Badge, fitBadge } from "./badges.ts";
import { type Chains, rowsOfChain, stepsOf } from "./chains.ts";
import { numbersOf } from "./columns.ts";
import type { Frame } from "./frame.ts";
import { higherIsBetter, type MeasurePair, measurePairs } from "./metrics.ts";

/** A run's verdict with the row of its best epoch. */
export interface RunBadge extends Badge {
  readonly bestRow: number;
  /** The epoch or step of that row. */
  readonly bestStep: number;
  /** The validation value there, not smoothed. */
  readonly bestValue: number;
}

/** Verdicts of a frame's runs. */
export interface RunBadges {
  readonly pair: MeasurePair;
  readonly lowerIsBetter: boolean;
  /** By run; null where a run is too short to judge. */
  readonly byRun: readonly (RunBadge | null)[];
}

/** A shorter curve has no shape to judge. */
const fewestValues = 4;

/**
 * Judges each run that has both curves. Rows without a validation value are passed over; training
 * counts by its last value so far, as it may be measured at other steps.
 *
 * @returns null where no measure has a training and a validation column
 */
export function badgesOfFrame(frame: Frame, chains: Chains, measure?: string): RunBadges | null {
  const pairs = measurePairs(frame.columns.map(({ name }) => name));
  const pair = measure === undefined ? pairs[0] : pairs.find((one) => one.measure === measure);
  const trainColumn = pair && frame.column(pair.train);
  const validColumn = pair && frame.column(pair.valid);
  if (!pair || !trainColumn || !validColumn) return null;
  const [trainValues, validValues] = [numbersOf(trainColumn), numbersOf(validColumn)];
  const steps = stepsOf(frame, chains);
  const lowerIsBetter = !higherIsBetter(pair.valid);
  const curves = Array.from({ length: chains.count }, (_, run) => {
    const [rows, train, valid]: [number[], number[], number[]] = [[], [], []];
    let lastTrain = Number.NaN;
    for (const row of rowsOfChain(chains, run)) {
      if (Number.isFinite(trainValues[row])) lastTrain = trainValues[row]!;
      if (!Number.isFinite(validValues[row])) continue;
      rows.push(row);
      train.push(lastTrain);
      valid.push(validValues[row]!);
    }
    return { rows, train, valid };
  });
  const long = curves.filter(({ rows }) => rows.length >= fewestValues);
  if (long.length === 0) return null;
  const ends = long.map(({ valid }) => valid.at(-1)!);
  const bestOfAll = ends.reduce((a, b) => (lowerIsBetter ? Math.min(a, b) : Math.max(a, b)));
  const byRun = curves.map(({ rows, train, valid }): RunBadge | null => {
    if (rows.length < fewestValues) return null;
    const badge = fitBadge({ train, valid, lowerIsBetter, bestOfAll });
    const bestRow = rows[badge.best]!;
    return { ...badge, bestRow, bestStep: steps[bestRow]!, bestValue: validValues[bestRow]! };
  });
  return { pair, lowerIsBetter, byRun };
}
