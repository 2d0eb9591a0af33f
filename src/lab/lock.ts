// One process per data folder: a lock made of one file per contender, which survives kill -9 of its holder.
import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Who holds a data folder. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** Kernel start time of the process where the system tells it: a reused pid is another process. */
  readonly startTime?: string;
  /** What the user typed, or the address of the Studio once it listens. */
  readonly note: string;
  /** Where the holder does what others ask of it. */
  readonly api?: HolderApi;
}

/** The HTTP API of a holder: its address, and a key that whoever may read the data folder finds there. */
export interface HolderApi {
  readonly url: string;
  readonly key: string;
}

/** Thrown when another live process holds the data folder. */
export class StoreLockedError extends Error {
  override readonly name = "StoreLockedError";
  readonly holder: LockHolder;

  constructor(folder: string, holder: LockHolder) {
    const where = holder.host === hostname() ? "" : ` on ${holder.host}`;
    const note = holder.note ? ` (${holder.note})` : "";
    super(
      `data folder ${folder} is in use by process ${holder.pid}${where}${note}; ` +
        "stop that process or choose another folder with --data-dir",
    );
    this.holder = holder;
  }
}

/** A held lock. */
export interface Lock {
  /** Changes what others are told about the holder. */
  annotate(note: string, api?: HolderApi): Promise<void>;
  release(): Promise<void>;
}

const heartbeatMs = 5_000;
/** A holder on another host cannot be asked; its lock counts as left behind after this silence. */
const silenceMs = 60_000;

/**
 * Takes the lock of `folder` or throws `StoreLockedError`. Each contender first writes a file of its
 * own name, then reads all others: of any two, at least one sees the other, and files of dead
 * processes can be removed without a race because no name is used twice.
 *
 * A holder that answers nobody may be a command that looks something up: it is waited for so long.
 */
export async function acquireLock(folder: string, note = "", patienceMs = 0): Promise<Lock> {
  const locks = join(folder, "locks");
  await mkdir(locks, { recursive: true });
  const start = Date.now();
  for (let attempt = 0; ; attempt++) {
    const mine = `${process.pid}-${randomBytes(6).toString("hex")}.json`;
    const file = join(locks, mine);
    await writeHolder(file, note);
    const other = await findLiveHolder(locks, mine);
    if (!other) return holdLock(file);
    await rm(file, { force: true });
    // Two newcomers may have seen each other; both step back and try again at different times.
    const isWorthWaiting = !other.api && Date.now() - start < patienceMs;
    if (attempt >= 2 && !isWorthWaiting) throw new StoreLockedError(folder, other);
    await sleep(20 + Math.random() * 80);
  }
}

async function writeHolder(file: string, note: string, api?: HolderApi): Promise<void> {
  const startTime = await processStartTime(process.pid);
  const holder: LockHolder = {
    pid: process.pid,
    host: hostname(),
    ...(startTime ? { startTime } : {}),
    note,
    ...(api ? { api } : {}),
  };
  // The key in it is for this user alone.
  await writeFile(file, JSON.stringify(holder), { mode: 0o600 });
}

function holdLock(file: string): Lock {
  const beat = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => {});
  }, heartbeatMs);
  beat.unref();
  return {
    annotate: (note, api) => writeHolder(file, note, api),
    release: async () => {
      clearInterval(beat);
      await rm(file, { force: true });
    },
  };
}

async function findLiveHolder(locks: string, mine: string): Promise<LockHolder | undefined> {
  for (const name of await readdir(locks)) {
    if (name === mine) continue;
    const file = join(locks, name);
    const holder = await readHolder(file, name);
    if (!holder) continue;
    if (await isAlive(holder, file)) return holder;
    await rm(file, { force: true });
  }
  return undefined;
}

/** The pid stands in the name as well, so a file that is still being written has a known owner. */
async function readHolder(file: string, name: string): Promise<LockHolder | undefined> {
  const pid = Number.parseInt(name, 10);
  if (!Number.isInteger(pid)) return undefined;
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as LockHolder;
  } catch {
    return { pid, host: hostname(), note: "" };
  }
}

async function isAlive(holder: LockHolder, file: string): Promise<boolean> {
  if (holder.host !== hostname()) {
    const beat = await stat(file).catch(() => undefined);
    return beat !== undefined && Date.now() - beat.mtimeMs < silenceMs;
  }
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  if (holder.startTime === undefined) return true;
  const startTime = await processStartTime(holder.pid);
  return startTime === undefined || startTime === holder.startTime;
}

/** Field 22 of /proc/<pid>/stat (Linux); undefined elsewhere. */
async function processStartTime(pid: number): Promise<string | undefined> {
  const fields = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  // The second field is the program's name in brackets and may hold spaces and brackets itself.
  return fields?.slice(fields.lastIndexOf(")") + 2).split(" ")[19];
}
