/** @file Text files as a stream of whole lines: checked for encoding and line length, bounded in memory. */
import { isAscii, isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import { DataError } from "../errors.ts";

/** A run of whole lines. */
export interface LineBlock {
  readonly text: string;
  /** Number of the block's first line in the file, from 1. */
  readonly firstLine: number;
}

/** Options of `readLineBlocks`. */
export interface SourceOptions {
  /** Any name that `TextDecoder` knows; default UTF-8, or UTF-16 where a byte order mark says so. */
  readonly encoding?: string;
  /** Longest line that is read; default 16 MiB. The memory used is bounded by about twice this. */
  readonly maxLineBytes?: number;
  /** Bytes that are no UTF-8: an error (default), or each read as U+FFFD. */
  readonly invalidBytes?: "error" | "replace";
}

/** Longest line (and longest CSV record) that is read unless the caller asks for more: 16 MiB. */
export const defaultMaxLineBytes = 16 * 2 ** 20;

const chunkBytes = 2 ** 20;
const newline = 0x0a;

/** The size of a readable, non-empty regular file; otherwise a `DataError` that says what it is. */
export async function checkFile(path: string): Promise<number> {
  const expected = "the path of a file";
  const info = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT" || cause.code === "ENOTDIR") {
      throw new DataError({
        code: "file-missing",
        path,
        expected,
        received: "a path where nothing is",
        hint: "Check the spelling; a relative path starts at the folder the command runs in.",
      });
    }
    throw unreadable(path, cause);
  });
  if (!info.isFile()) {
    const received = info.isDirectory() ? "a folder" : "something that is not a regular file";
    throw new DataError({ code: "file-unreadable", path, expected, received });
  }
  if (info.size === 0) throw emptyFile(path);
  return info.size;
}

/** The error for a file without content. */
export function emptyFile(path: string): DataError {
  const expected = "a file with content";
  return new DataError({ code: "file-empty", path, expected, received: "an empty file" });
}

