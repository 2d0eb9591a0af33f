/** @file Downloads a file so that it is there whole and checked, or not at all; what broke off goes on. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { DataError } from "./errors.ts";

/** What a file's content must hash to; `git` is the SHA-1 of a git blob. */
export interface Checksum {
  readonly algorithm: "sha256" | "sha512" | "git";
  /** Hexadecimal digits. */
  readonly digest: string;
}

/** Settings of `download`. */
export interface DownloadOptions {
  /** Size in bytes where it is known. */
  readonly bytes?: number;
  /** The most bytes to accept where the size is not known. Default 64 GiB. */
  readonly maxBytes?: number;
  readonly checksum?: Checksum;
  readonly headers?: Readonly<Record<string, string>>;
  /** Told how many bytes are there. */
  readonly onProgress?: (bytes: number) => void;
  readonly signal?: AbortSignal;
  /** Attempts in a row that may bring nothing. Default 5. */
  readonly attempts?: number;
  /** Before the second attempt; doubled each time. Default 500. */
  readonly delayMs?: number;
  readonly fetch?: typeof fetch;
}

/** Thrown where a server cannot be reached, or breaks off time and again. */
export class NetworkError extends Error {
  override readonly name = "NetworkError";
  /** Whether no byte was ever received. */
  readonly unreachable: boolean;

  constructor(message: string, unreachable: boolean, options?: ErrorOptions) {
    super(message, options);
    this.unreachable = unreachable;
  }
}

/**
 * Downloads to `path`. What has arrived stands in `path.part` until the file is whole and its
 * checksum is right; a later call goes on from there.
 * @throws NetworkError where the server does not answer or refuses; DataError where the content is
 *   not what it should be (nothing is kept then)
 */
export async function download(
  url: string,
  path: string,
  options: DownloadOptions = {},
): Promise<void> {
  const { attempts = 5, delayMs = 500, signal } = options;
  await mkdir(dirname(path), { recursive: true });
  const part = `${path}.part`;
  let failures = 0;
  let before = await sizeOf(part);
  const resumed = before;
  while (true) {
    try {
      await receive(url, part, options);
      break;
    } catch (error) {
      signal?.throwIfAborted();
      if (!isTransient(error)) throw error;
      const now = await sizeOf(part);
      failures = now > before ? 1 : failures + 1;
      before = now;
      if (failures >= attempts) throw gaveUp(url, now === resumed && now === 0, error as Error);
      await wait(delayMs * 2 ** (failures - 1), undefined, { signal });
    }
  }
  await check(part, path, options);
  await rename(part, path);
}

/** Why a request failed, in the words of the system: `ENOTFOUND` rather than `fetch failed`. */
export function networkReason(error: unknown): string {
  const { cause, message } = error as Error & { cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? message;
}

/** An answer that another attempt may change. */
class BusyError extends Error {}

function isTransient(error: unknown): boolean {
  // fetch throws TypeError for whatever goes wrong on the way, and its body the same or an Error.
  if (error instanceof DataError || error instanceof NetworkError) return false;
  const { code } = error as NodeJS.ErrnoException;
  return !["ENOSPC", "EACCES", "EROFS", "EDQUOT", "EISDIR"].includes(code ?? "");
}

function gaveUp(url: string, unreachable: boolean, cause: Error): NetworkError {
  const { host } = new URL(url);
  const verb = unreachable ? "cannot be reached" : "broke off time and again";
  const reason = networkReason(cause);
  return new NetworkError(`${host} ${verb} (${reason})`, unreachable, { cause });
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}

/** One request for what is missing of the part, appended to it. */
async function receive(url: string, part: string, options: DownloadOptions): Promise<void> {
  const { bytes, maxBytes = 64 * 2 ** 30, headers = {}, signal, onProgress } = options;
  let at = await sizeOf(part);
  if (bytes !== undefined && at === bytes) {
    // An empty file is whole before anything was asked for.
    await (await open(part, "a")).close();
    return;
  }
  if (bytes !== undefined && at > bytes) {
    await rm(part);
    at = 0;
  }
  const response = await (options.fetch ?? fetch)(url, {
    headers: at > 0 ? { ...headers, Range: `bytes=${at}-` } : headers,
    signal: signal ?? null,
  });
  if (response.status === 416) {
    await rm(part, { force: true });
    throw new BusyError("the server has fewer bytes than are here; begun anew");
  }
  if (!response.ok) throw refused(url, response);
  const goesOn =
    response.status === 206 && response.headers.get("content-range")?.startsWith(`bytes ${at}-`);
  const limit = bytes ?? maxBytes;
  const file = await open(part, goesOn ? "a" : "w");
  if (!goesOn) at = 0;
  try {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      at += chunk.length;
      if (at > limit) break;
      await file.writeFile(chunk);
      onProgress?.(at);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  if (at > limit) {
    await rm(part);
    const received = "more";
    throw new DataError({ code: "malformed", path: url, expected: `${limit} bytes`, received });
  }
  const missing = bytes !== undefined && at < bytes;
  if (missing) throw new BusyError(`ended after ${at} of ${bytes} bytes`);
}

function refused(url: string, { status, statusText }: Response): Error {
  const message = `${url}: the server answered ${status} ${statusText}`.trim();
  // These pass: too many requests, and trouble behind the server.
  return status === 429 || status >= 500
    ? new BusyError(message)
    : new NetworkError(message, false);
}

async function check(part: string, path: string, options: DownloadOptions): Promise<void> {
  const { checksum, bytes } = options;
  const { size } = await stat(part);
  if (bytes !== undefined && size !== bytes) {
    await rm(part);
    throw damaged(path, `${bytes} bytes`, `${size}`);
  }
  if (checksum === undefined) return;
  const found = await hashFile(part, checksum.algorithm);
  if (found === checksum.digest) return;
  await rm(part);
  throw damaged(path, `content with ${checksum.algorithm} ${checksum.digest}`, found);
}

function damaged(path: string, expected: string, received: string): DataError {
  const hint = "The download was damaged or is not the file that was announced; nothing is kept.";
  return new DataError({ code: "malformed", path, expected, received, hint });
}

/** The digest of a file, in hexadecimal digits. */
export async function hashFile(path: string, algorithm: Checksum["algorithm"]): Promise<string> {
  const hash = createHash(algorithm === "git" ? "sha1" : algorithm);
  if (algorithm === "git") hash.update(`blob ${(await stat(path)).size}\0`);
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
