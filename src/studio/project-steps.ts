// The steps of a project out of its runs: in order, with figures.
import type { RunRecord } from "./api.ts";
import { isRecord } from "./summary.ts";

/** One step as the page shows it. */
export interface ProjectStep {
  readonly run: RunRecord;
  /** A sentence of the run itself on what it did. */
  readonly about?: string;
  readonly accuracy?: number;
  /** Accuracy above that of the last step that has one. */
  readonly gain?: number;
  readonly wrong?: number;
  readonly tested?: number;
}

/**
 * Steps, the oldest first. Runs that a sweep made belong to it; of the runs of one name the last
 * one that ended well counts, else the last: the others are attempts that were broken off.
 */
export function projectSteps(runs: readonly RunRecord[]): ProjectStep[] {
  const ordered = runs.toSorted((a, b) => a.created.localeCompare(b.created));
  const byName = Map.groupBy(
    ordered.filter(({ sweep }) => sweep === null),
    ({ name }) => name,
  );
  let before: number | undefined;
  return [...byName.values()].map((attempts) => {
    const run = attempts.findLast(({ status }) => status === "done") ?? attempts.at(-1)!;
    const summary = isRecord(run.summary) ? run.summary : {};
    const number = (value: unknown) => (typeof value === "number" ? value : undefined);
    const accuracy = number(summary.accuracy);
    const gain = accuracy === undefined || before === undefined ? undefined : accuracy - before;
    before = accuracy ?? before;
    return {
      run,
      ...(typeof summary.about === "string" && { about: summary.about }),
      ...(accuracy !== undefined && { accuracy }),
      ...(gain !== undefined && { gain }),
      wrong: number(summary.wrong),
      tested: number(summary.tested),
    };
  });
}