/** The first bytes of a file; fewer where it is shorter. */
export async function readHead(path: string, bytes: number): Promise<Buffer> {
  const file = await open(path).catch((cause: NodeJS.ErrnoException) => {
    throw unreadable(path, cause);
  });
  try {
    const buffer = Buffer.alloc(bytes);
    const { bytesRead } = await file.read(buffer, 0, bytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Whether the bytes begin like a gzip stream (RFC 1952, section 2.3.1). */
export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

/**
 * The lines of a text file in blocks of about 1 MiB, gunzipped where needed. Throws a `DataError` for
 * a missing or empty file, a byte that is not valid in the encoding (with line and place) and a line
 * over the limit; the latter is found before the line is held in memory.
 */
export async function* readLineBlocks(
  path: string,
  { encoding, maxLineBytes = defaultMaxLineBytes, invalidBytes }: SourceOptions = {},
): AsyncGenerator<LineBlock> {
  const replace = invalidBytes === "replace";
  await checkFile(path);
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let line = 1;
  let offset = 0;
  for await (const chunk of utf8Chunks(path, encoding)) {
    const end = chunk.lastIndexOf(newline) + 1;
    checkLineLengths(chunk, pendingBytes, path, line, maxLineBytes);
    if (end === 0) {
      pending.push(chunk);
      pendingBytes += chunk.length;
      continue;
    }
    pending.push(chunk.subarray(0, end));
    const block = pending.length === 1 ? pending[0]! : Buffer.concat(pending);
    yield { text: decodeLines(block, path, line, offset, replace), firstLine: line };
    line += countLines(block);
    offset += block.length;
    pending = end < chunk.length ? [chunk.subarray(end)] : [];
    pendingBytes = chunk.length - end;
  }
  if (pendingBytes > 0) {
    const block = Buffer.concat(pending);
    yield { text: decodeLines(block, path, line, offset, replace), firstLine: line };
  } else if (offset === 0) {
    throw emptyFile(path);
  }
}

/** The file's bytes as UTF-8 in chunks, without a byte order mark. */
async function* utf8Chunks(path: string, encoding?: string): AsyncGenerator<Buffer> {
  const head = await readHead(path, 4);
  const file = createReadStream(path, { highWaterMark: chunkBytes });
  // A gunzipped chunk of the default 16 KiB would make ten times as many blocks.
  const stream = isGzip(head) ? file.pipe(createGunzip({ chunkSize: chunkBytes })) : file;
  file.on("error", (error) => stream.destroy(error));
  let decoder: TextDecoder | undefined;
  let first = true;
  try {
    for await (const bytes of stream as AsyncIterable<Buffer>) {
      let chunk = bytes;
      if (first) {
        const name = encoding ?? markedEncoding(bytes);
        if (name !== undefined && !/^utf-?8$/i.test(name)) decoder = textDecoder(name);
        if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) chunk = bytes.subarray(3);
        first = false;
      }
      yield decoder === undefined ? chunk : Buffer.from(decode(decoder, chunk, path));
    }
    if (decoder !== undefined) yield Buffer.from(decode(decoder, undefined, path));
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    throw unreadable(path, cause as NodeJS.ErrnoException);
  } finally {
    file.destroy();
  }
}

function markedEncoding(head: Uint8Array): string | undefined {
  if (head[0] === 0xff && head[1] === 0xfe) return "utf-16le";
  if (head[0] === 0xfe && head[1] === 0xff) return "utf-16be";
  return undefined;
}

function textDecoder(name: string): TextDecoder {
  try {
    return new TextDecoder(name, { fatal: true });
  } catch (cause) {
    const expected = 'the name of a text encoding, such as "utf-8", "windows-1252" or "utf-16le"';
    throw new DataError(
      { code: "option", field: "encoding", expected, received: JSON.stringify(name) },
      { cause },
    );
  }
}

function decode(decoder: TextDecoder, chunk: Uint8Array | undefined, path: string): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch (cause) {
    const received = "bytes that this encoding does not have";
    const expected = `text in ${decoder.encoding}`;
    throw new DataError(
      { code: "malformed", path, field: "encoding", expected, received },
      { cause },
    );
  }
}

function unreadable(path: string, cause: NodeJS.ErrnoException): DataError {
  const gzip = cause.code?.startsWith("Z_") === true;
  return new DataError(
    {
      code: "file-unreadable",
      path,
      expected: gzip ? "a whole gzip file" : "a file that can be read",
      received: cause.code === "EACCES" ? "no permission to read it" : cause.message,
    },
    { cause },
  );
}

function checkLineLengths(
  chunk: Buffer,
  carriedBytes: number,
  path: string,
  firstLine: number,
  limitBytes: number,
): void {
  let start = -carriedBytes;
  let line = firstLine;
  while (start < chunk.length) {
    const found = chunk.indexOf(newline, Math.max(start, 0));
    const end = found === -1 ? chunk.length : found;
    if (end - start > limitBytes) throw lineTooLong(path, line, limitBytes);
    if (found === -1) return;
    start = found + 1;
    line++;
  }
}

/** The error for a line or record over the limit. */
export function lineTooLong(path: string, line: number, limitBytes: number): DataError {
  return new DataError({
    code: "line-too-long",
    path,
    line,
    limitBytes,
    expected: `a line of at most ${limitBytes} bytes`,
    received: "a longer one",
    hint: "Is it a text file with line breaks? If so, raise maxLineBytes.",
  });
}

function countLines(block: Buffer): number {
  let lines = 0;
  for (let at = block.indexOf(newline); at !== -1; at = block.indexOf(newline, at + 1)) lines++;
  return lines;
}

function decodeLines(
  block: Buffer,
  path: string,
  firstLine: number,
  offset: number,
  replace: boolean,
): string {
  if (isAscii(block)) return block.toString("latin1");
  if (replace || isUtf8(block)) return block.toString("utf8");
  const at = firstInvalidUtf8(block);
  const before = block.subarray(0, at);
  const line = firstLine + countLines(before);
  const byteInLine = at - before.lastIndexOf(newline);
  const hex = block
    .subarray(at, at + 4)
    .toString("hex")
    .replace(/(?=(?:..)+$)/g, " ")
    .trim();
  throw new DataError({
    code: "encoding",
    path,
    line,
    byteInFile: offset + at,
    expected: "UTF-8 text",
    received: `byte ${byteInLine} of the line, which begins an invalid sequence (${hex})`,
    hint: 'Save the file as UTF-8, or name its encoding, e.g. encoding "windows-1252".',
  });
}

/** Index of the first byte that no valid UTF-8 sequence explains (RFC 3629, section 4), or -1. */
export function firstInvalidUtf8(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length) {
    const lead = bytes[at]!;
    let more = 0;
    // The second byte is narrowed where overlong forms, surrogates or values past U+10FFFF begin.
    let low = 0x80;
    let high = 0xbf;
    if (lead < 0x80) more = 0;
    else if (lead >= 0xc2 && lead <= 0xdf) more = 1;
    else if (lead >= 0xe0 && lead <= 0xef) {
      more = 2;
      if (lead === 0xe0) low = 0xa0;
      if (lead === 0xed) high = 0x9f;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
      more = 3;
      if (lead === 0xf0) low = 0x90;
      if (lead === 0xf4) high = 0x8f;
    } else return at;
    for (let i = 1; i <= more; i++) {
      const byte = bytes[at + i];
      if (byte === undefined || byte < low || byte > high) return at;
      low = 0x80;
      high = 0xbf;
    }
    at += more + 1;
  }
  return -1;
}
