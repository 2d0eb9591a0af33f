// The curves of a training run: means over a few steps for the store, and a copy for a run that goes on.
import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RunHandle } from "../../lab/index.ts";
import type { MetricValues } from "../../train/index.ts";

interface Point {
  readonly step: number;
  readonly values: MetricValues;
}

/** Points that are written to the copy at a time. */
const writtenAt = 20;

/** Reports values of steps as means over `every` steps, and remembers what it reported. */
export class CurveWriter {
  readonly #run: RunHandle;
  readonly #path: string;
  readonly #every: number;
  readonly #earlier: readonly Point[];
  #replayed = false;
  #sums: Record<string, number> = {};
  #count = 0;
  #unwritten: Point[] = [];

  private constructor(run: RunHandle, path: string, every: number, earlier: readonly Point[]) {
    this.#run = run;
    this.#path = path;
    this.#every = every;
    this.#earlier = earlier;
  }

  /** `folder` holds the checkpoint; what an earlier sitting left there is read. */
  static async open(run: RunHandle, folder: string, every: number): Promise<CurveWriter> {
    await mkdir(folder, { recursive: true });
    const path = join(folder, "curves.jsonl");
    const text = await readFile(path, "utf8").catch(() => "");
    const earlier = text.split("\n").flatMap((line) => {
      try {
        return [JSON.parse(line) as Point];
      } catch {
        // The end of the file, or a line that a crash cut short.
        return [];
      }
    });
    return new CurveWriter(run, path, Math.max(1, every), earlier);
  }

  /** Reports what an earlier sitting reported up to a step, once. */
  async replay(upTo: number): Promise<void> {
    if (this.#replayed) return;
    this.#replayed = true;
    const kept = this.#earlier.filter(({ step }) => step <= upTo);
    for (const { step, values } of kept) this.#run.metrics(step, values);
    await writeFile(this.#path, kept.map((point) => `${JSON.stringify(point)}\n`).join(""));
  }

  /** Adds a step's values to the mean of its neighbours. */
  async step(step: number, values: MetricValues): Promise<void> {
    await this.replay(step - 1);
    for (const [name, value] of Object.entries(values)) {
      this.#sums[name] = (this.#sums[name] ?? 0) + value;
    }
    this.#count++;
    if (step % this.#every === 0) await this.#close(step);
  }

  /** Reports values at a step as they are. */
  async point(step: number, values: MetricValues): Promise<void> {
    this.#run.metrics(step, values);
    this.#unwritten.push({ step, values });
    if (this.#unwritten.length >= writtenAt) await this.flush();
  }

  /** Writes what is not in the copy yet. */
  async flush(): Promise<void> {
    const lines = this.#unwritten.map((point) => `${JSON.stringify(point)}\n`);
    this.#unwritten = [];
    await appendFile(this.#path, lines.join(""));
  }

  async #close(step: number): Promise<void> {
    const count = this.#count;
    const means = Object.entries(this.#sums).map(([name, sum]) => [name, sum / count]);
    this.#sums = {};
    this.#count = 0;
    await this.point(step, Object.fromEntries(means));
  }
}
