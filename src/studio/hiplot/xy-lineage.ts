// Whom a row comes from and who comes from it, as pairs to be joined by a line.
import type { Frame } from "../../systems/hiplot/core/frame.ts";

/** Which relatives of a row are marked. */
export type Relatives = "parents" | "children";

/** Pairs of rows, each the parent first, along a row's lineage. */
export class Lineage {
  readonly #frame: Frame;
  #children: Map<number, number[]> | null = null;

  constructor(frame: Frame) {
    this.#frame = frame;
  }

  of(row: number, relatives: Relatives): [number, number][] {
    return relatives === "parents" ? this.#ancestors(row) : this.#descendants(row);
  }

  #ancestors(row: number): [number, number][] {
    const chain: [number, number][] = [];
    let at = row;
    for (const parent of this.#frame.ancestorsOf(row)) {
      chain.push([parent, at]);
      at = parent;
    }
    return chain;
  }

  #descendants(row: number): [number, number][] {
    this.#children ??= childrenOf(this.#frame);
    const chain: [number, number][] = [];
    const open = [row];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      for (const child of this.#children.get(at) ?? []) {
        chain.push([at, child]);
        open.push(child);
      }
    }
    return chain;
  }
}

function childrenOf(frame: Frame): Map<number, number[]> {
  const children = new Map<number, number[]>();
  for (let row = 0; row < frame.rows; row++) {
    const parent = frame.parentOf(row);
    if (parent < 0) continue;
    const known = children.get(parent);
    if (known) known.push(row);
    else children.set(parent, [row]);
  }
  return children;
}
