/** @file Unpacks tar archives from sources that are not trusted: files only, inside one folder, of bounded size. */
import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { DataError } from "./errors.ts";
import { safeJoin } from "./safe-path.ts";

/** Settings of `extractTar`. */
export interface ExtractOptions {
  /** The most bytes that all files together may have. */
  readonly maxBytes: number;
  /** Leading folders of each name to leave out. Default 0. */
  readonly strip?: number;
  /** Which files, by their names after stripping. Default all. */
  readonly files?: (name: string) => boolean;
}

const BLOCK = 512;
const MAX_FILES = 200_000;
/** Pax headers hold names and times; more than this is no header. */
const MAX_HEADER_BYTES = 1 << 20;

/**
 * Writes the regular files of a tar archive (ustar, pax, GNU long names) into a folder.
 * @returns the names of the files, in the archive's order
 * @throws DataError for a damaged archive, for links and devices, for names that leave the folder,
 *   and for more bytes or files than allowed
 */
export async function extractTar(
  archive: AsyncIterable<Uint8Array>,
  folder: string,
  { maxBytes, strip = 0, files = () => true }: ExtractOptions,
): Promise<string[]> {
  const reader = new BlockReader(archive, folder);
  const names: string[] = [];
  let left = maxBytes;
  let override: { path?: string; size?: number } = {};
  for (let block = await reader.block(); block !== null; block = await reader.block()) {
    if (block.every((byte) => byte === 0)) continue;
    const header = readHeader(block, folder);
    const size = override.size ?? header.size;
    const path = override.path ?? header.path;
    const { type } = header;
    if (type === "x" || type === "L" || type === "g") {
      if (size > MAX_HEADER_BYTES) throw broken(folder, `a header of ${size} bytes`);
      const content = await reader.content(size);
      if (type === "L") override.path = new TextDecoder().decode(content).replace(/\0.*$/s, "");
      if (type === "x") override = { ...override, ...readPax(content) };
      continue;
    }
    override = {};
    if (type === "5") continue;
    if (type !== "0") throw broken(folder, `${JSON.stringify(path)}, which is no plain file`);
    left -= size;
    if (left < 0) throw broken(folder, `more than ${maxBytes} bytes`);
    if (names.length >= MAX_FILES) throw broken(folder, `more than ${MAX_FILES} files`);
    const name = path.split("/").slice(strip).join("/");
    const target = safeJoin(folder, name);
    if (files(name)) {
      await mkdir(dirname(target), { recursive: true });
      await reader.copyTo(target, size);
      names.push(name);
    } else await reader.skip(size);
  }
  return names;
}

function broken(folder: string, received: string): DataError {
  const expected = "an archive of plain files";
  const hint = "It is damaged or hostile.";
  return new DataError({ code: "malformed", path: folder, expected, received, hint });
}

interface Header {
  readonly path: string;
  readonly size: number;
  readonly type: string;
}

function readHeader(block: Uint8Array, folder: string): Header {
  const text = (from: number, length: number) =>
    new TextDecoder().decode(block.subarray(from, from + length)).replace(/\0.*$/s, "");
  const stored = Number.parseInt(text(148, 8).trim(), 8);
  // The checksum counts its own eight bytes as blanks.
  const sum = block.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
  if (sum !== stored) throw broken(folder, "a header with a wrong checksum");
  const size = readSize(block.subarray(124, 136));
  if (!Number.isSafeInteger(size) || size < 0) throw broken(folder, "a size that is no number");
  const prefix = text(257, 5) === "ustar" ? text(345, 155) : "";
  const name = text(0, 100);
  const type = String.fromCharCode(block[156] || 48);
  return { path: prefix ? `${prefix}/${name}` : name, size, type };
}

/** Octal digits, or a binary number after a set first bit. */
function readSize(field: Uint8Array): number {
  if (field[0]! & 0x80) {
    return field.subarray(1).reduce((value, byte) => value * 256 + byte, field[0]! & 0x7f);
  }
  const digits = new TextDecoder().decode(field).replace(/\0.*$/s, "").trim();
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
}

function readPax(content: Uint8Array): { path?: string; size?: number } {
  const found: { path?: string; size?: number } = {};
  for (const line of new TextDecoder().decode(content).split("\n")) {
    const [, key, value] = /^\d+ (path|size)=(.*)$/s.exec(line) ?? [];
    if (key === "path") found.path = value!;
    if (key === "size" && /^\d+$/.test(value!)) found.size = Number(value);
  }
  return found;
}

/** A stream of bytes in blocks of 512. */
class BlockReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #folder: string;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(archive: AsyncIterable<Uint8Array>, folder: string) {
    this.#chunks = archive[Symbol.asyncIterator]();
    this.#folder = folder;
  }

  /** The next block, or null at the end. */
  async block(): Promise<Uint8Array | null> {
    if (this.#rest.length === 0 && !(await this.#more())) return null;
    return this.#take(BLOCK);
  }

  async content(size: number): Promise<Uint8Array> {
    const bytes = await this.#take(size);
    await this.skip(0, size);
    return bytes;
  }

  async copyTo(path: string, size: number): Promise<void> {
    const file = await open(path, "w");
    try {
      await this.#pass(size, (part) => file.writeFile(part));
    } finally {
      await file.close();
    }
    await this.skip(0, size);
  }

  /** Passes over bytes, and over what fills up the last block of `size`. */
  async skip(bytes: number, size = bytes): Promise<void> {
    await this.#pass(bytes + ((BLOCK - (size % BLOCK)) % BLOCK), async () => {});
  }

  async #take(size: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(size);
    let at = 0;
    await this.#pass(size, async (part) => {
      bytes.set(part, at);
      at += part.length;
    });
    return bytes;
  }

  async #pass(size: number, use: (part: Uint8Array) => Promise<void>): Promise<void> {
    for (let left = size; left > 0; ) {
      if (this.#rest.length === 0 && !(await this.#more())) {
        throw broken(this.#folder, "an archive that is cut short");
      }
      const part = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(part.length);
      left -= part.length;
      await use(part);
    }
  }

  async #more(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done) return false;
      this.#rest = value;
    }
    return true;
  }
}
