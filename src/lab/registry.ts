// Finds labs: one `lab.ts` per system's folder, and those of the user's own folders. Lists them without loading them.
import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Lab, LabInfo } from "./define.ts";

const own = import.meta.url.endsWith(".ts") ? "ts" : "js";
const ownSystems = new URL("../systems/", import.meta.url);
/** The mark of `defineLab`; by name, as this module must not load the schema library. */
const brand = Symbol.for("deepdive.lab");
const cacheFile = fileURLToPath(
  new URL(`../../node_modules/.cache/deepdive/labs-${own}.json`, import.meta.url),
);

/** A lab in the listing, and where its module lies. */
export interface ListedLab extends LabInfo {
  /** Address of the module that defines it. */
  readonly module: string;
}

/** Options of `LabRegistry`. */
export interface LabRegistryOptions {
  /**
   * Folders of further labs: each holds a `lab.ts` (or `.js`), or folders that do. Default: those in
   * `$DEEPDIVE_LABS`, separated as in `$PATH`.
   */
  readonly folders?: readonly string[];
  /** Folder of the systems; default: Deepdive's own. */
  readonly systems?: URL;
}

/** What a module said the last time it was loaded; `stamp` tells whether that still holds. */
interface CacheEntry {
  readonly stamp: string;
  readonly labs: readonly LabInfo[];
}

/** The labs there are. A lab that cannot be loaded is left out and named in `problems`. */
export class LabRegistry {
  readonly problems: string[] = [];
  #folders: readonly string[];
  #systems: string;
  #listing: Promise<ListedLab[]> | undefined;

  constructor({ folders, systems = ownSystems }: LabRegistryOptions = {}) {
    this.#systems = fileURLToPath(systems);
    const further = folders ?? (process.env.DEEPDIVE_LABS ?? "").split(delimiter);
    this.#folders = further.filter((folder) => folder !== "").map((folder) => resolve(folder));
  }

  /** All labs by name. Loads only modules that have changed since they were listed last. */
  list(): Promise<readonly ListedLab[]> {
    this.#listing ??= this.#read();
    return this.#listing;
  }

  /** The lab with this id or name; undefined when there is none. */
  async find(idOrName: string): Promise<ListedLab | undefined> {
    const labs = await this.list();
    return labs.find((lab) => lab.id === idOrName || lab.name === idOrName);
  }

  /** Loads a lab. @throws Error that lists what there is when there is none of this name. */
  async load(idOrName: string): Promise<{ lab: Lab; module: string }> {
    const listed = await this.find(idOrName);
    if (!listed) {
      const names = (await this.list()).map((lab) => lab.name).join(", ");
      throw new Error(`lab: there is no lab ${JSON.stringify(idOrName)}; there are: ${names}`);
    }
    return { lab: await loadLab(listed.module, listed.id), module: listed.module };
  }

  async #read(): Promise<ListedLab[]> {
    const files = (await Promise.all([this.#systems, ...this.#folders].map(labFiles))).flat();
    const cache = await readCache();
    const fresh: Record<string, CacheEntry> = {};
    const found = await Promise.all(files.map((file) => this.#describe(file, cache, fresh)));
    if (Object.keys(fresh).length > 0) await writeCache({ ...cache, ...fresh });
    const labs = new Map<string, ListedLab>();
    for (const lab of found.flat()) {
      const other = labs.get(lab.id);
      if (other) {
        this.problems.push(
          `${lab.module}: lab "${lab.name}" is defined in ${other.module} already`,
        );
      } else {
        labs.set(lab.id, lab);
      }
    }
    return [...labs.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async #describe(
    file: string,
    cache: Readonly<Record<string, CacheEntry>>,
    fresh: Record<string, CacheEntry>,
  ): Promise<ListedLab[]> {
    const stamp = await stampOf(file);
    const module = pathToFileURL(file).href;
    let labs = cache[file]?.stamp === stamp ? cache[file].labs : undefined;
    if (!labs) {
      try {
        const { describeLab } = await import("./define.ts");
        labs = labsOf(await import(module)).map(describeLab);
        fresh[file] = { stamp, labs };
      } catch (error) {
        this.problems.push(`${file} cannot be loaded: ${(error as Error).message}`);
        return [];
      }
    }
    return labs.map((lab) => ({ ...lab, module }));
  }
}

/** Loads the lab with this id from a module. */
export async function loadLab(module: string, id: string): Promise<Lab> {
  const lab = labsOf(await import(module)).find((candidate) => candidate.id === id);
  if (!lab) throw new Error(`lab: ${module} defines no lab ${id}`);
  return lab;
}

/** The labs among a module's exports, those in arrays too. A lab exported twice counts once. */
function labsOf(module: Readonly<Record<string, unknown>>): Lab[] {
  const exports: unknown[] = Object.values(module).flat();
  const isLab = (value: unknown): value is Lab =>
    typeof value === "object" && value !== null && brand in value;
  return [...new Set(exports.filter(isLab))];
}

/**
 * Changes with any source beside the lab, as its schema may come from there, and with `defineLab`
 * itself.
 */
async function stampOf(file: string): Promise<string> {
  const sources = await sourcesIn(dirname(file), 3);
  const times = await Promise.all(
    [...sources, fileURLToPath(new URL(`./define.${own}`, import.meta.url))].map(
      async (path) => (await stat(path)).mtimeMs,
    ),
  );
  return `${sources.length} ${Math.max(...times)}`;
}

async function sourcesIn(folder: string, depth: number): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = await Promise.all(
    entries.map((entry) => {
      const { name } = entry;
      const path = join(folder, name);
      if (/\.[jt]s$/.test(name)) return name.includes(".test.") ? [] : [path];
      if (!entry.isDirectory() || depth === 0) return [];
      return /^(\.|node_modules$|fixtures$)/.test(name) ? [] : sourcesIn(path, depth - 1);
    }),
  );
  return found.flat();
}

async function labFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const inside = entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink());
  const candidates = [folder, ...inside.map(({ name }) => join(folder, name))];
  const found = await Promise.all(candidates.map(labFile));
  return found.filter((file) => file !== undefined).sort();
}

async function labFile(folder: string): Promise<string | undefined> {
  for (const name of own === "ts" ? ["lab.ts", "lab.js"] : ["lab.js", "lab.ts"]) {
    const file = join(folder, name);
    if ((await stat(file).catch(() => undefined))?.isFile()) return file;
  }
  return undefined;
}

async function readCache(): Promise<Record<string, CacheEntry>> {
  try {
    return JSON.parse(await readFile(cacheFile, "utf8")) as Record<string, CacheEntry>;
  } catch {
    return {};
  }
}

/** The cache only saves time: where it cannot be written, the next listing loads the modules again. */
async function writeCache(cache: Record<string, CacheEntry>): Promise<void> {
  const temporary = `${cacheFile}.${randomBytes(4).toString("hex")}`;
  try {
    await mkdir(dirname(cacheFile), { recursive: true });
    await writeFile(temporary, JSON.stringify(cache));
    await rename(temporary, cacheFile);
  } catch {}
}
