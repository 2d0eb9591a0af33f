// Tracked runs into the store: what user code records with `track` is among the runs of the Studio by itself.
import { createHash } from "node:crypto";
import { type FSWatcher, watch } from "node:fs";
import { mkdir, open, readdir } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { isRunId, type Run, RunLostError, type Store } from "../../../lab/index.ts";
import { type JournalRecord, parseRecords } from "./journal.ts";
import { listRuns, type RunListing } from "./runs.ts";
import { journalFolder } from "./tracker.ts";

/** The runs' lab in the store; their experiment is among their settings. */
export const trackedLab = "track";

/** Journals copied at a time. */
const atOnce = 8;
/** A run whose process cannot be asked counts as cut off after this silence. */
const silenceMs = 600_000;
const settleMs = 250;
const lookMs = 10_000;

/** Copies journals into a store, from where it stopped the last time. */
export class JournalCopier {
  readonly #store: Store;
  /** Runs that are still being recorded, and who does it. */
  readonly #open = new Map<string, { run: Run; writer: Writer }>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Copies what is new in all journals, and marks runs whose process has gone. Returns how many have grown. */
  async copy(): Promise<number> {
    const { folder, database } = this.#store;
    const { rows } = await database.query<{ path: string; run: string | null; bytes: number }>(
      "select path, run_id as run, bytes::float8 as bytes from journals",
    );
    const known = new Map(rows.map((row) => [row.path, row]));
    const listed = await listRuns(folder);
    const grown = listed.filter((each) => {
      const before = known.get(keyOf(each));
      // Without a run: somebody has removed it from the store.
      return before === undefined || (before.run !== null && before.bytes < each.bytes);
    });
    const byKey = new Map(grown.map((each) => [keyOf(each), each]));
    const begun = new Map<string, Promise<void>>();
    /** A fork waits for its parent, so that it finds it. */
    const ensure = (key: string): Promise<void> => {
      const each = byKey.get(key);
      const earlier = begun.get(key);
      if (!each || earlier) return earlier ?? Promise.resolve();
      // One journal that cannot be read keeps no other back.
      const copying = this.#copyOne(each, known.get(key)?.bytes ?? 0, ensure).catch(() => {});
      begun.set(key, copying);
      return copying;
    };
    const waiting = [...byKey.keys()];
    const work = async () => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await ensure(next);
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    await this.#endSilent(new Map(listed.map((each) => [keyOf(each), each.changed.getTime()])));
    return grown.length;
  }

  /** Leaves runs that are still being recorded to the next one who copies. */
  close(): void {
    for (const { run } of this.#open.values()) run.abandon();
    this.#open.clear();
  }

  async #copyOne(
    listing: RunListing,
    from: number,
    ensure: (key: string) => Promise<void>,
  ): Promise<void> {
    const { experiment, id } = listing;
    const key = keyOf(listing);
    const { records, bytes } = await readFrom(pathOf(this.#store.folder, listing), from);
    if (records.length === 0) return;
    const start = records.find(({ kind }) => kind === "start");
    let entry = this.#open.get(key);
    if (!entry) {
      const parent = (start?.from as { run?: string } | null)?.run;
      if (parent !== undefined && parent !== id) await ensure(`${experiment}/${parent}`);
      const run = await this.#store.adoptRun({
        id: storeId(experiment, id),
        lab: trackedLab,
        name: String(start?.name ?? id),
        config: { experiment, ...(start?.params as object | undefined) },
        ...(parent !== undefined && { parent: storeId(experiment, parent) }),
        created: new Date(typeof start?.time === "number" ? start.time : listing.changed),
      });
      if (!run) return;
      entry = { run, writer: {} };
      this.#open.set(key, entry);
    }
    try {
      const finish = tell(entry.run, records, entry.writer);
      await entry.run.flush();
      await this.#store.database.query(
        `insert into journals (path, run_id, bytes) values ($1, $2, $3::bigint)
         on conflict (path) do update set bytes = excluded.bytes`,
        [key, entry.run.id, from + bytes],
      );
      if (!finish) return;
      this.#open.delete(key);
      await entry.run.finish((finish.summary ?? {}) as object);
    } catch (error) {
      this.#open.delete(key);
      // Removed from the store, or copied by another process of its database.
      if (error instanceof RunLostError) entry.run.abandon();
      throw error;
    }
  }

  async #endSilent(changed: ReadonlyMap<string, number>): Promise<void> {
    for (const [key, { run, writer }] of this.#open) {
      if (isThere(writer, changed.get(key) ?? 0)) continue;
      this.#open.delete(key);
      const why = "The process that recorded it ended without finishing it.";
      await run.interrupt(why).catch(() => run.abandon());
    }
  }
}

