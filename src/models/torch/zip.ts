/**
 * @file The directory of a zip file whose entries are stored as they are, as PyTorch writes them
 * (PKWARE's APPNOTE 6.3.10, sections 4.3 and 4.5.3 for sizes beyond 4 GiB).
 */
import { DataError } from "../../data/errors.ts";
import type { ByteSource } from "../byte-source.ts";

/** One entry: where its header stands, and how many bytes it has. */
export interface ZipEntry {
  readonly name: string;
  readonly header: number;
  readonly size: number;
}

const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
/** The end record may be followed by a comment of up to 65,535 bytes. */
const TAIL_BYTES = 22 + 65_535;
const MAX_DIRECTORY_BYTES = 256 * 2 ** 20;
const FULL = 0xffffffff;

/** Entries by name. @throws DataError for what is no zip file, or a compressed one */
export async function readZip(source: ByteSource): Promise<ReadonlyMap<string, ZipEntry>> {
  const { offset, size, count } = await findDirectory(source);
  if (size > MAX_DIRECTORY_BYTES)
    throw damaged(source, "a directory of its entries", `${size} bytes`);
  const bytes = await source.read(offset, size);
  const view = new DataView(bytes.buffer);
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    const entry = readEntry(source, view, at);
    if (entries.has(entry.name)) throw damaged(source, "entries of different names", entry.name);
    entries.set(entry.name, entry);
    at = entry.next;
  }
  return entries;
}

/** Where the bytes of an entry begin: its own header has fields of variable length. */
export async function entryStart(source: ByteSource, entry: ZipEntry): Promise<number> {
  const view = new DataView((await source.read(entry.header, 30)).buffer);
  if (view.getUint32(0, true) !== LOCAL) throw damaged(source, "a header of the entry", entry.name);
  const start = entry.header + 30 + view.getUint16(26, true) + view.getUint16(28, true);
  if (start + entry.size > source.size)
    throw damaged(source, `${entry.size} bytes of ${entry.name}`, `${source.size - start}`);
  return start;
}

interface Directory {
  readonly offset: number;
  readonly size: number;
  readonly count: number;
}

async function findDirectory(source: ByteSource): Promise<Directory> {
  const length = Math.min(source.size, TAIL_BYTES);
  const from = source.size - length;
  const view = new DataView((await source.read(from, length)).buffer);
  for (let at = length - 22; at >= 0; at--) {
    if (view.getUint32(at, true) !== END) continue;
    const directory = {
      count: view.getUint16(at + 10, true),
      size: view.getUint32(at + 12, true),
      offset: view.getUint32(at + 16, true),
    };
    const large =
      directory.offset === FULL || directory.size === FULL || directory.count === 0xffff;
    const found = large ? await findLargeDirectory(source, from + at) : directory;
    // An entry takes at least 46 bytes: more cannot be there.
    if (found.offset + found.size > source.size || found.count * 46 > found.size) break;
    return found;
  }
  throw damaged(source, "a zip file's directory at the end", "none");
}

async function findLargeDirectory(source: ByteSource, end: number): Promise<Directory> {
  const locator = new DataView((await source.read(end - 20, 20)).buffer);
  if (locator.getUint32(0, true) !== LOCATOR_64) throw damaged(source, "a large directory", "none");
  const record = new DataView((await source.read(large(locator, 8), 56)).buffer);
  if (record.getUint32(0, true) !== END_64) throw damaged(source, "a large directory", "none");
  return { count: large(record, 32), size: large(record, 40), offset: large(record, 48) };
}

function large(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

function readEntry(source: ByteSource, view: DataView, at: number): ZipEntry & { next: number } {
  if (at + 46 > view.byteLength || view.getUint32(at, true) !== CENTRAL)
    throw damaged(source, "an entry of the directory", "none");
  const nameLength = view.getUint16(at + 28, true);
  const extraLength = view.getUint16(at + 30, true);
  const next = at + 46 + nameLength + extraLength + view.getUint16(at + 32, true);
  if (next > view.byteLength) throw damaged(source, "an entry of the directory", "a part of one");
  const bytes = new Uint8Array(view.buffer, at + 46, nameLength);
  const name = new TextDecoder().decode(bytes);
  if (view.getUint16(at + 10, true) !== 0) {
    throw damaged(
      source,
      "entries stored as they are, as PyTorch writes them",
      `${name} compressed`,
    );
  }
  const fields = { size: view.getUint32(at + 24, true), header: view.getUint32(at + 42, true) };
  return { name, ...withExtra(fields, view, at + 46 + nameLength, extraLength), next };
}

/** Fields that do not fit into 32 bits stand in an extra field, in order. */
function withExtra(
  { size, header }: { size: number; header: number },
  view: DataView,
  start: number,
  length: number,
): { size: number; header: number } {
  if (size !== FULL && header !== FULL) return { size, header };
  for (let at = start; at + 4 <= start + length; ) {
    const [id, bytes] = [view.getUint16(at, true), view.getUint16(at + 2, true)];
    const end = Math.min(at + 4 + bytes, start + length);
    if (id === 1) {
      const values: number[] = [];
      for (let p = at + 4; p + 8 <= end; p += 8) values.push(large(view, p));
      const found = size === FULL ? (values.shift() ?? size) : size;
      // The size as compressed stands between the two.
      if (size === FULL) values.shift();
      return { size: found, header: header === FULL ? (values.shift() ?? header) : header };
    }
    at = end;
  }
  return { size, header };
}

function damaged(source: ByteSource, expected: string, received: string): DataError {
  return new DataError({
    code: "malformed",
    path: source.name,
    expected,
    received,
    hint: "PyTorch checkpoints are zip files since version 1.6.",
  });
}
