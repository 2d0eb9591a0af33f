// A set of rows as one bit each.

/** A set of the numbers 0 to `size` - 1. */
export class Bitset {
  readonly size: number;
  readonly words: Uint32Array;

  constructor(size: number, words = new Uint32Array((size + 31) >>> 5)) {
    this.size = size;
    this.words = words;
  }

  /** The set of all numbers below `size`. */
  static full(size: number): Bitset {
    const set = new Bitset(size);
    set.words.fill(0xffffffff);
    if (size & 31) set.words[size >>> 5] = 2 ** (size & 31) - 1;
    return set;
  }

  static from(size: number, rows: Iterable<number>): Bitset {
    const set = new Bitset(size);
    for (const row of rows) set.add(row);
    return set;
  }

  has(row: number): boolean {
    return (this.words[row >>> 5]! & (1 << (row & 31))) !== 0;
  }

  add(row: number): void {
    this.words[row >>> 5]! |= 1 << (row & 31);
  }

  delete(row: number): void {
    this.words[row >>> 5]! &= ~(1 << (row & 31));
  }

  /** How many rows are in the set. */
  count(): number {
    let total = 0;
    for (const word of this.words) {
      let bits = word - ((word >>> 1) & 0x55555555);
      bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
      total += Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
    }
    return total;
  }

  clone(): Bitset {
    return new Bitset(this.size, this.words.slice());
  }

  /** Rows of this set that are also in `other`. */
  and(other: Bitset): Bitset {
    const words = this.words.map((word, i) => word & other.words[i]!);
    return new Bitset(this.size, words);
  }

  /** Rows of this set that are not in `other`. */
  without(other: Bitset): Bitset {
    const words = this.words.map((word, i) => word & ~other.words[i]!);
    return new Bitset(this.size, words);
  }

  /** The rows in ascending order. */
  rows(): Uint32Array<ArrayBuffer> {
    const rows = new Uint32Array(this.count());
    let at = 0;
    for (let w = 0; w < this.words.length; w++) {
      for (let word = this.words[w]!; word !== 0; word &= word - 1) {
        rows[at++] = w * 32 + 31 - Math.clz32(word & -word);
      }
    }
    return rows;
  }
}
