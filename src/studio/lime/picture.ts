// Pictures of a run as pixels: their regions, what hidden ones show, and the overlay of the weights.
import { type Explanation, strongest } from "./data.ts";

/** A picture with its regions, as bytes of the channels that the model reads. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** [height x width x channels]. */
  readonly bytes: Uint8Array;
  /** The region of each pixel. */
  readonly regions: Int32Array;
  /** What a region shows when it is hidden, [regions x channels]. */
  readonly hiddenColours: Float64Array;
}

/** Reads the picture's pixels (RGBA); hidden regions show `hideColor`, or their mean colour. */
export function readPicture(
  { width, height, data }: Pick<ImageData, "width" | "height" | "data">,
  regions: Int32Array,
  channels: 1 | 3,
  hideColor?: readonly number[],
): Picture {
  const bytes = new Uint8Array(width * height * channels);
  const count = regions.reduce((most, region) => Math.max(most, region), 0) + 1;
  const colours = new Float64Array(count * channels);
  const sizes = new Float64Array(count);
  for (let i = 0; i < regions.length; i++) {
    sizes[regions[i]]++;
    for (let c = 0; c < channels; c++) {
      bytes[i * channels + c] = data[4 * i + c];
      colours[regions[i] * channels + c] += data[4 * i + c];
    }
  }
  const hiddenColours = colours.map((sum, i) => {
    const c = i % channels;
    // Bytes are cut to whole numbers, as the explainer does.
    return (
      hideColor?.[hideColor.length === 1 ? 0 : c] ?? Math.floor(sum / sizes[(i - c) / channels])
    );
  });
  return { width, height, channels, bytes, regions, hiddenColours };
}

/** The bytes with regions hidden. */
export function hideRegions(picture: Picture, hidden: ReadonlySet<number>): Uint8Array {
  const { bytes, channels, regions, hiddenColours } = picture;
  const changed = bytes.slice();
  regions.forEach((region, i) => {
    if (!hidden.has(region)) return;
    for (let c = 0; c < channels; c++) {
      changed[i * channels + c] = hiddenColours[region * channels + c];
    }
  });
  return changed;
}

/** Bytes in base 64, in parts that a call's arguments hold. */
export function toBase64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let from = 0; from < bytes.length; from += 8192) {
    parts.push(String.fromCharCode(...bytes.subarray(from, from + 8192)));
  }
  return btoa(parts.join(""));
}

const tints = { for: [11, 126, 166], against: [212, 113, 26] } as const;

/** Draws the picture, hidden regions hidden, the others tinted where they weigh `threshold` of the most. */
export function drawPicture(
  context: CanvasRenderingContext2D,
  picture: Picture,
  explanation: Explanation,
  threshold: number,
  hidden: ReadonlySet<number>,
): void {
  const { width, height, channels, regions } = picture;
  const bytes = hideRegions(picture, hidden);
  const pixels = context.createImageData(width, height);
  const most = strongest(explanation);
  const shares = new Map(
    explanation.weights.map(({ feature, weight }) => [feature, weight / most]),
  );
  const mark = (i: number) => {
    const share = shares.get(regions[i]) ?? 0;
    return Math.abs(share) >= threshold && share !== 0 && !hidden.has(regions[i]) ? share : 0;
  };
  for (let i = 0; i < regions.length; i++) {
    const share = mark(i);
    const next = i % width < width - 1 ? mark(i + 1) : share;
    const below = i + width < regions.length ? mark(i + width) : share;
    const edge = next === 0 || below === 0;
    const strength = share === 0 ? 0 : edge ? 1 : 0.15 + 0.45 * Math.abs(share);
    const tint = share > 0 ? tints.for : tints.against;
    for (let c = 0; c < 3; c++) {
      const own = bytes[i * channels + (channels === 3 ? c : 0)];
      pixels.data[4 * i + c] = own * (1 - strength) + tint[c] * strength;
    }
    pixels.data[4 * i + 3] = 255;
  }
  context.putImageData(pixels, 0, 0);
}
