// A disk that can lose its power: it keeps what was forced to it, and of the rest as little as it may.
import fs from "node:fs";
import { mkdir, open, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { uniformStream } from "../../data/index.ts";

/** Files reach the disk in pieces of this size, in any order. */
const pieceBytes = 4_096;

/** What is on the disk below a folder. The file system's calls of this process go through it. */
export class PowerCut {
  readonly #folder: string;
  readonly #contents = new Map<string, Buffer>();
  readonly #names = new Map<string, string>();
  readonly #folders = new Set<string>();
  readonly #restore: (() => void)[] = [];

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** All that is there now is on the disk; from here on only what is forced. Linux only. */
  static async watch(folder: string): Promise<PowerCut> {
    const cut = new PowerCut(fs.realpathSync(folder));
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const paths = entries.map(({ parentPath, name }) => join(parentPath, name));
    for (const path of [cut.#folder, ...paths]) cut.#keepPath(path);
    await cut.#listen();
    return cut;
  }

  async #listen(): Promise<void> {
    const { fsync, fsyncSync } = fs;
    fs.fsyncSync = (file) => {
      fsyncSync(file);
      this.#keep(file);
    };
    // What is certain to be there afterwards is what there was when it was asked for.
    fs.fsync = ((file: number, done: (error: Error | null) => void) => {
      this.#keep(file);
      setImmediate(done, null);
    }) as typeof fs.fsync;
    const handle = await open(this.#folder, "r");
    const prototype = Object.getPrototypeOf(handle) as { sync(): Promise<void> };
    await handle.close();
    const { sync } = prototype;
    const keep = (file: number) => this.#keep(file);
    prototype.sync = async function (this: { fd: number }) {
      keep(this.fd);
    } as typeof sync;
    this.#restore.push(() => {
      Object.assign(fs, { fsync, fsyncSync });
      prototype.sync = sync;
    });
  }

  /** Ends the watch. */
  end(): void {
    for (const restore of this.#restore.splice(0)) restore();
  }

  /**
   * What is on the disk after the power went, in a new folder. Without a `seed` nothing is there that was
   * not forced; with one, pieces of what was written since are there or not, by chance.
   */
  async copyTo(target: string, seed?: number): Promise<void> {
    const random = seed === undefined ? undefined : uniformStream(seed);
    await rm(target, { recursive: true, force: true });
    const place = (path: string) => target + path.slice(this.#folder.length);
    for (const path of this.#folders) await mkdir(place(path), { recursive: true });
    for (const [path, key] of this.#names) {
      let bytes = this.#contents.get(key) ?? Buffer.alloc(0);
      if (random) bytes = mixed(bytes, contentNow(path, key) ?? bytes, random);
      await mkdir(dirname(place(path)), { recursive: true });
      await writeFile(place(path), bytes);
    }
  }

  #keep(file: number): void {
    const path = fs.readlinkSync(`/proc/self/fd/${file}`);
    if (path === this.#folder || path.startsWith(this.#folder + sep)) this.#keepPath(path);
  }

  #keepPath(path: string): void {
    const stats = fs.statSync(path, { bigint: true });
    if (stats.isFile()) {
      this.#contents.set(keyOf(stats), fs.readFileSync(path));
      // Linux's file systems write the name of a new file with it.
      this.#names.set(path, keyOf(stats));
      return;
    }
    this.#folders.add(path);
    const entries = new Set(fs.readdirSync(path));
    const isGone = (name: string) =>
      name.startsWith(path + sep) && !entries.has(name.slice(path.length + 1).split(sep)[0] ?? "");
    for (const name of this.#names.keys()) if (isGone(name)) this.#names.delete(name);
    for (const name of this.#folders) if (isGone(name)) this.#folders.delete(name);
    for (const name of entries) {
      const inner = fs.statSync(join(path, name), { bigint: true, throwIfNoEntry: false });
      if (inner?.isDirectory()) this.#folders.add(join(path, name));
      if (inner?.isFile()) this.#names.set(join(path, name), keyOf(inner));
    }
  }
}

/** Numbers of files are used again; with the time of its birth a file is itself. */
function keyOf({ ino, birthtimeNs }: fs.BigIntStats): string {
  return `${ino} ${birthtimeNs}`;
}

function contentNow(path: string, key: string): Buffer | undefined {
  const stats = fs.statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats && keyOf(stats) === key ? fs.readFileSync(path) : undefined;
}

function mixed(forced: Buffer, written: Buffer, random: () => number): Buffer {
  const length = random() < 0.5 ? forced.length : written.length;
  const result = Buffer.alloc(length);
  for (let at = 0; at < length; at += pieceBytes) {
    const from = random() < 0.5 ? forced : written;
    if (at < from.length) from.copy(result, at, at, at + pieceBytes);
  }
  return result;
}
