// What a column's menu offers about its ends: only the best rows, and the best value of each run as an axis.
import { bestShare, type Extreme, extremeName } from "../../systems/hiplot/core/extremes.ts";
import { higherIsBetter } from "../../systems/hiplot/core/metrics.ts";
import { t } from "../i18n/translate.ts";
import type { ColumnDeed } from "./menu.ts";
import type { PlotModel } from "./model.ts";
import type { RunFacts } from "./run-facts.ts";

const shares = [0.01, 0.1, 0.25];

/** The deeds for a column of numbers; none for others. */
export function extremeDeeds(
  model: PlotModel,
  facts: RunFacts,
  name: string,
  add: (extreme: Extreme) => void,
): ColumnDeed[] {
  const def = model.def(name);
  if (!def || def.type === "categorical" || name === "uid" || name === "from_uid") return [];
  const extreme: Extreme = higherIsBetter(name) ? "max" : "min";
  const deeds: ColumnDeed[] = shares.map((share) => {
    const values = { share: 100 * share };
    return {
      label:
        extreme === "min"
          ? t("Only the lowest {share} %", values)
          : t("Only the highest {share} %", values),
      run: () => {
        const range = bestShare(model.frame, def, model.selection.kept, share, extreme);
        if (range) model.brush(name, [range]);
      },
    };
  });
  if (!facts.hasLineage) return deeds;
  for (const each of ["min", "max"] as const) {
    if (model.frame.column(extremeName(name, each)) || /^(min|max) /.test(name)) continue;
    const label =
      each === "min"
        ? t("Add an axis: its minimum over each run")
        : t("Add an axis: its maximum over each run");
    deeds.push({ label, run: () => add(each) });
  }
  return deeds;
}
