// JSON at the border: numbers as it can carry them, and how deep it may be nested.

/** JSON has no NaN and no infinity: such a value is sent as null, which a chart shows as a gap. */
export function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Deeper JSON is refused: code that walks it would run out of stack. */
export const maxDepth = 64;

/** Measures how deep JSON is nested, without parsing it, piece by piece. */
export class DepthMeter {
  #depth = 0;
  #deepest = 0;
  #inString = false;
  #escaped = false;

  /** Looks at the next bytes (ASCII decides, so pieces may divide a letter); the greatest depth so far. */
  add(bytes: Uint8Array): number {
    for (const byte of bytes) {
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === 0x5c) this.#escaped = true;
        else if (byte === 0x22) this.#inString = false;
      } else if (byte === 0x22) {
        this.#inString = true;
      } else if (byte === 0x5b || byte === 0x7b) {
        this.#depth++;
        if (this.#depth > this.#deepest) this.#deepest = this.#depth;
      } else if (byte === 0x5d || byte === 0x7d) {
        this.#depth--;
      }
    }
    return this.#deepest;
  }
}
