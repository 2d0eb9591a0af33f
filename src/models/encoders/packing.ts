/** @file Puts several texts into one row of tokens, so that no product is spent on padding. */

/** Rows of equal width: which texts each holds, in order. */
export type PackedRow = readonly number[];

/**
 * Best fit, longest first: each text goes to the fullest row that still has room for it.
 * @param lengths tokens of each text, at most `width`; texts without tokens are left out
 * @param width tokens in a row
 * @param texts the most texts in a row
 */
export function packRows(lengths: ArrayLike<number>, width: number, texts: number): PackedRow[] {
  const rows: number[][] = [];
  // Rows by the room that they have left.
  const open: number[][] = Array.from({ length: width + 1 }, () => []);
  for (const text of longestFirst(lengths)) {
    const length = lengths[text]!;
    let room = length;
    while (room < width && open[room]!.length === 0) room++;
    const found = open[room]!.pop() ?? rows.push([]) - 1;
    const row = rows[found]!;
    row.push(text);
    if (row.length < texts) open[room - length]!.push(found);
  }
  return rows;
}

function longestFirst(lengths: ArrayLike<number>): number[] {
  const texts = Array.from(lengths, (_, i) => i).filter((i) => lengths[i]! > 0);
  return texts.sort((a, b) => lengths[b]! - lengths[a]! || a - b);
}
