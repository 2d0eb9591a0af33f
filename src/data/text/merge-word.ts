/** @file Applies merges to one word: the earliest learnt first, leftmost first among equals. */

/** Rank and result of merges, by pair of token ids. */
export class MergeTable {
  readonly #merges = new Map<number, { readonly rank: number; readonly id: number }>();

  set(left: number, right: number, rank: number, id: number): void {
    const key = left * 2 ** 24 + right;
    if (!this.#merges.has(key)) this.#merges.set(key, { rank, id });
  }

  get(left: number, right: number): { readonly rank: number; readonly id: number } | undefined {
    return this.#merges.get(left * 2 ** 24 + right);
  }
}

/** Words up to this many symbols are scanned anew for each merge; for longer ones a queue pays. */
const shortWord = 64;

/** Merges the symbols of a word until no merge applies. */
export function mergeWord(symbols: Int32Array, table: MergeTable): Int32Array {
  return symbols.length <= shortWord ? mergeShort(symbols, table) : mergeLong(symbols, table);
}

function mergeShort(word: Int32Array, table: MergeTable): Int32Array {
  const symbols = word.slice();
  let length = symbols.length;
  const ranks = new Float64Array(Math.max(0, length - 1));
  const rankAt = (i: number) => table.get(symbols[i]!, symbols[i + 1]!)?.rank ?? Infinity;
  for (let i = 0; i + 1 < length; i++) ranks[i] = rankAt(i);
  while (length > 1) {
    let best = 0;
    for (let i = 1; i + 1 < length; i++) if (ranks[i]! < ranks[best]!) best = i;
    if (ranks[best] === Infinity) break;
    symbols[best] = table.get(symbols[best]!, symbols[best + 1]!)!.id;
    symbols.copyWithin(best + 1, best + 2, length);
    ranks.copyWithin(best, best + 1, length - 1);
    length--;
    if (best > 0) ranks[best - 1] = rankAt(best - 1);
    if (best + 1 < length) ranks[best] = rankAt(best);
  }
  return symbols.slice(0, length);
}

/** The same in O(n log n): a linked list of symbols and a heap of ranks with positions. */
function mergeLong(word: Int32Array, table: MergeTable): Int32Array {
  const symbols = word.slice();
  const count = symbols.length;
  const next = Int32Array.from({ length: count }, (_, i) => i + 1);
  const previous = Int32Array.from({ length: count }, (_, i) => i - 1);
  const heap = new NumberHeap();
  const offer = (at: number) => {
    const right = next[at]!;
    const rank = right < count ? table.get(symbols[at]!, symbols[right]!)?.rank : undefined;
    // One number orders by rank, then by place; both are recovered exactly below 2^53.
    if (rank !== undefined) heap.push(rank * count + at);
  };
  for (let i = 0; i < count; i++) offer(i);
  for (let top = heap.pop(); top !== undefined; top = heap.pop()) {
    const at = top % count;
    const right = next[at]!;
    if (symbols[at] === -1 || right >= count) continue;
    const merge = table.get(symbols[at]!, symbols[right]!);
    if (merge === undefined || merge.rank !== Math.floor(top / count)) continue;
    symbols[at] = merge.id;
    symbols[right] = -1;
    const after = next[right]!;
    next[at] = after;
    if (after < count) previous[after] = at;
    offer(at);
    if (previous[at]! >= 0) offer(previous[at]!);
  }
  return symbols.filter((symbol) => symbol !== -1);
}

class NumberHeap {
  readonly #values: number[] = [];

  push(value: number): void {
    const values = this.#values;
    let at = values.length;
    values.push(value);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (values[parent]! <= value) break;
      values[at] = values[parent]!;
      at = parent;
    }
    values[at] = value;
  }

  pop(): number | undefined {
    const values = this.#values;
    const top = values[0];
    const last = values.pop();
    if (top === undefined || last === undefined || values.length === 0) return top;
    let at = 0;
    while (true) {
      let child = 2 * at + 1;
      if (child >= values.length) break;
      if (child + 1 < values.length && values[child + 1]! < values[child]!) child++;
      if (values[child]! >= last) break;
      values[at] = values[child]!;
      at = child;
    }
    values[at] = last;
    return top;
  }
}
