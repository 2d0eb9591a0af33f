/** @file Confidences calibrated on checked rows: how the rows are hidden, and what comes of it. */
import { describe, expect, it } from "vitest";
import { withCalibration } from "./calibrated.ts";

/** A labeller that is always as sure as told, and right on every other row. */
function labeller(confidence: (row: number) => number, seen: Int32Array[]) {
  return async (taught: Int32Array) => {
    seen.push(taught);
    return {
      guess: Int32Array.from(taught, (known, row) => (known >= 0 ? known : row % 2)),
      confidence: Float32Array.from(taught, (known, row) => (known >= 0 ? 1 : confidence(row))),
    };
  };
}

const checked = (rows: number, known: number) =>
  Int32Array.from({ length: rows }, (_, row) => (row < known ? 0 : -1));

describe("withCalibration", () => {
  it("gives the share that was right among checked rows of that confidence", async () => {
    const seen: Int32Array[] = [];
    const empty = new Uint8Array(100);
    const known = checked(100, 40);
    const { labels, calibratedOn } = await withCalibration(
      labeller(() => 0.9, seen),
      known,
      empty,
    );
    expect(calibratedOn).toBe(40);
    // Half of the guesses for checked rows are right: 0.9 was too sure.
    expect([...labels.confidence.slice(40)].every((value) => Math.abs(value - 0.5) < 1e-6)).toBe(
      true,
    );
    expect(labels.confidence[0]).toBe(1);
    expect(seen).toHaveLength(3);
    const hidden = seen.slice(1).map((taught) => taught.filter((label) => label >= 0).length);
    expect(hidden).toEqual([20, 20]);
    // Each checked row is hidden once.
    for (let row = 0; row < 40; row++) expect(seen[1]![row]! + seen[2]![row]!).toBe(-1);
  });

  it("leaves all as it is with fewer than thirty, or where all is known", async () => {
    for (const [rows, known] of [
      [100, 29],
      [50, 50],
    ] as const) {
      const seen: Int32Array[] = [];
      const label = labeller(() => 0.9, seen);
      const found = await withCalibration(label, checked(rows, known), new Uint8Array(rows));
      expect([seen.length, found.calibratedOn]).toEqual([1, 0]);
    }
  });
});
