// What the rows say about runs: which belong together, when each was, how well each run fits. Made when first asked for.
import {
  type Chains,
  chainsOf,
  rowsOfChain,
  stepColumn,
  stepsOf,
} from "../../systems/hiplot/core/chains.ts";
import { numbersOf } from "../../systems/hiplot/core/columns.ts";
import { measurePairs } from "../../systems/hiplot/core/metrics.ts";
import {
  badgesOfFrame,
  type RunBadge,
  type RunBadges,
} from "../../systems/hiplot/core/run-badges.ts";
import { shortNumber } from "../../systems/hiplot/core/scales.ts";
import { settingColumns } from "../../systems/hiplot/core/settings.ts";
import { t } from "../i18n/translate.ts";
import type { PlotModel } from "./model.ts";

/** Facts about the runs of a model's rows. */
export class RunFacts {
  readonly #model: PlotModel;
  #chains: Chains | null = null;
  #badges: RunBadges | null | undefined;
  #mayJudge: boolean | undefined;
  #steps: Float64Array | null = null;
  #settings: string[] | null = null;

  constructor(model: PlotModel) {
    this.#model = model;
  }

  get chains(): Chains {
    this.#chains ??= chainsOf(this.#model.frame);
    return this.#chains;
  }

  /** Whether some run has more than one row. */
  get hasLineage(): boolean {
    return this.#model.frame.parents?.some((parent) => parent >= 0) ?? false;
  }

  /** Whether there may be verdicts, as far as columns and lineage tell without a look at the values. */
  get mayJudge(): boolean {
    this.#mayJudge ??=
      this.hasLineage && measurePairs(this.#model.frame.columns.map(({ name }) => name)).length > 0;
    return this.#mayJudge;
  }

  /** The verdicts; null where no measure has a training and a validation column, or runs are too short. */
  get badges(): RunBadges | null {
    if (this.#badges === undefined) {
      this.#badges = this.mayJudge ? badgesOfFrame(this.#model.frame, this.chains) : null;
    }
    return this.#badges;
  }

  badgeOf(row: number): RunBadge | null {
    return this.badges?.byRun[this.chains.of[row]] ?? null;
  }

  /** The epoch or step of each row. */
  get steps(): Float64Array {
    this.#steps ??= stepsOf(this.#model.frame, this.chains);
    return this.#steps;
  }

  /** The columns that were set before a run. */
  get settings(): readonly string[] {
    this.#settings ??= settingColumns(this.#model.frame, this.#model.defs, this.chains);
    return this.#settings;
  }

  /** One row per run with kept rows: the one with the best value of a column. */
  bestRows(target: string, lowerIsBetter: boolean): Map<number, number> {
    const column = this.#model.frame.column(target);
    const best = new Map<number, number>();
    if (!column) return best;
    const values = numbersOf(column);
    const { kept } = this.#model.selection;
    for (let run = 0; run < this.chains.count; run++) {
      for (const row of rowsOfChain(this.chains, run)) {
        if (!kept.has(row) || !Number.isFinite(values[row])) continue;
        const before = best.get(run);
        const ahead = before === undefined ? 1 : values[before] - values[row];
        if (before === undefined || (lowerIsBetter ? ahead > 0 : ahead < 0)) best.set(run, row);
      }
    }
    return best;
  }

  /** What people call the run of a row. */
  nameOf(row: number): string {
    const { frame } = this.#model;
    const given = frame.value(row, "run") ?? frame.value(row, "name");
    return given === undefined || given === null || given === ""
      ? String(frame.uids.at(row))
      : String(given);
  }

  /** What the steps are called: the name of their column. */
  get stepName(): string {
    return stepColumn(this.#model.frame) ?? t("step");
  }
}

/** What a verdict rests on, in words and figures. */
export function badgeReason(badge: RunBadge, facts: RunFacts): string {
  const { pair } = facts.badges as RunBadges;
  const values = {
    valid: pair.valid,
    train: pair.train,
    share: `${(100 * (badge.share ?? 0)).toPrecision(2)} %`,
    step: badge.bestStep,
    stepName: facts.stepName,
    value: shortNumber(badge.bestValue),
  };
  const best = t("{valid} was best at {stepName} {step}: {value}.", values);
  switch (badge.why) {
    case "rose":
      return `${best} ${t("It ended {share} worse, while {train} went on getting better.", values)}`;
    case "falling":
      return `${best} ${t("{train} still gets better by {share} a step at the end: train longer.", values)}`;
    case "behind":
      return `${best} ${t("It ended {share} worse than the best run, and {train} is hardly better: the model is too small or learns too slowly.", values)}`;
    default:
      return best;
  }
}
