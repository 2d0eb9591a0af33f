/** @file The progress of a run on a terminal: one line that is rewritten, or plain lines in a log. */

/** What is shown. */
export interface ProgressView {
  readonly step: number;
  /** Undefined where the run has no set end. */
  readonly steps?: number;
  readonly epoch: number;
  readonly epochs?: number;
  readonly loss: number;
  readonly examplesPerSecond: number;
  /** Undefined where the run has no set end, or before the first steps have told. */
  readonly secondsLeft?: number;
}

/** Where progress is written; `process.stderr` is one. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Settings of progress reports. */
export interface ProgressOptions {
  /** Default standard error. */
  readonly stream?: ProgressStream;
  /** Seconds between plain lines where the stream is no terminal. Default 10. */
  readonly everySeconds?: number;
}

const BAR_WIDTH = 20;
/** A terminal shows no more than this many changes a second anyway. */
const REDRAW_MS = 80;

/** `2:05`, `1:02:03`. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number): string => String(n).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

function rate(perSecond: number): string {
  const digits = perSecond < 10 ? 1 : 0;
  const format = new Intl.NumberFormat("en", { maximumFractionDigits: digits });
  return `${format.format(perSecond)} examples/s`;
}

/** The line for a view. */
export function progressLine(view: ProgressView): string {
  const of = (n: number, total?: number): string =>
    total === undefined ? `${n}` : `${n}/${total}`;
  const left = view.secondsLeft === undefined ? [] : [`${clock(view.secondsLeft)} left`];
  return [
    `epoch ${of(view.epoch + 1, view.epochs)}`,
    `step ${of(view.step, view.steps)}`,
    `loss ${view.loss.toPrecision(4)}`,
    rate(view.examplesPerSecond),
    ...left,
  ].join("  ");
}

function bar({ step, steps }: ProgressView): string {
  if (steps === undefined) return "";
  const full = Math.round((BAR_WIDTH * step) / steps);
  return `[${"█".repeat(full)}${"░".repeat(BAR_WIDTH - full)}]  `;
}

/** Weight of the past in the measured time of a step. */
const PACE_DECAY = 0.95;

/** The usual time of a step, from the steps of one sitting. */
export class Pace {
  #ms: number | null = null;
  #steps = 0;

  /** Notes the time of a step; the first is left out, because it compiles. */
  note(ms: number): void {
    if (this.#steps++ === 0) return;
    this.#ms = this.#ms === null ? ms : this.#ms * PACE_DECAY + ms * (1 - PACE_DECAY);
  }

  /** Milliseconds, or null before it is known. */
  get ms(): number | null {
    return this.#ms;
  }
}

/** Shows a run's progress. */
export class ProgressReporter {
  readonly #stream: ProgressStream;
  readonly #everyMs: number;
  #shownAt = Number.NEGATIVE_INFINITY;
  #open = false;

  constructor({ stream, everySeconds = 10 }: ProgressOptions = {}) {
    this.#stream = stream ?? process.stderr;
    this.#everyMs = everySeconds * 1e3;
  }

  /** Shows where the run is, unless it was shown a moment ago. */
  update(view: ProgressView, now = performance.now()): void {
    const last = view.step === view.steps;
    if (now - this.#shownAt < (this.#stream.isTTY ? REDRAW_MS : this.#everyMs) && !last) return;
    this.#shownAt = now;
    if (!this.#stream.isTTY) {
      this.#stream.write(`${progressLine(view)}\n`);
      return;
    }
    const width = this.#stream.columns ?? 80;
    // Longer than the terminal is wide, the line could not be rewritten.
    this.#stream.write(`\r\x1b[K${`${bar(view)}${progressLine(view)}`.slice(0, width - 1)}`);
    this.#open = true;
  }

  /** Writes a line that stays. */
  say(text: string): void {
    this.#stream.write(`${this.#open ? "\r\x1b[K" : ""}${text}\n`);
    this.#open = false;
  }

  /** Leaves the line as it is and goes to the next. */
  end(): void {
    if (this.#open) this.#stream.write("\n");
    this.#open = false;
  }
}
