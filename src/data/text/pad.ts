/** @file Token sequences of different lengths as one padded array. */
import { DataError } from "../errors.ts";

/** How sequences are brought to one length. */
export interface PadOptions {
  /**
   * Length of the result: a number; or several, of which the smallest that holds the longest sequence
   * is taken, so that only few shapes occur; default the longest sequence. What is longer is cut.
   */
  readonly padTo?: number | readonly number[];
  /** The id that fills up. Default 0. */
  readonly padId?: number;
}

/** Sequences as one array of shape [rows, time]. */
export interface TokenBatch {
  readonly ids: Int32Array;
  /** 1 where a token stands, 0 where there is padding; same shape. */
  readonly mask: Uint8Array;
  readonly shape: readonly [rows: number, time: number];
  /** Tokens in each row. */
  readonly lengths: Int32Array;
}

/** Pads sequences on the right. */
export function padBatch(
  sequences: readonly ArrayLike<number>[],
  { padTo, padId = 0 }: PadOptions = {},
): TokenBatch {
  const longest = sequences.reduce((most, sequence) => Math.max(most, sequence.length), 0);
  const time = paddedLength(longest, padTo);
  const rows = sequences.length;
  const ids = new Int32Array(rows * time).fill(padId);
  const mask = new Uint8Array(rows * time);
  const lengths = Int32Array.from(sequences, (sequence) => Math.min(sequence.length, time));
  sequences.forEach((sequence, row) => {
    for (let t = 0; t < lengths[row]!; t++) ids[row * time + t] = sequence[t]!;
    mask.fill(1, row * time, row * time + lengths[row]!);
  });
  return { ids, mask, shape: [rows, time], lengths };
}

function paddedLength(longest: number, padTo: PadOptions["padTo"]): number {
  if (padTo === undefined) return longest;
  const sizes = (typeof padTo === "number" ? [padTo] : [...padTo]).sort((a, b) => a - b);
  const last = sizes.at(-1);
  if (last === undefined || sizes.some((size) => !Number.isInteger(size) || size < 1)) {
    const expected = "whole numbers above 0";
    const received = JSON.stringify(padTo);
    throw new DataError({ code: "option", field: "padTo", expected, received });
  }
  return sizes.find((size) => size >= longest) ?? last;
}
