// Which trial comes next: grid, random, TPE and successive halving, decided from the trials so far alone.
import { uniformStream } from "../../data/index.ts";
import { type Assignment, grid, type SearchSpace, sample } from "./space.ts";
import type { SweepSpec } from "./spec.ts";
import { suggest } from "./tpe.ts";

/** A trial as far as it has come. */
export interface Trial {
  readonly assignment: Assignment;
  /** Halving: what the budget field was. */
  readonly budget?: number;
  /** Lower is better; undefined while it works, infinite when it failed or has no figure. */
  readonly loss?: number;
  readonly ended: boolean;
}

/** What to do next: a trial, nothing for now (others must end first), or nothing any more. */
export type Step =
  | {
      readonly type: "trial";
      readonly assignment: Assignment;
      readonly budget?: number;
      /** The place of the trial that this one goes on from. */
      readonly continues?: number;
    }
  | { readonly type: "wait" }
  | { readonly type: "done" };

/**
 * The next step of a sweep. It depends on the specification and the trials so far (in the order of
 * their making), so that a sweep goes on where it was after its process has died.
 */
export function nextStep(spec: SweepSpec, trials: readonly Trial[]): Step {
  if (spec.method === "halving") return nextOfHalving(spec, trials);
  if (spec.method === "grid") {
    const assignment = grid(spec.space, spec.gridPoints).slice(0, spec.trials)[trials.length];
    return assignment ? { type: "trial", assignment } : { type: "done" };
  }
  if (trials.length >= spec.trials) return { type: "done" };
  const random = uniformStream(spec.seed, trials.length);
  if (spec.method === "random") return { type: "trial", assignment: sample(spec.space, random) };
  const known = trials.flatMap(({ assignment, loss }) =>
    loss === undefined ? [] : [{ assignment, loss }],
  );
  return { type: "trial", assignment: suggest(spec.space, known, random) };
}

/** The budgets of successive halving, from the least to the whole. */
export function rungs({ budget, eta }: SweepSpec): number[] {
  if (!budget) return [];
  const { min, max } = budget;
  const whole = Number.isInteger(min) && Number.isInteger(max);
  const list: number[] = [];
  for (let rung = min; rung < max * (1 - 1e-9); rung *= eta) {
    list.push(whole ? Math.round(rung) : rung);
  }
  return [...new Set([...list, max])];
}

/**
 * Successive halving (Jamieson & Talwalkar 2016): all trials with the least budget, then the best
 * 1/eta of them with eta times as much, until the whole budget.
 */
function nextOfHalving(spec: SweepSpec, trials: readonly Trial[]): Step {
  let first = 0;
  let entrants = initialAssignments(spec.space, spec).map((assignment) => ({
    assignment,
    continues: undefined as number | undefined,
  }));
  for (const budget of rungs(spec)) {
    const made = trials.slice(first, first + entrants.length);
    const next = entrants[made.length];
    if (next) {
      const { assignment, continues } = next;
      return {
        type: "trial",
        assignment,
        budget,
        ...(continues === undefined ? {} : { continues }),
      };
    }
    if (!made.every(({ ended }) => ended)) return { type: "wait" };
    const start = first;
    const kept = Math.max(1, Math.floor(entrants.length / spec.eta));
    entrants = made
      .map(({ assignment, loss }, index) => ({ assignment, loss, continues: start + index }))
      .filter(({ loss }) => Number.isFinite(loss))
      .sort((a, b) => (a.loss as number) - (b.loss as number))
      .slice(0, kept);
    first += made.length;
    if (entrants.length === 0) break;
  }
  return { type: "done" };
}

function initialAssignments(space: SearchSpace, { trials, seed }: SweepSpec): Assignment[] {
  return Array.from({ length: trials }, (_, index) => sample(space, uniformStream(seed, index)));
}
