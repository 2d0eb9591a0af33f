// A picture with the regions that matter marked on it, as the reference's masks and as PNG.
import type { Explanation } from "../api.ts";
import type { ImageExplanation } from "../image.ts";
import { type ImageLike, isUnitScale } from "../segment/picture.ts";
import { colourOf } from "./colours.ts";

/** Which regions to mark. */
export interface OverlayOptions {
  /** Default `both`. */
  readonly sign?: "positive" | "negative" | "both";
  /** Regions marked at most, by |weight|. Default 5. */
  readonly features?: number;
  /** Regions of a smaller |weight| are left out. Default 0. */
  readonly minWeight?: number;
  /** Show nothing of the other regions. Default false. */
  readonly hideRest?: boolean;
}

/** Per pixel 1 (for the class), -1 (against it) or 0. */
export function imageMask(
  { segments }: Pick<ImageExplanation, "segments">,
  { weights }: Explanation,
  { sign = "both", features = 5, minWeight = 0 }: OverlayOptions = {},
): Int8Array {
  const marks = new Map<number, number>();
  const wanted = weights.filter(({ weight }) => {
    if (Math.abs(weight) < minWeight || weight === 0) return false;
    return sign === "both" || (sign === "positive" ? weight > 0 : weight < 0);
  });
  for (const { feature, weight } of wanted.slice(0, features))
    marks.set(feature, Math.sign(weight));
  return Int8Array.from(segments, (region) => marks.get(region) ?? 0);
}

/** The picture in colour with marked regions tinted and outlined; the rest as it is, or grey. */
export function overlay(
  explained: Pick<ImageExplanation, "segments" | "image">,
  explanation: Explanation,
  options: OverlayOptions = {},
): ImageLike {
  const { image, segments } = explained;
  const [height, width, channels] = image.shape;
  const mask = imageMask(explained, explanation, options);
  const scale = isUnitScale(image) ? 255 : 1;
  const data = new Uint8Array(height * width * 3);
  for (let i = 0; i < height * width; i++) {
    const mark = mask[i]!;
    const edge =
      (i % width < width - 1 && segments[i] !== segments[i + 1] && mask[i + 1] !== mark) ||
      (i + width < mask.length && segments[i] !== segments[i + width] && mask[i + width] !== mark);
    const tint = colourOf(mark);
    const strength = edge ? 1 : mark === 0 ? 0 : 0.35;
    for (let c = 0; c < 3; c++) {
      const own = image.data[i * channels + (channels === 3 ? c : 0)]! * scale;
      const base = options.hideRest === true && mark === 0 ? 128 : own;
      data[i * 3 + c] = edge && mark === 0 ? 255 : base * (1 - strength) + tint[c]! * strength;
    }
  }
  return { data, shape: [height, width, 3] };
}

/** A picture as PNG; small ones are enlarged to at least `least` pixels on the longer side. */
export async function encodePng(image: ImageLike, least = 0): Promise<Uint8Array> {
  const { default: sharp } = await import("sharp");
  const [height, width, channels] = image.shape;
  const bytes = isUnitScale(image)
    ? Uint8Array.from(image.data, (value) => 255 * value)
    : Uint8Array.from(image.data);
  const factor = Math.max(1, Math.ceil(least / Math.max(height, width)));
  const picture = sharp(bytes, { raw: { width, height, channels: channels === 1 ? 1 : 3 } });
  const scaled =
    factor > 1
      ? picture.resize(width * factor, height * factor, { kernel: "nearest", fit: "fill" })
      : picture;
  return new Uint8Array(await scaled.png().toBuffer());
}
