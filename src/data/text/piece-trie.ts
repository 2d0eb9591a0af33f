/** @file The pieces of a unigram vocabulary as a trie over code points: all pieces at a place in one walk. */

/** No piece ends at this node. */
const NONE = -1;
/** Code points need 21 bits; a node's number stands above them. */
const NODE_UNIT = 2 ** 21;

/** Finds the pieces that begin at a place of a text. */
export class PieceTrie {
  readonly #children = new Map<number, number>();
  /** The piece that ends at each node. */
  readonly #pieces: number[] = [NONE];

  /** Adds a piece with its number; a piece that is there already gets the new number. */
  add(piece: string, id: number): void {
    let node = 0;
    for (const character of piece) {
      const key = node * NODE_UNIT + character.codePointAt(0)!;
      let child = this.#children.get(key);
      if (child === undefined) {
        child = this.#pieces.push(NONE) - 1;
        this.#children.set(key, child);
      }
      node = child;
    }
    this.#pieces[node] = id;
  }

  /**
   * Calls `found` with each piece that begins at `start`, shortest first, and the place after it.
   * @returns whether there was any
   */
  walk(
    points: ArrayLike<number>,
    start: number,
    found: (id: number, end: number) => void,
  ): boolean {
    let node = 0;
    let any = false;
    for (let at = start; at < points.length; at++) {
      const child = this.#children.get(node * NODE_UNIT + points[at]!);
      if (child === undefined) break;
      node = child;
      const id = this.#pieces[node]!;
      if (id === NONE) continue;
      any = true;
      found(id, at + 1);
    }
    return any;
  }
}

/** The code points of a text. */
export function codePoints(text: string): Int32Array {
  const points = new Int32Array(text.length);
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    const point = text.codePointAt(at)!;
    if (point > 0xffff) at++;
    points[length++] = point;
  }
  return points.subarray(0, length);
}
