// Finds rows by their ids: a million texts hashed from their bytes, none of them made a string.
import type { PackedTexts } from "./columns.ts";
import { hashPrime, hashStart } from "./text-column.ts";

/** The row of each id. */
export class IdIndex {
  readonly #ids: PackedTexts;
  readonly #slots: Uint32Array;
  /** The first row whose id an earlier row has; -1 where all differ. */
  readonly double: number;

  constructor(ids: PackedTexts) {
    this.#ids = ids;
    this.#slots = new Uint32Array(2 ** Math.ceil(Math.log2(2 * ids.length + 2)));
    let double = -1;
    for (let row = 0; row < ids.length && double < 0; row++) {
      const { bytes, offsets } = ids;
      const slot = this.#slotOf(bytes, offsets[row]!, offsets[row + 1]!);
      if (this.#slots[slot] === 0) this.#slots[slot] = row + 1;
      else double = row;
    }
    this.double = double;
  }

  /**
   * The row of each row's parent, -1 where its text is empty; `lost` are the rows whose parent is no row.
   */
  parentsOf(texts: PackedTexts): { parents: Int32Array; lost: number[] } {
    const parents = new Int32Array(texts.length).fill(-1);
    const lost: number[] = [];
    const { bytes, offsets } = texts;
    for (let row = 0; row < texts.length; row++) {
      const from = offsets[row]!;
      const to = offsets[row + 1]!;
      if (from === to) continue;
      // Mostly it is the row before.
      const found = row > 0 && this.#equals(row - 1, bytes, from, to) ? row - 1 : -1;
      parents[row] = found >= 0 ? found : this.#slots[this.#slotOf(bytes, from, to)]! - 1;
      if (parents[row]! < 0) lost.push(row);
    }
    return { parents, lost };
  }

  /** The slot that holds the text, or the free one where it would go. */
  #slotOf(source: Uint8Array, from: number, to: number): number {
    let hash = hashStart;
    for (let i = from; i < to; i++) hash = Math.imul(hash ^ source[i]!, hashPrime);
    const mask = this.#slots.length - 1;
    let slot = (hash ^ (hash >>> 15)) & mask;
    while (this.#slots[slot] !== 0 && !this.#equals(this.#slots[slot]! - 1, source, from, to)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #equals(row: number, source: Uint8Array, from: number, to: number): boolean {
    const { bytes, offsets } = this.#ids;
    let at = offsets[row]!;
    if (offsets[row + 1]! - at !== to - from) return false;
    for (let i = from; i < to; i++, at++) if (source[i] !== bytes[at]) return false;
    return true;
  }
}
