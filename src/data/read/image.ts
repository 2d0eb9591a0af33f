/** @file PNG, JPEG and other pictures, decoded by sharp into pixels or into floats ready for a network. */
import type { Sharp } from "sharp";
import { DataError } from "../errors.ts";
import { checkFile } from "./source.ts";

/** Pixels as they come: rows of interleaved channels, 0 to 255. */
export interface PixelImage {
  readonly data: Uint8Array;
  /** [height, width, channels] */
  readonly shape: readonly [number, number, number];
}

/** One plane per channel, as convolutions take it. */
export interface PlanarImage {
  readonly data: Float32Array;
  /** [channels, height, width] */
  readonly shape: readonly [number, number, number];
}

/** Options of `readImage` and `readImagePlanes`. */
export interface ImageOptions {
  /** 1 grey, 3 colour (transparency over white), 4 colour with transparency. Default 3. */
  readonly channels?: 1 | 3 | 4;
  /** Height and width to scale to. */
  readonly size?: readonly [number, number];
  /** How the picture meets a size of another shape. Default `cover`: fill it and cut what overlaps. */
  readonly fit?: "cover" | "contain" | "fill";
}

/** Options of `readImagePlanes`: values become (x / 255 - mean) / std, per channel. */
export interface PlaneOptions extends ImageOptions {
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
}

/**
 * Decodes a picture (a path or its bytes; PNG, JPEG, WebP, GIF, TIFF, AVIF, SVG) to bytes in rows of
 * interleaved channels, turned upright. Throws a `DataError` where it is damaged or no picture.
 */
export async function readImage(
  source: string | Uint8Array,
  { channels = 3, size, fit = "cover" }: ImageOptions = {},
): Promise<PixelImage> {
  if (typeof source === "string") await checkFile(source);
  // Loaded on first use: a native library has no place in the start-up of programs without pictures.
  const { default: sharp } = await import("sharp");
  try {
    let image = sharp(source, { failOn: "truncated" }).autoOrient();
    if (size !== undefined) image = image.resize(size[1], size[0], { fit });
    const { data, info } = await toChannels(image, channels)
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    const pixels = new Uint8Array(data.buffer, data.byteOffset, data.length);
    return { data: pixels, shape: [info.height, info.width, info.channels] };
  } catch (cause) {
    const about = typeof source === "string" ? { path: source } : {};
    const expected = "a whole picture (PNG, JPEG, WebP, GIF, TIFF, AVIF or SVG)";
    const received = (cause as Error).message.split("\n")[0]!;
    throw new DataError({ code: "malformed", ...about, expected, received }, { cause });
  }
}

/** Decodes a picture to planes of floats in [0, 1], or standardised where `mean` and `std` are given. */
export async function readImagePlanes(
  source: string | Uint8Array,
  options: PlaneOptions = {},
): Promise<PlanarImage> {
  return toPlanes(await readImage(source, options), options);
}

/** Turns [height, width, channels] bytes into [channels, height, width] floats. */
export function toPlanes(
  image: PixelImage,
  { mean, std }: { readonly mean?: readonly number[]; readonly std?: readonly number[] } = {},
): PlanarImage {
  const [height, width, channels] = image.shape;
  for (const [field, values] of Object.entries({ mean, std })) {
    if (values === undefined || values.length === channels) continue;
    const expected = `${channels} values, one per channel`;
    throw new DataError({ code: "option", field, expected, received: `${values.length}` });
  }
  const area = height * width;
  const data = new Float32Array(channels * area);
  for (let c = 0; c < channels; c++) {
    const scale = 1 / (255 * (std?.[c] ?? 1));
    const shift = -(mean?.[c] ?? 0) / (std?.[c] ?? 1);
    for (let i = 0; i < area; i++)
      data[c * area + i] = image.data[i * channels + c]! * scale + shift;
  }
  return { data, shape: [channels, height, width] };
}

function toChannels(image: Sharp, channels: 1 | 3 | 4): Sharp {
  if (channels === 4) return image.toColourspace("srgb").ensureAlpha();
  const opaque = image.flatten({ background: "#ffffff" });
  return channels === 1 ? opaque.toColourspace("b-w") : opaque.toColourspace("srgb");
}
