/** @file Fetches models from the Hugging Face hub into a folder of the cache. */
import { readdir, stat } from "node:fs/promises";
import { HubApiError, type ListFileEntry, listFiles } from "@huggingface/hub";
import { cacheFolder } from "../../data/cache-folder.ts";
import { type Checksum, download, NetworkError, networkReason } from "../../data/download.ts";
import { DataError } from "../../data/errors.ts";
import { safeJoin } from "../../data/safe-path.ts";
import { ValueError } from "../../engine/index.ts";

/** Progress over all files, in bytes. */
export interface PullProgress {
  readonly file: string;
  readonly done: number;
  readonly total: number;
}

/** Settings of `pullModel`. */
export interface PullOptions {
  /** Which files; default all but weights in other frameworks' formats where better ones are there. */
  readonly files?: RegExp | ((path: string) => boolean);
  /** A branch, tag or commit. Default `main`. */
  readonly revision?: string;
  /** Where to put them. Default: a folder of the cache, see `modelFolder`. */
  readonly folder?: string;
  /** Default `$HF_ENDPOINT`, else https://huggingface.co. */
  readonly hubUrl?: string;
  /** Access token. Default `$HF_TOKEN`. */
  readonly token?: string;
  readonly onProgress?: (progress: PullProgress) => void;
  readonly signal?: AbortSignal;
  /** Milliseconds before a broken download goes on. */
  readonly delayMs?: number;
}

/** A model on this machine. */
export interface PulledModel {
  readonly folder: string;
  /** Names inside the folder. */
  readonly files: readonly string[];
  /** True where the hub could not be reached and the folder had files already. */
  readonly offline: boolean;
}

const REPOSITORY = /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*$/;

/** Where `pullModel` puts a model by default, and where files can be put by hand. */
export function modelFolder(name: string): string {
  if (!REPOSITORY.test(name) || name.includes("..")) {
    throw new ValueError(
      `pullModel: expected a name like "owner/model", got ${JSON.stringify(name)}`,
    );
  }
  return cacheFolder("models", ...name.split("/"));
}

/**
 * Fetches a model: files that are there already with the right size are kept, broken downloads go
 * on where they stopped, and each file is checked against the hub's checksum.
 * @param name `owner/model`
 * @throws ValueError for a name of another form; DataError where the hub cannot be reached and
 *   nothing is there yet (it names the folder), where the model does not exist or needs a token, or
 *   where a file is not what was announced
 */
export async function pullModel(name: string, options: PullOptions = {}): Promise<PulledModel> {
  const own = modelFolder(name);
  const folder = options.folder ?? own;
  const hubUrl = options.hubUrl ?? process.env.HF_ENDPOINT ?? "https://huggingface.co";
  const token = options.token ?? process.env.HF_TOKEN;
  let listed: ListFileEntry[];
  try {
    listed = await list(name, hubUrl, token, options);
  } catch (error) {
    if (error instanceof HubApiError) throw refused(name, hubUrl, error);
    options.signal?.throwIfAborted();
    return whatIsThere(name, folder, `${hubUrl} cannot be reached (${networkReason(error)})`);
  }
  const wanted = chosen(listed, options.files);
  if (wanted.length === 0) {
    const expected = "files to fetch";
    const received = `none of ${listed.length} in ${name} that match`;
    throw new DataError({ code: "option", field: "files", expected, received });
  }
  // All names are checked before anything is written.
  const targets = wanted.map((entry) => ({ entry, path: safeJoin(folder, entry.path) }));
  const total = wanted.reduce((sum, { size }) => sum + size, 0);
  const headers: Record<string, string> = token ? { Authorization: `Bearer ${token}` } : {};
  const revision = encodeURIComponent(options.revision ?? "main");
  let done = 0;
  for (const { entry, path } of targets) {
    const at = entry.path.split("/").map(encodeURIComponent).join("/");
    const url = `${hubUrl}/${name}/resolve/${revision}/${at}`;
    const tell = (bytes: number) =>
      options.onProgress?.({ file: entry.path, done: done + bytes, total });
    const there = await stat(path).catch(() => undefined);
    if (there?.size !== entry.size) {
      await fetchFile(url, path, name, entry, { ...options, headers, onProgress: tell });
    }
    done += entry.size;
    tell(0);
  }
  return { folder, files: wanted.map(({ path }) => path), offline: false };
}

