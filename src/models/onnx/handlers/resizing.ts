/** @file Resize in its many modes: along each axis, a weighted sum of the elements around a place. */
import { gather, matmul, type Tensor, tensor, where } from "../../../engine/index.ts";
import { normalizeAxis } from "../../../engine/shape.ts";
import type { HandlerTable, NodeCall } from "../call.ts";

/** Where output element `i` lies among the input's, for one axis. */
interface Placement {
  readonly from: number;
  readonly to: number;
  readonly scale: number;
  /** Start and end of the region to crop, as parts of the axis. */
  readonly region: readonly [number, number];
}

function placeOf(mode: string, i: number, { from, to, scale, region }: Placement): number {
  switch (mode) {
    case "asymmetric":
      return i / scale;
    case "align_corners":
      return to === 1 ? 0 : (i * (from - 1)) / (to - 1);
    case "pytorch_half_pixel":
      return to > 1 ? (i + 0.5) / scale - 0.5 : 0;
    case "tf_half_pixel_for_nn":
      return (i + 0.5) / scale;
    case "half_pixel_symmetric": {
      const adjustment = to / (scale * from);
      return (from / 2) * (1 - adjustment) + (i + 0.5) / scale - 0.5;
    }
    case "tf_crop_and_resize": {
      const [start, end] = region;
      return to > 1
        ? start * (from - 1) + (i * (end - start) * (from - 1)) / (to - 1)
        : 0.5 * (start + end) * (from - 1);
    }
    default:
      return (i + 0.5) / scale - 0.5;
  }
}

function nearestOf(mode: string, place: number): number {
  switch (mode) {
    case "floor":
      return Math.floor(place);
    case "ceil":
      return Math.ceil(place);
    case "round_prefer_ceil":
      return Math.floor(place + 0.5);
    default:
      return Math.ceil(place - 0.5);
  }
}

/** Keys' cubic convolution kernel (Keys 1981) at the four elements around a place. */
function cubicWeights(t: number, a: number): number[] {
  const near = (d: number): number => ((a + 2) * d - (a + 3)) * d * d + 1;
  const far = (d: number): number => ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  return [far(1 + t), near(t), near(1 - t), far(2 - t)];
}

/** Elements and weights that make one output element. */
function tapsOf(call: NodeCall, place: number, from: number): { at: number; weight: number }[] {
  const { attributes } = call;
  const first = Math.floor(place);
  const t = place - first;
  const cubic = attributes.string("mode", "nearest") === "cubic";
  const weights = cubic ? cubicWeights(t, attributes.float("cubic_coeff_a", -0.75)) : [1 - t, t];
  let taps = weights.map((weight, k) => ({ at: first + k - (cubic ? 1 : 0), weight }));
  if (attributes.int("exclude_outside", 0) !== 0) {
    taps = taps.filter(({ at }) => at >= 0 && at < from);
    const total = taps.reduce((sum, { weight }) => sum + weight, 0);
    taps = taps.map(({ at, weight }) => ({ at, weight: weight / total }));
  }
  return taps.map(({ at, weight }) => ({ at: Math.min(from - 1, Math.max(0, at)), weight }));
}

function resizeAxis(call: NodeCall, x: Tensor, axis: number, placement: Placement): Tensor {
  const { attributes } = call;
  const { from, to } = placement;
  const older = call.node.op === "Upsample" || call.version < 11;
  const otherwise = older ? "asymmetric" : "half_pixel";
  const coordinates = attributes.string("coordinate_transformation_mode", otherwise);
  const rounding = attributes.string("nearest_mode", older ? "floor" : "round_prefer_floor");
  const places = Array.from({ length: to }, (_, i) => placeOf(coordinates, i, placement));
  if (coordinates !== "tf_crop_and_resize") return interpolated(call, x, axis, places, rounding);
  const y = interpolated(call, x, axis, places, rounding);
  const inside = places.map((p) => p >= 0 && p <= from - 1);
  const shape = y.shape.map((d, i) => (i === axis ? d : 1));
  const kept = tensor(inside, { shape });
  return where(kept, y, attributes.float("extrapolation_value", 0));
}

function interpolated(
  call: NodeCall,
  x: Tensor,
  axis: number,
  places: readonly number[],
  rounding: string,
): Tensor {
  const { attributes } = call;
  const [from, to] = [x.shape[axis], places.length];
  if (attributes.string("mode", "nearest") === "nearest") {
    const at = places.map((p) => Math.min(from - 1, Math.max(0, nearestOf(rounding, p))));
    return gather(x, tensor(at, { dtype: "int32" }), axis);
  }
  const matrix = new Float32Array(to * from);
  for (const [i, place] of places.entries()) {
    for (const { at, weight } of tapsOf(call, place, from)) matrix[i * from + at] += weight;
  }
  const map = tensor(matrix, { shape: [to, from] }).cast(x.dtype);
  const perm = x.shape.map((_, i) => i);
  [perm[axis], perm[x.rank - 1]] = [perm[x.rank - 1], perm[axis]];
  return matmul(x.transpose(perm), map, { transposeB: true }).transpose(perm);
}

function resized(call: NodeCall): Tensor {
  const x = call.tensor(0);
  const { attributes } = call;
  if (attributes.int("antialias", 0) !== 0) throw call.fail("antialiasing is not known");
  const axes = (attributes.ints("axes") ?? x.shape.map((_, i) => i)).map((a) =>
    normalizeAxis("Resize", a, x.rank),
  );
  const { scales, sizes, region } = targets(call, x, axes);
  return axes.reduce((y, axis, i) => {
    const from = y.shape[axis];
    const size = sizes?.[i] ?? Math.floor(from * (scales?.[i] ?? 1));
    const to = call.count(size, "elements");
    const scale = scales?.[i] ?? to / from;
    const bounds = [region?.[i] ?? 0, region?.[i + axes.length] ?? 1] as const;
    if (to === from && scale === 1 && !region) return y;
    return resizeAxis(call, y, axis, { from, to, scale, region: bounds });
  }, x);
}

/** What the node resizes to: inputs moved as operator sets grew. */
function targets(
  call: NodeCall,
  x: Tensor,
  axes: readonly number[],
): { scales: number[] | null; sizes: number[] | null; region: number[] | null } {
  const { attributes } = call;
  const filled = (i: number, what: string): number[] | null => {
    if (!call.has(i) || call.value(i).size === 0) return null;
    return call.known(i, what);
  };
  if (call.version < 11 || call.node.op === "Upsample") {
    const scales = attributes.floats("scales") ?? filled(1, "scales");
    return { scales, sizes: null, region: null };
  }
  const cropped = attributes.string("coordinate_transformation_mode", "") === "tf_crop_and_resize";
  const scales = filled(2, "scales");
  const sizes = scales ? null : filled(3, "sizes");
  const policy = attributes.string("keep_aspect_ratio_policy", "stretch");
  const region = cropped ? filled(1, "region") : null;
  if (!sizes || policy === "stretch") return { scales, sizes, region };
  const ratios = sizes.map((size, i) => size / x.shape[axes[i]]);
  const ratio = policy === "not_larger" ? Math.min(...ratios) : Math.max(...ratios);
  const kept = sizes.map((_, i) => Math.round(ratio * x.shape[axes[i]]));
  return { scales: sizes.map(() => ratio), sizes: kept, region };
}

export const resizing: HandlerTable = { Resize: resized, Upsample: resized };
