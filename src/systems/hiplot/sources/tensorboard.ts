// TensorBoard's event files: scalars become one row per run and step, hyperparameters repeat on each.
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { HiplotError } from "../errors.ts";
import { ExperimentData, pointsOf, type Row } from "../experiment.ts";
import { type Field, fieldsOf, float32, float64 } from "./protobuf.ts";

/** Reads one event file, or all below a folder; each folder with event files is a run. */
export async function readTensorboard(path: string): Promise<ExperimentData> {
  const found = await stat(path).catch(() => {
    throw new HiplotError("file-missing", `${path}: there is no such file or folder`);
  });
  const files = found.isDirectory() ? await eventFiles(path) : [path];
  if (files.length === 0) {
    throw new HiplotError(
      "format",
      `${path}: expected event files (events.out.tfevents.…) in it, found none`,
    );
  }
  const root = found.isDirectory() ? path : dirname(path);
  const runs = new Map<string, RunEvents>();
  const notes: string[] = [];
  for (const file of files) {
    const name = relative(root, dirname(file)).replaceAll("\\", "/") || basename(root);
    const run = runs.get(name) ?? { hparams: {}, steps: new Map() };
    runs.set(name, run);
    const damaged = readEvents(await readFile(file), run);
    if (damaged) notes.push(`${basename(file)}: ${damaged}; what comes before is read`);
  }
  const rows = [...runs].flatMap(([name, run]) => rowsOf(name, run));
  return new ExperimentData({ datapoints: pointsOf(rows), notes });
}

interface RunEvents {
  readonly hparams: Record<string, unknown>;
  readonly steps: Map<number, Record<string, unknown>>;
}

async function eventFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.includes("tfevents"))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Goes through the records of a file; says what is wrong where it stops early. */
function readEvents(file: Uint8Array, run: RunEvents): string | undefined {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = 0; at < file.length; ) {
    if (at + 12 > file.length) return "ends inside a record";
    const length = Number(view.getBigUint64(at, true));
    if (maskedCrc(file.subarray(at, at + 8)) !== view.getUint32(at + 8, true)) {
      return `the length at byte ${at} has a wrong checksum`;
    }
    if (at + 16 + length > file.length) return "ends inside a record";
    const data = file.subarray(at + 12, at + 12 + length);
    if (maskedCrc(data) !== view.getUint32(at + 12 + length, true)) {
      return `the record at byte ${at} has a wrong checksum`;
    }
    try {
      readEvent(data, run);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return `the record at byte ${at} is no event`;
    }
    at += 16 + length;
  }
  return undefined;
}

/** `Event{wall_time=1, step=2, summary=5{value=1{…}}}`. */
function readEvent(data: Uint8Array, run: RunEvents): void {
  let step = 0;
  let time = 0;
  const summaries: Uint8Array[] = [];
  for (const field of fieldsOf(data)) {
    if (field.number === 1) time = float64(field.bytes);
    else if (field.number === 2) step = field.value;
    else if (field.number === 5) summaries.push(field.bytes);
  }
  for (const summary of summaries) {
    for (const field of fieldsOf(summary)) {
      if (field.number === 1) readValue(field.bytes, step, time, run);
    }
  }
}

/** `Value{tag=1, simple_value=2, tensor=8, metadata=9}`. */
function readValue(data: Uint8Array, step: number, time: number, run: RunEvents): void {
  let tag = "";
  let value: number | undefined;
  let metadata: Uint8Array | undefined;
  for (const field of fieldsOf(data)) {
    if (field.number === 1) tag = text(field);
    else if (field.number === 2) value = float32(field.bytes);
    else if (field.number === 8) value = tensorScalar(field.bytes);
    else if (field.number === 9) metadata = field.bytes;
  }
  if (tag === "_hparams_/session_start_info") {
    if (metadata) Object.assign(run.hparams, sessionHparams(metadata));
    return;
  }
  if (value === undefined || tag.startsWith("_hparams_/")) return;
  const row = run.steps.get(step) ?? { step, time: Math.floor(time) };
  row[tag] = value;
  run.steps.set(step, row);
}

/** The one number of a `TensorProto`; undefined for a text or more than one number. */
function tensorScalar(data: Uint8Array): number | undefined {
  const isDouble = 2;
  let dtype = 1;
  let content: Uint8Array | undefined;
  for (const field of fieldsOf(data)) {
    if (field.number === 1) dtype = field.value;
    else if (field.number === 4) content = field.bytes;
    else if (field.number === 5 && field.bytes.length === 4) return float32(field.bytes);
    else if (field.number === 6 && field.bytes.length === 8) return float64(field.bytes);
    else if ((field.number === 7 || field.number === 10) && field.wire === 0) return field.value;
  }
  if (content?.length === 4 && dtype === 1) return float32(content);
  return content?.length === 8 && dtype === isDouble ? float64(content) : undefined;
}

/** `SummaryMetadata{plugin_data=1{content=2: {session_start_info=3{hparams=1: map}}}}`. */
function sessionHparams(metadata: Uint8Array): Record<string, unknown> {
  const hparams: Record<string, unknown> = {};
  for (const start of nested(metadata, [1, 2, 3, 1])) {
    let key = "";
    for (const field of fieldsOf(start)) {
      if (field.number === 1) key = text(field);
      else if (field.number === 2) hparams[key] = protoValue(field.bytes);
    }
  }
  return hparams;
}

function nested(bytes: Uint8Array, path: readonly number[]): Uint8Array[] {
  const [first, ...rest] = path;
  const found = [...fieldsOf(bytes)].filter(({ number }) => number === first);
  return found.flatMap((field) => (rest.length === 0 ? [field.bytes] : nested(field.bytes, rest)));
}

/** `google.protobuf.Value{null=1, number=2, string=3, bool=4}`. */
function protoValue(bytes: Uint8Array): unknown {
  for (const field of fieldsOf(bytes)) {
    if (field.number === 2) return float64(field.bytes);
    if (field.number === 3) return text(field);
    if (field.number === 4) return field.value === 1;
  }
  return null;
}

function text({ bytes }: Field): string {
  return new TextDecoder().decode(bytes);
}

function rowsOf(name: string, { hparams, steps }: RunEvents): Row[] {
  if (steps.size === 0) {
    return Object.keys(hparams).length === 0 ? [] : [{ uid: name, run: name, ...hparams }];
  }
  let before: string | null = null;
  return [...steps]
    .sort((a, b) => a[0] - b[0])
    .map(([step, values]) => {
      const row = { uid: `${name}_${step}`, from_uid: before, run: name, ...hparams, ...values };
      before = row.uid;
      return row;
    });
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  // The Castagnoli polynomial, bits reversed.
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

/** CRC-32C as TFRecord stores it: turned by 15 bits and shifted, lest a CRC of CRCs be weak. */
export function maskedCrc(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = crcTable[(crc ^ byte) & 255]! ^ (crc >>> 8);
  crc = ~crc >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
