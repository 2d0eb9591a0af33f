// PGlite's files with a disk below them that may lose its power: what was committed is there again.
import fs from "node:fs";
import { PGlite } from "@electric-sql/pglite";
import { NodeFS } from "@electric-sql/pglite/nodefs";

/**
 * PGlite starts PostgreSQL with `-F`: nothing is ever forced to the disk. Here it is, by a call that
 * PGlite's files can answer (they know no `fdatasync`).
 */
export const durableParams: readonly string[] = [
  ...PGlite.defaultStartParams.filter((word) => word !== "-F"),
  "-c",
  "wal_sync_method=fsync",
];

/** What of Emscripten's files is used here; its own types say less. */
interface Node {
  readonly name: string;
  readonly parent: Node;
}
interface Stream {
  readonly node: Node;
  readonly nfd: number;
}
type WriteArguments = [memory: Int8Array, offset: number, length: number, position: number];
type Operation = (...given: never[]) => unknown;
interface Mount {
  readonly stream_ops: Record<string, Operation>;
  readonly node_ops: Record<string, Operation>;
}

/** As Emscripten numbers errors. */
const inputOutputError = 29;

/** Folders can be forced to the disk on some systems only. */
const unforcible = new Set(["EPERM", "EISDIR", "EINVAL", "EACCES", "EBADF"]);

/**
 * The files of one database. A commit writes to the log (`pg_wal`), and PostgreSQL asks that it be forced
 * to the disk; that is noted, and done by `force` beside the event loop, for all commits since the last
 * time together. Nothing else is written, renamed or removed before the log it depends on is forced.
 */
export class DurableFiles extends NodeFS {
  /** Log files that hold what is not forced yet. */
  readonly #logs = new Set<number>();
  /** Commits so far, and how many of them are on the disk. */
  #written = 0;
  #forced = 0;
  #forcing: Promise<void> | undefined;
  #failure: Error | undefined;
  /** What was changed since it was forced. The rest `openDatabase` has seen to: a start after a crash asks for all. */
  readonly #changed = new WeakSet<Node>();
  /** Log files that were filled since the last checkpoint. */
  filledLogs = 0;

  override async init(...given: Parameters<NodeFS["init"]>): ReturnType<NodeFS["init"]> {
    const made = await super.init(...given);
    const hook = ({ NODEFS }: { NODEFS: unknown }) => this.#hook(NODEFS as Mount);
    return {
      emscriptenOpts: {
        ...made.emscriptenOpts,
        preRun: [...(made.emscriptenOpts.preRun ?? []), hook],
      },
    };
  }

  /** Resolves when all that was committed before is on the disk. */
  async force(): Promise<void> {
    const wanted = this.#written;
    while (this.#forced < wanted && !this.#failure) {
      this.#forcing ??= this.#forceLogs().finally(() => {
        this.#forcing = undefined;
      });
      await this.#forcing;
    }
    if (this.#failure) {
      throw new Error(`store: the disk does not keep what is written (${this.#failure.message})`);
    }
  }

  async #forceLogs(): Promise<void> {
    const upTo = this.#written;
    await Promise.all([...this.#logs].map((file) => this.#forceLog(file)));
    this.#forced = Math.max(this.#forced, upTo);
    if (this.#forced === this.#written) this.#logs.clear();
  }

  #forceLog(file: number): Promise<void> {
    return new Promise((resolve) => {
      fs.fsync(file, (error) => {
        // A log that was closed meanwhile was forced before.
        if (error && this.#logs.has(file)) this.#failure ??= error;
        resolve();
      });
    });
  }

  /** The same at once: for what must not come before the log. */
  #forceNow(): void {
    for (const file of this.#logs) fs.fsyncSync(file);
    this.#logs.clear();
    this.#forced = this.#written;
  }

  #hook({ stream_ops: streams, node_ops: nodes }: Mount): void {
    const { write, close } = streams as {
      write: (stream: Stream, ...rest: WriteArguments) => unknown;
      close: (stream: Stream) => unknown;
    };
    Object.assign(streams, {
      write: (stream: Stream, ...rest: WriteArguments) => {
        if (this.#logs.size > 0 && !isLog(stream.node) && !isMoreRoom(stream, rest)) {
          this.#forceNow();
        }
        this.#changed.add(stream.node);
        return write(stream, ...rest);
      },
      fsync: (stream: Stream) => this.#fsync(stream),
      close: (stream: Stream) => {
        if (isLog(stream.node)) {
          this.filledLogs++;
          if (this.#logs.has(stream.nfd)) this.#forceNow();
        }
        return close(stream);
      },
    });
    for (const name of ["mknod", "rename", "unlink", "rmdir", "setattr"]) {
      const before = nodes[name] as (...given: unknown[]) => unknown;
      nodes[name] = (...given: unknown[]) => {
        if (this.#logs.size > 0) this.#forceNow();
        const made = before(...given);
        // The nodes among arguments and result are the file, its folder, or both its folders.
        const touched = [...given, made].filter((one) => typeof one === "object" && one !== null);
        for (const one of touched as Node[]) {
          this.#changed.add(one);
          if (one.parent) this.#changed.add(one.parent);
        }
        return made;
      };
    }
  }

  #fsync(stream: Stream): number {
    if (!this.#changed.has(stream.node)) return 0;
    try {
      if (isLog(stream.node)) {
        this.#logs.add(stream.nfd);
        this.#written++;
      } else {
        this.#forceNow();
        forceFile(stream.nfd);
        this.#changed.delete(stream.node);
      }
      return 0;
    } catch (error) {
      this.#failure ??= error as Error;
      return inputOutputError;
    }
  }
}

/** Zeros behind a file's end, which tables get before they grow: no commit is needed to make sense of them. */
function isMoreRoom({ nfd }: Stream, [memory, offset, length, position]: WriteArguments): boolean {
  for (let at = offset; at < offset + length; at++) if (memory[at] !== 0) return false;
  return position >= fs.fstatSync(nfd).size;
}

function isLog({ name, parent }: Node): boolean {
  return parent.name === "pg_wal" && /^[0-9A-F]{24}$/.test(name);
}

function forceFile(file: number): void {
  try {
    fs.fsyncSync(file);
  } catch (error) {
    if (
      !fs.fstatSync(file).isDirectory() ||
      !unforcible.has((error as NodeJS.ErrnoException).code ?? "")
    ) {
      throw error;
    }
  }
}
