// Reads a part of the MNIST files (IDX format) that stand beside the page.

import * as dd from "../../src/engine/index.ts";

const SIDE = 28;
const PIXELS = SIDE * SIDE;
/** Bytes before the first picture and the first label. */
const IMAGES_HEADER = 16;
const LABELS_HEADER = 8;

/** Pictures and the digits that they show. */
export interface Digits {
  readonly count: number;
  /**
   * `count` pictures from `start`, float32 [count, 784] from 0 to 1 and moved by whole pixels to the
   * right and down, and labels int32 [count].
   */
  batch(
    start: number,
    count: number,
    right?: number,
    down?: number,
  ): { pixels: dd.Tensor; labels: dd.Tensor };
}

async function readBytes(file: string, from: number, count: number): Promise<Uint8Array> {
  const headers = { Range: `bytes=${from}-${from + count - 1}` };
  const response = await fetch(file, { headers });
  if (!response.ok) throw new Error(`${file}: ${response.status} ${response.statusText}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  return response.status === 206 ? bytes : bytes.subarray(from, from + count);
}

/** `count` pictures of a part, "train" or "t10k", from picture `first`. */
export async function readDigits(part: string, first: number, count: number): Promise<Digits> {
  const [images, labels] = await Promise.all([
    readBytes(`${part}-images-idx3-ubyte`, IMAGES_HEADER + first * PIXELS, count * PIXELS),
    readBytes(`${part}-labels-idx1-ubyte`, LABELS_HEADER + first, count),
  ]);
  return {
    count,
    batch(start, size, right = 0, down = 0) {
      const floats = new Float32Array(size * PIXELS);
      const from = images.subarray(start * PIXELS, (start + size) * PIXELS);
      for (const [i, grey] of from.entries()) {
        const [x, y] = [(i % SIDE) + right, (Math.floor(i / SIDE) % SIDE) + down];
        if (x >= 0 && x < SIDE && y >= 0 && y < SIDE) floats[i + down * SIDE + right] = grey / 255;
      }
      return {
        pixels: dd.tensor(floats, { shape: [size, PIXELS] }),
        labels: dd.tensor(Int32Array.from(labels.subarray(start, start + size))),
      };
    },
  };
}
