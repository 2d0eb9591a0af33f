// How the weights settle while neighbours come in: the same fit on the first of them, more each time.
import type { Explanation, FitOptions, Neighbourhood } from "../api.ts";
import { fitSurrogate } from "../fit.ts";

/** A feature's weight and interval at each number of neighbours; null where the fit does not name it. */
export interface Ribbon {
  readonly samples: readonly number[];
  readonly features: readonly {
    readonly name: string;
    readonly values: readonly (readonly [weight: number, low: number, high: number] | null)[];
  }[];
}

const shares = [1 / 16, 1 / 8, 1 / 4, 1 / 2, 3 / 4, 1];
const shown = 5;

/** The ribbon of an explanation's first features; undefined where all neighbours were enumerated. */
export function stabilityRibbon(
  { data, outputs, distances, frequencies }: Neighbourhood,
  { label, weights }: Explanation,
  options: FitOptions,
): Ribbon | undefined {
  if (frequencies !== undefined) return undefined;
  const least = weights.length + 2;
  const samples = shares.map((share) => Math.round(share * data.rows)).filter((n) => n >= least);
  const fits = samples.map((rows) => {
    const first = {
      rows,
      columns: data.columns,
      values: data.values.subarray(0, rows * data.columns),
    };
    const answers = {
      rows,
      columns: outputs.columns,
      values: outputs.values.subarray(0, rows * outputs.columns),
    };
    return fitSurrogate(first, answers, distances.slice(0, rows), label, options);
  });
  return {
    samples,
    features: weights.slice(0, shown).map(({ feature, name }) => ({
      name,
      values: fits.map((fit) => {
        const found = fit.weights.find((weight) => weight.feature === feature);
        return found === undefined ? null : [found.weight, found.low, found.high];
      }),
    })),
  };
}
