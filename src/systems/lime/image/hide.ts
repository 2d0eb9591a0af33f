// Pictures with some regions hidden, built by copying whole runs of pixels.
import type { ImageLike } from "../segment/picture.ts";
import type { RegionMap } from "./regions.ts";

/**
 * `show` makes of a mask (1: shown) the picture with the other regions in `hideColor`, or each in its
 * own mean colour; `unchanged` regions look the same either way. Means of bytes are cut to whole
 * numbers, as the reference does.
 */
export function hider(
  image: ImageLike,
  { labels, count }: RegionMap,
  hideColor?: readonly number[],
): { readonly show: (mask: Uint8Array) => ImageLike; readonly unchanged: number } {
  const channels = image.shape[2];
  const hidden = hiddenPicture(image, labels, count, hideColor);
  const runs = runsOf(labels, channels);
  const show = (mask: Uint8Array): ImageLike => {
    const data = image.data.slice();
    // Neighbouring runs that are both hidden are copied as one.
    for (let i = 0; i < runs.region.length; ) {
      if (mask[runs.region[i]!] === 1) {
        i++;
        continue;
      }
      const from = runs.start[i]!;
      while (i < runs.region.length && mask[runs.region[i]!] === 0) i++;
      data.set(hidden.subarray(from, runs.start[i]!), from);
    }
    return { data, shape: image.shape };
  };
  return { show, unchanged: count - changedRegions(image.data, hidden, labels, channels) };
}

/** Regions that look another way when they are hidden. */
function changedRegions(
  shown: ImageLike["data"],
  hidden: ImageLike["data"],
  labels: Int32Array,
  channels: number,
): number {
  const changed = new Set<number>();
  for (let i = 0; i < shown.length; i++) {
    if (shown[i] !== hidden[i]) changed.add(labels[Math.floor(i / channels)]!);
  }
  return changed.size;
}

function hiddenPicture(
  { data, shape }: ImageLike,
  labels: Int32Array,
  count: number,
  hideColor?: readonly number[],
): ImageLike["data"] {
  const channels = shape[2];
  const colours = new Float64Array(count * channels);
  if (hideColor === undefined) {
    const sizes = new Float64Array(count);
    labels.forEach((region, i) => {
      sizes[region]!++;
      for (let c = 0; c < channels; c++) colours[region * channels + c]! += data[i * channels + c]!;
    });
    for (let i = 0; i < colours.length; i++) colours[i]! /= sizes[Math.floor(i / channels)]!;
    if (data instanceof Uint8ClampedArray) colours.set(colours.map(Math.floor));
  } else {
    for (let region = 0; region < count; region++) colours.set(hideColor, region * channels);
  }
  const hidden = data.slice();
  labels.forEach((region, i) => {
    for (let c = 0; c < channels; c++) hidden[i * channels + c] = colours[region * channels + c]!;
  });
  return hidden;
}

/** Runs of pixels of one region, in reading order, as offsets into the data; one offset more at the end. */
function runsOf(labels: Int32Array, channels: number): { start: Int32Array; region: Int32Array } {
  const starts: number[] = [];
  for (let i = 0; i < labels.length; i++)
    if (i === 0 || labels[i] !== labels[i - 1]) starts.push(i);
  return {
    start: Int32Array.from([...starts, labels.length], (at) => at * channels),
    region: Int32Array.from(starts, (at) => labels[at]!),
  };
}
