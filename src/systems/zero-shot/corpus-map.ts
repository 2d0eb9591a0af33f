// The map of a corpus: texts as points, labels as flags, before and after the projection.
import type { Projection } from "./api.ts";
import { mapThrough } from "./projection.ts";
import { tsne } from "./tsne.ts";
import { meanVector, products, unitRows, type Vectors } from "./vectors.ts";
import type { MapsView, MapView } from "./wire.ts";

/** Options of `drawMaps`. */
export interface MapOptions {
  readonly projection?: Projection | undefined;
  readonly iterations?: number;
  /** Hears of the maps as they form, at most every `everyMs`. */
  readonly onMaps?: (maps: MapsView) => Promise<unknown>;
  readonly everyMs?: number;
  readonly onProgress?: (progress: { phase: string; done: number; total: number }) => void;
  readonly signal?: AbortSignal;
}

const SIDE = 10_000;
/** A flag stands in the middle of so many texts nearest to its label. */
const FLAG_TEXTS = 10;

/**
 * Maps of unit vectors by t-SNE: of the sentence vectors, and with a projection also of x Z. The second
 * begins where the first ended, so that a text is found again.
 */
export async function drawMaps(
  texts: Vectors,
  labels: Vectors,
  options: MapOptions = {},
): Promise<MapsView> {
  const { projection, iterations = 500, onMaps, onProgress, everyMs = 700, signal } = options;
  const spaces = [
    { kind: "plain" as const, texts, labels },
    ...(projection
      ? [
          {
            kind: "projected" as const,
            texts: mapThrough(texts, projection),
            labels: mapThrough(labels, projection),
          },
        ]
      : []),
  ];
  const total = spaces.length * iterations;
  const finished: MapView[] = [];
  let [last, start] = [0, undefined as Float64Array | undefined];
  for (const space of spaces) {
    const centred = unitRows(space.texts, meanVector(space.texts));
    // One label has nothing to be compared with: it is taken as it is.
    const alone = space.labels.count === 1;
    const named = alone ? space.labels : unitRows(space.labels, meanVector(space.labels));
    const nearest = await flagTexts(centred, named);
    const before = finished.length * iterations;
    const positions = await tsne(centred, {
      iterations,
      ...(start && { start }),
      ...(signal && { signal }),
      onStep: async (now, step) => {
        onProgress?.({ phase: "map", done: before + step, total });
        if (performance.now() - last < everyMs) return;
        const maps = [...finished, viewOf(space.kind, now, nearest)];
        await onMaps?.({ done: before + step, total, maps });
        last = performance.now();
      },
    });
    finished.push(viewOf(space.kind, positions, nearest));
    start = positions;
  }
  return { done: total, total, maps: finished };
}

/** The texts nearest to each label. */
async function flagTexts(texts: Vectors, labels: Vectors): Promise<number[][]> {
  const cosines = await products(labels, texts);
  return Array.from({ length: labels.count }, (_, label) => {
    const own = cosines.subarray(label * texts.count, (label + 1) * texts.count);
    return [...own.keys()].sort((a, b) => own[b]! - own[a]!).slice(0, FLAG_TEXTS);
  });
}

function viewOf(
  kind: MapView["kind"],
  positions: Float64Array,
  nearest: readonly (readonly number[])[],
): MapView {
  const axis = (a: 0 | 1) =>
    Array.from({ length: positions.length / 2 }, (_, i) => positions[2 * i + a]!);
  const [xs, ys] = [axis(0), axis(1)];
  // One scale for both axes: distances are what a map is for.
  const [left, right] = rangeOf(xs);
  const [top, bottom] = rangeOf(ys);
  const scale = SIDE / Math.max(right - left, bottom - top, 1e-12);
  const placed = (values: readonly number[], low: number, high: number) =>
    values.map((value) => Math.round(SIDE / 2 + (value - (low + high) / 2) * scale));
  const [x, y] = [placed(xs, left, right), placed(ys, top, bottom)];
  // The median: one far neighbour does not draw a flag away from the others.
  const flags = nearest.map(
    (rows) => [median(rows.map((row) => x[row]!)), median(rows.map((row) => y[row]!))] as const,
  );
  return { kind, x, y, flags };
}

function rangeOf(values: readonly number[]): [number, number] {
  return values.reduce(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity],
  );
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? SIDE / 2;
}
