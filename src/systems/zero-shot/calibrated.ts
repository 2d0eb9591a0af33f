// Labels whose confidences are calibrated on the rows that people have checked.
import { permutation } from "../../data/random.ts";
import { CALIBRATION_LEAST, calibrate, fitCalibration } from "./confidence.ts";

/** What calibration needs of labels. */
interface Sureness {
  readonly guess: Int32Array;
  readonly confidence: Float32Array;
}

/** Parts of the checked rows; each is labelled once without being known. */
const FOLDS = 2;

/**
 * Labels rows, and turns confidences into shares that are right once 30 rows are checked: half of the
 * checked rows at a time are hidden, so that what is said of them is a guess and can be right or wrong.
 * Where all rows are known there is nothing to calibrate.
 *
 * @param label labels the rows, given the known label of each (-1: none)
 * @returns the labels made with all that is known, and how many checked rows decided, 0 for none
 */
export async function withCalibration<T extends Sureness>(
  label: (taught: Int32Array) => Promise<T>,
  taught: Int32Array,
  empty: Uint8Array,
): Promise<{ readonly labels: T; readonly calibratedOn: number }> {
  const labels = await label(taught);
  const checked = [...taught.keys()].filter((row) => taught[row]! >= 0 && empty[row] === 0);
  const open = [...taught.keys()].filter((row) => taught[row]! < 0 && empty[row] === 0);
  if (checked.length < CALIBRATION_LEAST || open.length === 0) return { labels, calibratedOn: 0 };
  const order = permutation(checked.length, 0);
  const confidence: number[] = [];
  const right: number[] = [];
  for (let fold = 0; fold < FOLDS; fold++) {
    const hidden = [...order].filter((_, i) => i % FOLDS === fold).map((place) => checked[place]!);
    const known = Int32Array.from(taught);
    for (const row of hidden) known[row] = -1;
    const guessed = await label(known);
    for (const row of hidden) {
      confidence.push(guessed.confidence[row]!);
      right.push(guessed.guess[row] === taught[row] ? 1 : 0);
    }
  }
  const calibration = fitCalibration(confidence, right)!;
  const calibrated = Float32Array.from(labels.confidence);
  for (const row of open) calibrated[row] = calibrate(calibration, calibrated[row]!);
  return { labels: { ...labels, confidence: calibrated }, calibratedOn: checked.length };
}
