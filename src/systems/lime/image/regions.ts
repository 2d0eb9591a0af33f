// The regions of a picture: given, or found by a segmenter on a copy of moderate size.
import { LimeError } from "../errors.ts";
import { type SegmentSpec, segmentBy } from "../segment/index.ts";
import { type ImageLike, isUnitScale } from "../segment/picture.ts";

/** The region of each pixel [height x width], numbered from 0. */
export interface RegionMap {
  readonly labels: Int32Array;
  readonly count: number;
}

/** Segmenters see at most this many pixels on the longer side: regions need no more. */
const longestSide = 512;

/** The regions that the caller gave or asks for. @throws LimeError where a given map does not fit. */
export function findSegments(
  image: ImageLike,
  segments: Int32Array | SegmentSpec = { method: "quickshift" },
): RegionMap {
  const [height, width] = image.shape;
  if (segments instanceof Int32Array) {
    if (segments.length !== height * width) {
      throw new LimeError("segments", {
        expected: `a label per pixel, ${height} x ${width} = ${height * width}`,
        received: `${segments.length}`,
      });
    }
    return withCount(inOrder(segments));
  }
  const by = Math.ceil(Math.max(height, width) / longestSide);
  if (by === 1 || segments.method === "grid") return withCount(segmentBy(image, segments));
  const small = reduce(image, by);
  const labels = segmentBy(small, segments);
  const across = small.shape[1];
  return withCount(
    Int32Array.from({ length: height * width }, (_, i) => {
      const row = Math.floor(Math.floor(i / width) / by);
      return labels[row * across + Math.floor((i % width) / by)]!;
    }),
  );
}

function withCount(labels: Int32Array): RegionMap {
  let count = 0;
  for (const label of labels) if (label >= count) count = label + 1;
  return { labels, count };
}

/** Given labels keep their order (region k is the k-th smallest label); gaps are closed. */
function inOrder(labels: Int32Array): Int32Array {
  const ranks = new Map([...new Set(labels)].sort((a, b) => a - b).map((label, i) => [label, i]));
  return labels.map((label) => ranks.get(label)!);
}

/** Each square of `by` x `by` pixels becomes one of their mean. */
function reduce(image: ImageLike, by: number): ImageLike {
  const [height, width, channels] = image.shape;
  const [rows, columns] = [Math.ceil(height / by), Math.ceil(width / by)];
  const sums = new Float64Array(rows * columns * channels);
  const counts = new Float64Array(rows * columns);
  const scale = isUnitScale(image) ? 1 : 255;
  for (let i = 0; i < height * width; i++) {
    const to = Math.floor(Math.floor(i / width) / by) * columns + Math.floor((i % width) / by);
    counts[to]!++;
    for (let c = 0; c < channels; c++) sums[to * channels + c]! += image.data[i * channels + c]!;
  }
  const data = sums.map((sum, i) => sum / (scale * counts[Math.floor(i / channels)]!));
  return { data, shape: [rows, columns, channels] };
}
