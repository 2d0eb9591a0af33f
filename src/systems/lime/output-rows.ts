// A model's answer as plain rows, whatever form it came in.
import type { Outputs } from "./api.ts";
import { LimeError } from "./errors.ts";

/** One list of numbers per input. @throws LimeError where the answer does not have `count` rows. */
export function outputRows(outputs: Outputs, count: number): number[][] {
  if (ArrayBuffer.isView(outputs)) {
    const width = outputs.length / count;
    if (Number.isInteger(width) && width > 0) {
      return Array.from({ length: count }, (_, row) =>
        Array.from(outputs.subarray(row * width, (row + 1) * width)),
      );
    }
  } else if (outputs.length === count) {
    const rows = outputs as readonly (number | ArrayLike<number>)[];
    return rows.map((row) => (typeof row === "number" ? [row] : Array.from(row)));
  }
  throw new LimeError("predict", {
    expected: `${count} rows of outputs`,
    received: `${outputs.length} ${ArrayBuffer.isView(outputs) ? "numbers" : "rows"}`,
  });
}
