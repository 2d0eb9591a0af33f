// Rows to measure with, the same each time.
import { columnOf } from "../../src/systems/hiplot/core/columns.ts";
import { Frame } from "../../src/systems/hiplot/core/frame.ts";

/** Uniform columns of so many rows. */
export function uniformFrame(rows: number, columns: number): Frame {
  let state = 7;
  const next = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  return new Frame({
    columns: Array.from({ length: columns }, (_, i) =>
      columnOf(`c${i}`, Array.from({ length: rows }, next)),
    ),
  });
}
