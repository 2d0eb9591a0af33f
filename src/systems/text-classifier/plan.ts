// How large the model is and how long it trains, decided from the training texts.
import type { TextLimits } from "./features.ts";

/** Sizes and schedule of a run. */
export interface TextPlan {
  readonly limits: TextLimits;
  readonly batchSize: number;
  readonly epochs: number;
  readonly minTexts: number;
  readonly maxFeatures: number;
  readonly learningRate: number;
  /** Rate of the wide part over that of the deep one. */
  readonly wideRateScale: number;
  readonly embedding: number;
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
  readonly dropout: number;
  readonly deepShare: number;
}

/** Numbers that the wide part may hold; its table is updated whole at each step. */
const wideWeights = 4e6;
/** Training texts below which the deep part does not count. */
const fewestForDeep = 300;
/** Numbers that the wide part may gather for a batch. */
const gathered = 8e6;

/** `lengths`: tokens of each training text. `epochs` takes the place of the planned number. */
export function planTraining(
  lengths: ArrayLike<number>,
  classes: number,
  epochs?: number,
): TextPlan {
  const rows = lengths.length;
  const sorted = Array.from(lengths).sort((a, b) => a - b);
  const usual = sorted[Math.floor(0.95 * (rows - 1))] ?? 1;
  // Neighbours are read as one position where texts are long: attention costs the square.
  const patch = usual <= 64 ? 1 : usual <= 128 ? 2 : 4;
  const step = 4 * patch;
  const maxTokens = Math.min(256, Math.max(step, Math.ceil(usual / step) * step));
  const batchSize = rows < 200 ? 8 : rows < 1000 ? 16 : rows < 50_000 ? 32 : 128;
  const most = 2 * (sorted.at(-1) ?? 1);
  const affordable = Math.floor(gathered / (batchSize * classes));
  const maxColumns = Math.max(8, Math.min(1024, most, affordable));
  return {
    limits: { maxTokens, patch, maxColumns: Math.ceil(maxColumns / 4) * 4 },
    batchSize,
    epochs: epochs ?? planEpochs(rows / batchSize, classes),
    minTexts: rows < 2000 ? 2 : 3,
    maxFeatures: Math.max(1024, Math.floor(wideWeights / classes)),
    learningRate: 1e-3,
    // Few texts share few words, which makes the loss steeper.
    wideRateScale: rows < 1000 ? 3_000 : 20_000,
    embedding: 64,
    width: 64,
    heads: 4,
    layers: 2,
    dropout: 0.2,
    // Order and context are not to be learned from a few texts.
    deepShare: rows < fewestForDeep ? 0 : 0.5,
  };
}

/** About 900 steps; more where there are more classes to learn, at least two passes. */
function planEpochs(stepsPerEpoch: number, classes: number): number {
  const steps = 900 * Math.min(4, 1 + Math.log2(classes / 2) / 2);
  return Math.max(2, Math.min(40, Math.ceil(steps / Math.max(1, stepsPerEpoch))));
}
