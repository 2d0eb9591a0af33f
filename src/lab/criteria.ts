// Acceptance criteria: what a system promises, written so that one command can measure and judge it.

/** What measuring a criterion gave. */
export interface Outcome {
  /** The measured value: a number where there is one, else a short text; null when nothing was measured. */
  readonly figure: number | string | null;
  /** Whether the target is met. "not run" when what it needs (data, a peer, a GPU) is not there. */
  readonly ok: boolean | "not run";
  /** What a reader must know to judge the figure: the machine, the sizes, why it was not run. */
  readonly note?: string;
}

/** One promise of a system. Files named `accept.ts` export `criteria: Criterion[]`. */
export interface Criterion {
  /** The system's name, as in `npm run accept -- <system>`. */
  readonly system: string;
  /** The criterion's name within its system: lower-case words joined by hyphens. */
  readonly name: string;
  /** The figure to reach, in words and units, e.g. "at least 99.0% accuracy". */
  readonly target: string;
  /** Measures the criterion through the public API only. A rejection counts as falling short. */
  run(): Promise<Outcome>;
}

/** A criterion's outcome as `npm run accept` prints it, one JSON line each. */
export interface Verdict extends Required<Outcome> {
  readonly system: string;
  readonly criterion: string;
  readonly target: string;
  readonly seconds: number;
}

/** The outcome of a criterion whose data, peer or device is not there; `why` says what is missing. */
export function notRun(why: string): Outcome {
  return { figure: null, ok: "not run", note: why };
}

/** Compares a figure with its bound: "at most" or "at least". A figure that is not a number fails. */
export function judge(
  figure: number,
  relation: "at most" | "at least",
  bound: number,
  note?: string,
): Outcome {
  const ok = relation === "at most" ? figure <= bound : figure >= bound;
  return note === undefined ? { figure, ok } : { figure, ok, note };
}

/** Runs one criterion and times it. An error becomes a verdict that is not ok, with its message. */
export async function assess(criterion: Criterion): Promise<Verdict> {
  const { system, name, target } = criterion;
  const start = performance.now();
  let outcome: Outcome;
  try {
    outcome = await criterion.run();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    outcome = { figure: null, ok: false, note: `failed with: ${message}` };
  }
  const seconds = Math.round((performance.now() - start) / 10) / 100;
  const { figure, ok, note = "" } = outcome;
  return { system, criterion: name, figure, target, ok, seconds, note };
}
