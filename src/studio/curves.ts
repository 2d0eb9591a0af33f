// Curves in the browser: what came by request, what comes live, and how they are put into charts.
import type { MetricPoint, MetricSeries } from "./api.ts";

/** One curve that may still grow. */
export interface Curve {
  readonly name: string;
  readonly steps: number[];
  readonly values: (number | null)[];
}

/** All curves of a run by name. */
export type Curves = ReadonlyMap<string, Curve>;

/** Curves from an answer of the server. */
export function toCurves(series: readonly MetricSeries[]): Curves {
  return new Map(
    series.map(({ name, steps, values }) => [
      name,
      { name, steps: [...steps], values: [...values] },
    ]),
  );
}

/** Curves with further points; curves without any stay the same objects. */
export function addPoints(curves: Curves, points: readonly MetricPoint[]): Curves {
  const next = new Map(curves);
  for (const [name, added] of Map.groupBy(points, (point) => point.name)) {
    const old = next.get(name);
    next.set(name, {
      name,
      steps: [...(old?.steps ?? []), ...added.map((point) => point.step)],
      values: [...(old?.values ?? []), ...added.map((point) => point.value)],
    });
  }
  return next;
}

/** One chart: a measure, and its curves by part ("train", "valid"). */
export interface Chart {
  readonly measure: string;
  readonly lines: readonly { readonly part: string; readonly curve: Curve }[];
}

const firstMeasures = ["loss", "accuracy"];

/** One chart per measure: loss and accuracy first, then the others by name. */
export function toCharts(curves: Curves): Chart[] {
  const split = [...curves.values()].map((curve) => {
    const [part, measure] = curve.name.split(/\/(?=[^/]*$)/);
    return measure ? { part, measure, curve } : { part: "", measure: part, curve };
  });
  const rank = (measure: string) => {
    const place = firstMeasures.indexOf(measure);
    return place < 0 ? firstMeasures.length : place;
  };
  return [...Map.groupBy(split, (line) => line.measure)]
    .map(([measure, lines]) => ({
      measure,
      lines: lines.map(({ part, curve }) => ({ part, curve })),
    }))
    .sort((a, b) => rank(a.measure) - rank(b.measure) || a.measure.localeCompare(b.measure));
}

/**
 * Exponential moving average without the bias of its start (as Adam corrects its moments, Kingma and
 * Ba 2015, section 3). Gaps stay gaps. `weight` is that of the past, 0 to 1.
 */
export function smooth(values: readonly (number | null)[], weight: number): (number | null)[] {
  let sum = 0;
  let total = 0;
  return values.map((value) => {
    if (value === null) return null;
    sum = weight * sum + (1 - weight) * value;
    total = weight * total + (1 - weight);
    return sum / total;
  });
}

/** One sentence about a curve for those who do not see it. */
export function describeChart({ measure, lines }: Chart): string {
  const told = lines.map(({ part, curve }) => {
    const finite = curve.values.filter((value) => value !== null);
    if (finite.length === 0) return `${part} has no values`;
    const [first, last] = [finite[0], finite[finite.length - 1]].map((v) => v.toPrecision(3));
    return `${part} from ${first} to ${last}`.trim();
  });
  const lastStep = Math.max(0, ...lines.map(({ curve }) => curve.steps.at(-1) ?? 0));
  return `${measure} over ${lastStep} steps: ${told.join(", ")}`;
}
