// The tracker: one line in a training loop records an epoch; runs can be forked and taken up again.
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import type { Value } from "../core/types.ts";
import { HiplotError } from "../errors.ts";
import { JournalWriter, readJournal } from "./journal.ts";

/** Settings of a run: they become columns. */
export type Params = Readonly<Record<string, Value>>;

/** What `log` takes: `epoch` (or `step`) and any metrics. */
export type Metrics = Readonly<Record<string, unknown>>;

/** Arguments of `track`. */
export interface TrackOptions {
  /** What is compared: runs of one experiment are shown together. */
  readonly experiment: string;
  readonly params?: Params;
  /** The run and epoch that this one starts from. */
  readonly from?: { readonly run: string; readonly epoch: number };
  /** What a person calls the run; default: its id. */
  readonly name?: string;
  /** The data folder; default `$DEEPDIVE_HOME` or `.deepdive`. */
  readonly dataDir?: string;
  /** Take up the run of this id, where its journal ends. */
  readonly resume?: string;
}

/** The folder below the data folder with one folder per experiment, one journal per run. */
export const journalFolder = "hiplot";

/** Starts (or takes up) a run. */
export function track(options: TrackOptions): TrackedRun {
  return new TrackedRun(options);
}

/** Who records: a reader can see whether it is still at work. */
const thisProcess = () => ({ pid: process.pid, host: hostname() });

/** Names of experiments and runs are names of files. */
function checkedName(kind: string, name: string): string {
  if (/^[\w][\w .+=@-]{0,120}$/.test(name) && !name.endsWith(".")) return name;
  const message = `track: expected ${kind} of letters, digits, spaces and . _ + = @ -, got ${JSON.stringify(name.slice(0, 60))}`;
  throw new HiplotError("option", message);
}

/** A run that is being recorded. */
export class TrackedRun {
  readonly id: string;
  readonly experiment: string;
  readonly params: Params;
  readonly dataDir: string;
  /** The last epoch that was logged, -1 before the first (or the parent's epoch after a fork). */
  epoch: number;
  #journal: JournalWriter;
  #warned = new Set<string>();
  #finished = false;

  constructor(options: TrackOptions) {
    const { experiment, params = {}, from, resume } = options;
    this.experiment = checkedName("an experiment's name", experiment);
    this.dataDir = resolve(options.dataDir ?? process.env.DEEPDIVE_HOME ?? ".deepdive");
    this.id = checkedName("a run's id", resume ?? randomBytes(5).toString("hex"));
    const path = join(this.dataDir, journalFolder, experiment, `${this.id}.jsonl`);
    if (resume !== undefined) {
      if (!existsSync(path)) {
        throw new HiplotError(
          "tracker",
          `track: there is no run ${resume} of ${experiment} in ${this.dataDir}`,
        );
      }
      const records = readJournal(path);
      const [start] = records;
      this.params = (start?.params ?? params) as Params;
      this.epoch = records.reduce(
        (last, { epoch }) => (typeof epoch === "number" ? Math.max(last, epoch) : last),
        ((start?.from as { epoch?: number } | null)?.epoch ?? -1) as number,
      );
      this.#journal = new JournalWriter(path);
      this.#journal.append({ kind: "resume", ...thisProcess(), time: Date.now() });
      return;
    }
    this.params = params;
    this.epoch = from?.epoch ?? -1;
    this.#journal = new JournalWriter(path);
    this.#journal.append({
      kind: "start",
      id: this.id,
      name: options.name ?? this.id,
      params,
      from: from ?? null,
      ...thisProcess(),
      time: Date.now(),
    });
    this.#journal.flush();
  }

  /**
   * Records an epoch. NaN and infinities are kept; what is neither number, text nor boolean is left
   * out with one warning; an epoch that was logged before is replaced, its history kept in the journal.
   */
  log(metrics: Metrics): void {
    if (this.#finished) throw new HiplotError("tracker", `run ${this.id}: log() after finish()`);
    const { epoch: given, step, ...rest } = metrics;
    const at = given ?? step ?? this.epoch + 1;
    if (typeof at !== "number" || !Number.isFinite(at)) {
      throw new HiplotError(
        "tracker",
        `run ${this.id}: expected a number as epoch, got ${String(at)}`,
      );
    }
    if (at <= this.epoch) {
      const what =
        at === this.epoch ? "was logged before and is replaced" : `comes after ${this.epoch}`;
      this.#warn("epoch", `epoch ${at} ${what}`);
    }
    const values: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(rest)) {
      if (key === "uid" || key === "from_uid") {
        this.#warn(key, `${key} is the tracker's own and is left out`);
      } else if (["number", "string", "boolean"].includes(typeof value) || value === null) {
        values[key] = value;
      } else this.#warn(key, `${key}: expected a number, got ${typeof value}; it is left out`);
    }
    this.epoch = Math.max(this.epoch, at);
    this.#journal.append({ epoch: at, ...values });
  }

  /** A run that starts from this one's last epoch, with other settings where `params` says so. */
  fork(params: Params = {}): TrackedRun {
    const { experiment, dataDir, id: run, epoch } = this;
    this.flush();
    return track({
      experiment,
      dataDir,
      params: { ...this.params, ...params },
      from: { run, epoch },
    });
  }

  /** Takes the run up in the same process, as after a crash. */
  resume(): TrackedRun {
    if (!this.#finished) this.#journal.close();
    this.#finished = true;
    const { experiment, dataDir, id: resume } = this;
    return track({ experiment, dataDir, resume });
  }

  /** Forces what was logged to the disk. */
  flush(): void {
    if (!this.#finished) this.#journal.flush();
  }

  /** Ends the run; `summary` is kept with it. */
  finish(summary: Params = {}): void {
    if (this.#finished) return;
    this.#journal.append({ kind: "finish", summary, time: Date.now() });
    this.#journal.close();
    this.#finished = true;
  }

  #warn(key: string, message: string): void {
    if (this.#warned.has(key)) return;
    this.#warned.add(key);
    process.emitWarning(`run ${this.id}: ${message}`, "HiplotWarning");
  }
}
