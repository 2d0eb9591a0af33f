// What happens to runs, told to listeners in this process and to the other processes of a shared database.
import type { Database } from "./database.ts";
import type { MetricPoint, RunRecord, StoreEvent } from "./records.ts";
import type { JobProgress } from "./run.ts";
import { newRunId } from "./run-rows.ts";

/** PostgreSQL takes less than 8,000 bytes. */
const longestMessage = 7_500;
/** Progress of a run is told to other processes at most this often. */
const progressEveryMs = 200;

/** How the bus looks up what was too long to be told. */
export interface EventReader {
  run(id: string): Promise<RunRecord | undefined>;
  metricsSince(id: string, cursor: number): Promise<MetricPoint[]>;
}

/** Sends events to everybody who listens, in order. */
export class EventBus {
  readonly #database: Database;
  readonly #reader: EventReader;
  readonly #listeners = new Set<(event: StoreEvent) => void>();
  readonly #progress = new Map<string, JobProgress>();
  readonly #toldAt = new Map<string, number>();
  /** Tells this process's own words from those of others. */
  readonly #origin = newRunId();
  #telling: Promise<void> = Promise.resolve();
  #hearing: Promise<void> = Promise.resolve();

  constructor(database: Database, reader: EventReader) {
    this.#database = database;
    this.#reader = reader;
  }

  /** Begins to hear what other processes tell. */
  listen(): Promise<void> {
    return this.#database.listen((message) => {
      this.#hearing = this.#hearing.then(() => this.#hear(message)).catch(() => {});
    });
  }

  /** Calls `listener` after each change; returns the function that ends it. */
  subscribe(listener: (event: StoreEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What a run said of itself last, while it runs. */
  progressOf(runId: string): JobProgress | undefined {
    return this.#progress.get(runId);
  }

  publish(event: StoreEvent): void {
    this.#emit(event);
    if (this.#database.shared) this.#tell(event);
  }

  /** Resolves when the others have been told everything. */
  settled(): Promise<void> {
    return this.#telling;
  }

  #emit(event: StoreEvent): void {
    if (event.type === "progress") this.#progress.set(event.runId, event.progress);
    const over =
      event.type === "removed"
        ? event.runId
        : event.type === "run" && event.run.ended && event.run.id;
    if (over) {
      this.#progress.delete(over);
      this.#toldAt.delete(over);
    }
    for (const listener of this.#listeners) listener(event);
  }

  /** What is long the others read for themselves. */
  #tell(event: StoreEvent): void {
    if (event.type === "progress" && !this.#mayTell(event.runId)) return;
    const message = JSON.stringify({ ...shorten(event), origin: this.#origin });
    if (Buffer.byteLength(message) > longestMessage) return;
    // One after the other: a run's end must not be heard before its last figures.
    this.#telling = this.#telling.then(() => this.#database.notify(message)).catch(() => {});
  }

  /** Progress comes often, and only the newest counts. */
  #mayTell(runId: string): boolean {
    const now = performance.now();
    if (now - (this.#toldAt.get(runId) ?? Number.NEGATIVE_INFINITY) < progressEveryMs) return false;
    this.#toldAt.set(runId, now);
    return true;
  }

  async #hear(text: string): Promise<void> {
    const { origin, ...event } = JSON.parse(text) as Told & { origin: string };
    if (origin === this.#origin) return;
    const { runId } = event;
    if (event.type === "run") {
      const run = await this.#reader.run(runId);
      if (run) this.#emit({ type: "run", run });
    } else if (event.type === "metrics") {
      const points = await this.#reader.metricsSince(runId, event.after);
      if (points.length > 0) this.#emit({ type: "metrics", runId, points });
    } else {
      this.#emit(event);
    }
  }
}

/** An event as it goes over the wire. */
type Told =
  | { readonly type: "run"; readonly runId: string }
  | { readonly type: "metrics"; readonly runId: string; readonly after: number }
  | Exclude<StoreEvent, { type: "run" | "metrics" }>;

function shorten(event: StoreEvent): Told {
  if (event.type === "run") return { type: "run", runId: event.run.id };
  if (event.type !== "metrics") return event;
  return { type: "metrics", runId: event.runId, after: (event.points[0]?.seq ?? 1) - 1 };
}
