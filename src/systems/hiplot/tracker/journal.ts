// A run's journal: one line a record, forced to the disk within a second, whole lines only when read back.
import {
  closeSync,
  fsync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { parseJson, toPythonJson } from "../core/json.ts";

/** Any record of a journal. */
export type JournalRecord = Record<string, unknown>;

/** Milliseconds from a record to its place on the disk, at most. */
const syncAfterMs = 500;
const flushAtBytes = 1 << 18;

/** Appends records to a file. A torn last line, left by a crash, is cut off when the file is opened. */
export class JournalWriter {
  #file: number;
  #pending: string[] = [];
  #pendingBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    this.#file = openSync(path, "a+");
    const whole = wholeLength(readFileSync(path));
    ftruncateSync(this.#file, whole);
  }

  /** Adds a record; it is on the disk within half a second. */
  append(record: JournalRecord): void {
    const line = `${toPythonJson(record)}\n`;
    this.#pending.push(line);
    this.#pendingBytes += line.length;
    if (this.#pendingBytes >= flushAtBytes) this.#write();
    this.#timer ??= setTimeout(() => this.#sync(), syncAfterMs);
  }

  /** Forces everything to the disk now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#write();
    fsyncSync(this.#file);
  }

  close(): void {
    this.flush();
    closeSync(this.#file);
  }

  #write(): void {
    if (this.#pending.length === 0) return;
    const bytes = Buffer.from(this.#pending.join(""));
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
    this.#pending = [];
    this.#pendingBytes = 0;
  }

  #sync(): void {
    this.#timer = undefined;
    this.#write();
    // Beside the training, not in its way; an error shows at the next flush.
    fsync(this.#file, () => {});
  }
}

function wholeLength(bytes: Uint8Array): number {
  return bytes.lastIndexOf(10) + 1;
}

/** The whole records of a journal; a torn last line is left out. */
export function readJournal(path: string): JournalRecord[] {
  return parseRecords(readFileSync(path)).records;
}

/** The whole records of a piece of a journal that begins with a line, and their length in bytes. */
export function parseRecords(bytes: Uint8Array): { records: JournalRecord[]; bytes: number } {
  const whole = wholeLength(bytes);
  const lines = new TextDecoder().decode(bytes.subarray(0, whole)).split("\n").slice(0, -1);
  return { records: lines.map((line) => parseJson(line) as JournalRecord), bytes: whole };
}