async function list(
  name: string,
  hubUrl: string,
  token: string | undefined,
  { revision = "main", signal }: PullOptions,
): Promise<ListFileEntry[]> {
  const entries: ListFileEntry[] = [];
  const within: typeof fetch = (url, init) => fetch(url, { ...init, ...(signal && { signal }) });
  const repo = { type: "model", name } as const;
  const params = { repo, recursive: true, revision, hubUrl, fetch: within };
  for await (const entry of listFiles({ ...params, ...(token && { accessToken: token }) })) {
    if (entry.type === "file") entries.push(entry);
  }
  return entries;
}

interface FetchSettings {
  readonly headers: Readonly<Record<string, string>>;
  readonly onProgress: (bytes: number) => void;
  readonly signal?: AbortSignal;
  readonly delayMs?: number;
}

async function fetchFile(
  url: string,
  path: string,
  name: string,
  { size, oid, lfs }: ListFileEntry,
  { headers, onProgress, signal, delayMs }: FetchSettings,
): Promise<void> {
  const checksum: Checksum | undefined = lfs
    ? { algorithm: "sha256", digest: lfs.oid }
    : oid
      ? { algorithm: "git", digest: oid }
      : undefined;
  try {
    await download(url, path, {
      bytes: size,
      headers,
      onProgress,
      ...(checksum && { checksum }),
      ...(signal && { signal }),
      ...(delayMs !== undefined && { delayMs }),
    });
  } catch (cause) {
    if (!(cause instanceof NetworkError)) throw cause;
    const hint = `Run the command again: it goes on from there. Or put the files of ${name} there.`;
    const expected = "the whole file";
    const received = `a part of it: ${cause.message}`;
    throw new DataError({ code: "file-missing", path, expected, received, hint }, { cause });
  }
}

/** Weights that a repository often has twice: these are left out where a better form is there. */
const OTHER_FRAMEWORKS = /\.(h5|msgpack|ot|tflite|mlmodel|gguf)$|^(flax_model|tf_model|rust_model)/;
const PICKLED = /(^|\/)pytorch_model.*\.bin$|\.(pt|pth|ckpt)$/;

function chosen(listed: readonly ListFileEntry[], files: PullOptions["files"]): ListFileEntry[] {
  if (files instanceof RegExp) return listed.filter(({ path }) => path.search(files) >= 0);
  if (files !== undefined) return listed.filter(({ path }) => files(path));
  const better = listed.some(({ path }) => /\.(safetensors|onnx)$/.test(path));
  return listed.filter(
    ({ path }) =>
      !path.startsWith(".git") && !OTHER_FRAMEWORKS.test(path) && !(better && PICKLED.test(path)),
  );
}

async function whatIsThere(name: string, folder: string, why: string): Promise<PulledModel> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = found
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".part"))
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(folder.length + 1));
  if (files.length > 0) return { folder, files: files.sort(), offline: true };
  throw new DataError({
    code: "file-missing",
    path: folder,
    expected: `the files of ${name}`,
    received: `no files, and ${why}`,
    hint: "Put them into this folder by hand, or set HF_ENDPOINT to a mirror of the hub.",
  });
}

function refused(name: string, hubUrl: string, cause: HubApiError): DataError {
  const closed = cause.statusCode === 401 || cause.statusCode === 403;
  const hint = closed
    ? "It does not exist, or needs a token: set HF_TOKEN."
    : "Check the name and the revision.";
  const expected = `the model ${name} at ${hubUrl}`;
  const received = `the answer ${cause.statusCode}`;
  return new DataError({ code: "file-missing", path: name, expected, received, hint }, { cause });
}
