// Progress of a job: a live line in a terminal, plain lines at sensible distances elsewhere.
import type { WriteStream } from "node:tty";
import { styleText } from "node:util";
import type { JobProgress } from "../lab/index.ts";
import { formatSeconds, oneLine } from "./format.ts";

const barWidth = 24;
const phaseWidth = 10;
/** Plain output says something at least this often while a phase lasts. */
const plainEveryMs = 5_000;

/** Where progress is written: stdout, stderr, or what a test looks into. */
export type Output = Pick<NodeJS.WritableStream, "write"> &
  Partial<Pick<WriteStream, "isTTY" | "columns">>;

/** Shows one job's progress; `finish` leaves the cursor on a fresh line. */
export class ProgressPrinter {
  #output: Output;
  #now: () => number;
  #last: JobProgress | undefined;
  #phaseStart = 0;
  #printedAt = 0;
  #printedTenths = 0;

  constructor(output: Output, now: () => number = () => performance.now()) {
    this.#output = output;
    this.#now = now;
  }

  /** Shows the newest state. */
  update(progress: JobProgress): void {
    const now = this.#now();
    if (progress.phase !== this.#last?.phase) {
      this.#endPhase(now);
      this.#phaseStart = now;
      this.#printedAt = now;
      this.#printedTenths = 0;
    }
    this.#last = { ...progress, message: progress.message ?? this.#last?.message };
    if (this.#output.isTTY) this.#draw(progress);
    else this.#printNowAndThen(progress, now);
  }

  /** Ends the last phase: with a check mark when the job went well. */
  finish(ok: boolean): void {
    if (ok) this.#endPhase(this.#now());
    else if (this.#last && this.#output.isTTY) this.#output.write("\r\x1b[K");
    this.#last = undefined;
  }

  #endPhase(now: number): void {
    if (!this.#last) return;
    const { phase, message = "" } = this.#last;
    const time = formatSeconds((now - this.#phaseStart) / 1_000);
    const clear = this.#output.isTTY ? "\r\x1b[K" : "";
    const mark = this.#paint("green", "✓");
    const words = oneLine(message, 60).padEnd(44);
    this.#output.write(`${clear}${mark} ${phase.padEnd(phaseWidth)} ${words} ${time}\n`);
    this.#last = undefined;
  }

  #draw(progress: JobProgress): void {
    const share = shareDone(progress);
    const filled = Math.round((share ?? 0) * barWidth);
    const bar =
      this.#paint("cyan", "━".repeat(filled)) + this.#paint("dim", "─".repeat(barWidth - filled));
    // Two spaces before the phase, one on each side of the bar, and none in the last column.
    const room = (this.#output.columns ?? 80) - phaseWidth - barWidth - 5;
    const words = oneLine(describe(progress), Math.max(10, room));
    this.#output.write(`\r\x1b[K  ${progress.phase.padEnd(phaseWidth)} ${bar} ${words}`);
  }

  #printNowAndThen(progress: JobProgress, now: number): void {
    const share = shareDone(progress) ?? 0;
    const tenths = Math.floor(10 * share + 1e-9);
    const due = tenths > this.#printedTenths || now - this.#printedAt >= plainEveryMs;
    if (!due) return;
    this.#printedAt = now;
    this.#printedTenths = tenths;
    this.#output.write(`  ${progress.phase.padEnd(phaseWidth)} ${describe(progress)}\n`);
  }

  #paint(style: "green" | "cyan" | "dim", text: string): string {
    if (!this.#output.isTTY || process.env.NO_COLOR) return text;
    return styleText(style, text, { validateStream: false });
  }
}

function shareDone({ done, total }: JobProgress): number | undefined {
  return done !== undefined && total ? Math.min(1, done / total) : undefined;
}

function describe(progress: JobProgress): string {
  const share = shareDone(progress);
  const values = Object.entries(progress.values ?? {}).map(
    ([name, value]) => `${name} ${Number(value.toPrecision(3))}`,
  );
  const left = progress.secondsLeft;
  return [
    share === undefined ? undefined : `${Math.floor(100 * share)}%`,
    progress.message,
    ...values,
    left === undefined ? undefined : `${formatSeconds(left)} left`,
  ]
    .filter((part) => part !== undefined && part !== "")
    .join(" · ");
}
