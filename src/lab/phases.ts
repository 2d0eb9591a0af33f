// The parts of a job in order: each is timed, told of, and ends early when the job is stopped.
import type { JobProgress } from "./run.ts";

/** Tells of the phase at hand and keeps the time of each. */
export class Phases {
  readonly #report: (progress: JobProgress) => void;
  readonly #signal: AbortSignal;
  readonly #seconds: Record<string, number> = {};
  #phase = "";

  constructor(report: (progress: JobProgress) => void, signal: AbortSignal) {
    this.#report = report;
    this.#signal = signal;
  }

  /** Seconds of the phases so far, in order. */
  get seconds(): Readonly<Record<string, number>> {
    return this.#seconds;
  }

  /** Runs a phase. Before it, messages and signals have their turn: phases may block for seconds. */
  async time<T>(phase: string, work: () => T | Promise<T>): Promise<T> {
    this.#phase = phase;
    this.#report({ phase });
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#signal.throwIfAborted();
    const began = performance.now();
    const result = await work();
    this.#seconds[phase] = (performance.now() - began) / 1000;
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#signal.throwIfAborted();
    return result;
  }

  /** A sentence on the phase at hand. */
  say(message: string): void {
    this.#report({ phase: this.#phase, message });
  }

  /** How far the phase at hand is. */
  progress(progress: Omit<JobProgress, "phase">): void {
    this.#report({ phase: this.#phase, ...progress });
  }
}
