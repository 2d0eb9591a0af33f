/** @file The gradients of pools in terms of other ops: windows are spread over the pixels that they cover. */
import { type Shape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { cast } from "./cast.ts";
import { convGradInput } from "./conv.ts";
import { padSpatial } from "./conv-compose.ts";
import { full, tensor } from "./create.ts";
import { add, div, mul } from "./elementwise.ts";
import { equal } from "./logic.ts";
import type { AveragePoolGradParams, PoolParams } from "./pool.ts";
import { avgPool } from "./pool.ts";
import { upsampleNearest } from "./resize.ts";
import { slice } from "./slice.ts";

/** The elements `from` to `to` of each spatial axis. */
function sliceSpatial(x: Tensor, from: Shape, to: Shape): Tensor {
  return slice(x, [0, 0, ...from], [x.shape[0], x.shape[1], ...to]);
}

/**
 * With a stride below the kernel, a pixel lies in several windows of an axis: those that began
 * `phase` strides before it. For each phase, every pixel belongs to one window, so a window's value
 * is spread over its pixels by repeating it `stride` times.
 */
interface Phase {
  readonly at: readonly number[];
  /** Whether a pixel of a stride still lies in the window, per axis; null where all do. */
  readonly inside: readonly (readonly boolean[] | null)[];
}

function phasesOf({ kernel, strides }: PoolParams): Phase[] {
  let phases: Phase[] = [{ at: [], inside: [] }];
  for (const [i, k] of kernel.entries()) {
    const stride = strides[i];
    phases = phases.flatMap(({ at, inside }) =>
      Array.from({ length: Math.ceil(k / stride) }, (_, t) => {
        const left = k - t * stride;
        const within = Array.from({ length: stride }, (_, r) => r < left);
        return { at: [...at, t], inside: [...inside, left < stride ? within : null] };
      }),
    );
  }
  return phases;
}

/** 0 and 1 over all pixels, by which of them lie in the window of the phase; null where all do. */
function insideMask({ inside }: Phase, repeats: Shape, like: Tensor): Tensor | null {
  let mask: Tensor | null = null;
  for (const [i, within] of inside.entries()) {
    if (!within) continue;
    const values = Array.from({ length: repeats[i] }, () => within.map(Number)).flat();
    const shape = inside.map((_, k) => (k === i ? values.length : 1));
    const axis = cast(tensor(values, { shape }), like.dtype);
    mask = mask ? mul(mask, axis) : axis;
  }
  return mask;
}

/** dX of a maximum: dY at the elements that equal it, divided by their number. */
export function spreadMaxima(x: Tensor, y: Tensor, g: Tensor, params: PoolParams): Tensor {
  const { kernel, strides, low } = params;
  const counts = y.shape.slice(2);
  const sizes = x.shape.slice(2);
  const most = kernel.map((k, i) => Math.ceil(k / strides[i]) - 1);
  const repeats = counts.map((n, i) => n + most[i]);
  const covered = repeats.map((n, i) => n * strides[i]);
  // What lies outside the input equals no maximum.
  const padded = padSpatial(
    x,
    low,
    covered.map((c, i) => c - low[i] - sizes[i]),
    Number.NEGATIVE_INFINITY,
  );
  const spread = (v: Tensor, { at }: Phase): Tensor =>
    upsampleNearest(
      padSpatial(
        v,
        at,
        most.map((m, i) => m - at[i]),
      ),
      strides,
    );
  const phases = phasesOf(params).map((phase) => {
    const equals = cast(equal(padded, spread(y, phase)), x.dtype);
    const mask = insideMask(phase, repeats, x);
    return { phase, hits: mask ? mul(equals, mask) : equals };
  });
  const ties = phases
    .map(({ phase: { at }, hits }) =>
      sliceSpatial(
        strides.every((s) => s === 1) ? hits : avgPool(hits, { size: strides }),
        at,
        at.map((t, i) => t + counts[i]),
      ),
    )
    .reduce((a, b) => add(a, b));
  const share = div(g, mul(ties, sizeOf(strides)));
  const whole = phases
    .map(({ phase, hits }) => mul(hits, spread(share, phase)))
    .reduce((a, b) => add(a, b));
  return padSpatial(
    whole,
    low.map((l) => -l),
    covered.map((c, i) => low[i] + sizes[i] - c),
  );
}

/** dX of an average: dY times the window's weight, on every pixel of the window. */
export function spreadAverages(
  g: Tensor,
  params: AveragePoolGradParams,
  weights: readonly number[],
): Tensor {
  const { kernel, strides, low, high, dilations, sizes } = params;
  const counts = g.shape.slice(2);
  const same = weights.every((w) => w === weights[0]);
  const map = same
    ? full([], weights[0] ?? 0, g.dtype)
    : cast(tensor([...weights], { shape: counts }), g.dtype);
  const share = mul(g, map);
  const apart = kernel.every((k, i) => k === strides[i] && low[i] === 0);
  if (apart) {
    const covered = upsampleNearest(share, strides);
    return padSpatial(
      covered,
      low,
      sizes.map((s, i) => s - covered.shape[i + 2]),
    );
  }
  const channels = g.shape[1];
  const ones = full([channels, 1, ...kernel], 1, g.dtype);
  return convGradInput(share, ones, sizes, { strides, low, high, dilations, groups: channels });
}
