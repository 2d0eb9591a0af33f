// From how many lines cover each pixel to how opaque it is: as lines over one another are, or by rank.
import type { Strip } from "./lines.ts";

/** How counts become opacities: `lines` as that many lines are together, `rank` equally many pixels at each shade. */
export type DensityScale = "lines" | "rank";

/** The opacity of a pixel that so many lines cover. */
export type Shade = (count: number) => number;

/**
 * Lines of one opacity over one another: n of them let (1 - a)^n through. A part of a line, as at its
 * edge, counts in proportion.
 */
export function shadeOfLines(opacity: number): Shade {
  const keep = Math.log(Math.max(1e-9, 1 - opacity));
  return (count) => (count < 1 ? opacity * count : 1 - Math.exp(keep * count));
}

/** Bins of a count by its logarithm, and the counts that they reach from and to. */
const bins = 2_048;
const [least, most] = [1e-3, 1e8];
const perBin = Math.log(most / least) / bins;

function binOf(count: number): number {
  return Math.max(0, Math.min(bins - 1, Math.floor(Math.log(count / least) / perBin)));
}

/** The palest shade that still shows. */
const palest = 0.06;

/** Shades by rank: a pixel is as opaque as the share of covered pixels that hold fewer lines. */
export function shadeByRank(strips: readonly Strip[]): Shade {
  const counts = new Float64Array(bins);
  let pixels = 0;
  for (const { pixels: sums } of strips) {
    for (let p = 3; p < sums.length; p += 4) {
      if (sums[p] <= least) continue;
      counts[binOf(sums[p])]++;
      pixels++;
    }
  }
  const ranks = new Float64Array(bins);
  let before = 0;
  for (const [bin, count] of counts.entries()) {
    ranks[bin] = palest + ((1 - palest) * (before + count / 2)) / Math.max(1, pixels);
    before += count;
  }
  return (count) => (count <= least ? 0 : ranks[binOf(count)]);
}

/** The greatest number of lines that cover a pixel. */
export function greatestCount(strips: readonly Strip[]): number {
  let greatest = 0;
  for (const { pixels } of strips) {
    for (let p = 3; p < pixels.length; p += 4) if (pixels[p] > greatest) greatest = pixels[p];
  }
  return greatest;
}

/** The strip as bytes that a canvas takes: the mean colour of a pixel's lines, as opaque as `shade` says. */
export function toBytes(
  { width, height, pixels }: Strip,
  shade: Shade,
): Uint8ClampedArray<ArrayBuffer> {
  const bytes = new Uint8ClampedArray(4 * width * height);
  // Neighbours often hold the same count, in a preview most of them.
  let [before, opacity] = [0, 0];
  for (let p = 0; p < bytes.length; p += 4) {
    const count = pixels[p + 3];
    if (count < 1e-6) continue;
    if (count !== before) {
      before = count;
      opacity = 255 * shade(count);
    }
    const scale = 255 / count;
    bytes[p] = pixels[p] * scale;
    bytes[p + 1] = pixels[p + 1] * scale;
    bytes[p + 2] = pixels[p + 2] * scale;
    bytes[p + 3] = opacity;
  }
  return bytes;
}

/** Counts worth a place in a legend: powers of ten up to the greatest, and that one. */
export function legendCounts(greatest: number): number[] {
  const counts: number[] = [];
  for (let power = 1; power < greatest / 2; power *= 10) counts.push(power);
  if (greatest >= 1) counts.push(Math.round(greatest));
  return counts.length > 6 ? counts.filter((_, i) => (counts.length - 1 - i) % 2 === 0) : counts;
}