/** Copies journals whenever they grow, until the returned function is called. */
export async function keepCopying(store: Store): Promise<() => Promise<void>> {
  const folder = join(store.folder, journalFolder);
  await mkdir(folder, { recursive: true });
  const copier = new JournalCopier(store);
  const watched = new Map<string, FSWatcher>();
  let ended = false;
  let working: Promise<unknown> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  const soon = (milliseconds: number) => {
    if (ended) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      working = look();
    }, milliseconds);
    timer.unref();
  };
  const follow = (path: string) => {
    if (watched.has(path)) return;
    try {
      const watcher = watch(path, { persistent: false }, () => soon(settleMs));
      watcher.on("error", () => watched.delete(path));
      watched.set(path, watcher);
    } catch {
      // Where nothing can be watched, the next look finds it.
    }
  };
  const look = async () => {
    const names = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of names) if (entry.isDirectory()) follow(join(folder, entry.name));
    await copier.copy().catch(() => {});
    soon(lookMs);
  };
  follow(folder);
  working = look();
  return async () => {
    ended = true;
    clearTimeout(timer);
    for (const watcher of watched.values()) watcher.close();
    await working;
    copier.close();
  };
}

const keyOf = ({ experiment, id }: RunListing) => `${experiment}/${id}`;

const pathOf = (folder: string, { experiment, id }: RunListing) =>
  join(folder, journalFolder, experiment, `${id}.jsonl`);

const idLetters = "0123456789abcdefghjkmnpqrstvwxyz";

/** The tracker's own ids are ids of the store; names that users gave become some. */
function storeId(experiment: string, id: string): string {
  if (isRunId(id)) return id;
  const hash = createHash("sha256").update(`${experiment}/${id}`).digest();
  return Array.from(hash.subarray(0, 10), (byte) => idLetters[byte % 32]).join("");
}

async function readFrom(path: string, from: number) {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const bytes = Buffer.alloc(Math.max(0, size - from));
    await file.read(bytes, 0, bytes.length, from);
    return parseRecords(bytes);
  } finally {
    await file.close();
  }
}

/** The process that records a run. */
interface Writer {
  pid?: number;
  host?: string;
}

function isThere({ pid, host }: Writer, changedMs: number): boolean {
  if (pid === undefined || host !== hostname()) return Date.now() - changedMs < silenceMs;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Passes records on to the run; the record of its end, where that is among them. */
function tell(run: Run, records: readonly JournalRecord[], writer: Writer) {
  for (const { kind, epoch, ...values } of records) {
    if (kind === "start" || kind === "resume") {
      Object.assign(writer, { pid: values.pid, host: values.host });
    }
    if (kind !== undefined || typeof epoch !== "number" || epoch < 0) continue;
    const numbers = Object.entries(values).flatMap(([name, value]): [string, number][] =>
      typeof value === "number" || typeof value === "boolean"
        ? [[name.replace(/[^\w./-]/g, "_").slice(0, 100), Number(value)]]
        : [],
    );
    // A fraction of an epoch counts to its whole part.
    if (numbers.length > 0) run.metrics(Math.floor(epoch), Object.fromEntries(numbers));
  }
  return records.findLast(({ kind }) => kind === "finish" || kind === "resume")?.kind === "finish"
    ? records.findLast(({ kind }) => kind === "finish")
    : undefined;
}
