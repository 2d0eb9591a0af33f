// A frame as bytes: how a server sends a million rows to a page, and how one HTML file holds them. Lossless.
import {
  type CodedColumn,
  type Column,
  type Dictionary,
  dictionaryOf,
  PackedTexts,
} from "./columns.ts";
import { Frame } from "./frame.ts";
import { parseJson, toPythonJson } from "./json.ts";
import type { ExperimentJson, Value } from "./types.ts";

/** The experiment beside its rows, as HiPlot's JSON has it. */
export type ExperimentSettings = Omit<ExperimentJson, "datapoints" | "datapoints_compressed">;

/** Rows and settings as they travel. */
export interface WireExperiment {
  readonly frame: Frame;
  readonly experiment: ExperimentSettings;
}

/** Where a list of numbers lies, and how it was written. */
interface Block {
  /** `decimal`: 32-bit whole numbers, to be divided by `divisor`. */
  readonly kind: "f64" | "f32" | "decimal" | "u32" | "u16" | "u8" | "i32";
  readonly at: number;
  readonly length: number;
  readonly divisor?: number;
}

type DictionaryHead =
  | { readonly values: Value[] }
  | { readonly texts: Block; readonly ends: Block };

type ColumnHead =
  | {
      readonly kind: "number";
      readonly name: string;
      readonly values: Block;
      readonly tags?: Block;
      /** `null` for a cell that is not there, else a list of its one value. */
      readonly oddities: readonly (readonly [Value] | null)[];
      readonly fromText: boolean;
    }
  | {
      readonly kind: "coded";
      readonly name: string;
      readonly codes: Block;
      readonly dictionary: DictionaryHead;
    };

interface Head {
  readonly rows: number;
  readonly columns: readonly ColumnHead[];
  /** Left out where each row's id is its number. */
  readonly uids?: DictionaryHead;
  /** How far above each row its parent is; 0 for none. */
  readonly parents?: Block;
  readonly experiment: ExperimentSettings;
}

const magic = 0x31434444;

/** Writes rows and settings. Numbers take the least bytes from which they come back bit for bit. */
export function encodeFrame({ frame, experiment }: WireExperiment): Uint8Array<ArrayBuffer> {
  const writer = new BlockWriter();
  const { parents } = frame;
  const head: Head = {
    rows: frame.rows,
    columns: frame.columns.map((column) => encodeColumn(column, writer)),
    ...(isNumbered(frame.uids) ? {} : { uids: encodeDictionary(frame.uids, writer) }),
    ...(parents?.some((parent) => parent >= 0)
      ? {
          parents: writer.add(
            "i32",
            parents.map((parent, row) => (parent < 0 ? 0 : row - parent)),
          ),
        }
      : {}),
    experiment,
  };
  return writer.finish(new TextEncoder().encode(toPythonJson(head)));
}

/** Reads what `encodeFrame` wrote. @throws Error for bytes that it did not write */
export function decodeFrame(bytes: Uint8Array): WireExperiment {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8 || view.getUint32(0, true) !== magic) {
    throw new Error("hiplot data: expected columns as the server sends them, got something else");
  }
  const headLength = view.getUint32(4, true);
  const head = parseJson(new TextDecoder().decode(bytes.subarray(8, 8 + headLength))) as Head;
  const body = bytes.subarray(8 + headLength);
  const columns = head.columns.map((column) => decodeColumn(column, body));
  const steps = head.parents && (readBlock(head.parents, body) as Int32Array);
  const frame = new Frame({
    columns,
    rows: head.rows,
    ...(head.uids && { uids: decodeDictionary(head.uids, body) }),
    ...(steps && {
      parents: Int32Array.from(steps, (step, row) => (step === 0 ? -1 : row - step)),
    }),
  });
  return { frame, experiment: head.experiment };
}

type Numbers = Float64Array | Float32Array | Int32Array | Uint32Array | Uint16Array | Uint8Array;

/** Lists of numbers one after another, each as planes of bytes: equal high bytes then pack well. */
class BlockWriter {
  readonly #parts: Uint8Array[] = [];
  #size = 0;

  add(kind: Block["kind"], numbers: Numbers, divisor?: number): Block {
    const bytes = toPlanes(numbers);
    const block = { kind, at: this.#size, length: numbers.length, ...(divisor && { divisor }) };
    this.#parts.push(bytes);
    this.#size += bytes.length;
    return block;
  }

  finish(head: Uint8Array): Uint8Array<ArrayBuffer> {
    const all = new Uint8Array(8 + head.length + this.#size);
    const view = new DataView(all.buffer);
    view.setUint32(0, magic, true);
    view.setUint32(4, head.length, true);
    all.set(head, 8);
    let at = 8 + head.length;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}

function toPlanes(numbers: Numbers): Uint8Array {
  const size = numbers.BYTES_PER_ELEMENT;
  const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  if (size === 1) return bytes;
  const planes = new Uint8Array(bytes.length);
  const count = numbers.length;
  for (let plane = 0; plane < size; plane++) {
    for (let i = 0, from = plane; i < count; i++, from += size)
      planes[plane * count + i] = bytes[from]!;
  }
  return planes;
}

const listOf = {
  f64: Float64Array,
  f32: Float32Array,
  decimal: Int32Array,
  i32: Int32Array,
  u32: Uint32Array,
  u16: Uint16Array,
  u8: Uint8Array,
} as const;

function readBlock({ kind, at, length }: Block, body: Uint8Array): Numbers {
  const list = new listOf[kind](length);
  const bytes = new Uint8Array(list.buffer);
  const size = list.BYTES_PER_ELEMENT;
  for (let plane = 0; plane < size; plane++) {
    const from = at + plane * length;
    for (let i = 0, to = plane; i < length; i++, to += size) bytes[to] = body[from + i]!;
  }
  return list;
}

function encodeColumn(column: Column, writer: BlockWriter): ColumnHead {
  const { name } = column;
  if (column.kind === "coded") {
    const { codes, dictionary } = column;
    return {
      kind: "coded",
      name,
      codes: addCodes(codes, writer),
      dictionary: encodeDictionary(dictionary, writer),
    };
  }
  const { values, tags, oddities, fromText } = column;
  return {
    kind: "number",
    name,
    values: addNumbers(values, writer),
    ...(tags && { tags: writer.add("u8", tags) }),
    oddities: oddities.map((value) => (value === undefined ? null : [value])),
    fromText,
  };
}

function decodeColumn(head: ColumnHead, body: Uint8Array): Column {
  if (head.kind === "coded") {
    const codes = Uint32Array.from(readBlock(head.codes, body));
    // Two bytes hold codes up to 65,534; their greatest stands for a cell that is not there.
    const none = head.codes.kind === "u16" ? 0xffff : 0xffffffff;
    if (none === 0xffff)
      for (let i = 0; i < codes.length; i++) if (codes[i] === none) codes[i] = 0xffffffff;
    const dictionary = decodeDictionary(head.dictionary, body);
    return { kind: "coded", name: head.name, codes, dictionary } satisfies CodedColumn;
  }
  return {
    kind: "number",
    name: head.name,
    values: readNumbers(head.values, body),
    tags: head.tags ? (readBlock(head.tags, body) as Uint8Array) : null,
    oddities: head.oddities.map((odd) => (odd === null ? undefined : odd[0])),
    fromText: head.fromText,
  };
}

function addCodes(codes: Uint32Array, writer: BlockWriter): Block {
  const fits = codes.every((code) => code < 0xffff || code === 0xffffffff);
  return fits ? writer.add("u16", Uint16Array.from(codes)) : writer.add("u32", codes);
}

const divisors = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];

function addNumbers(values: Float64Array, writer: BlockWriter): Block {
  for (const divisor of divisors) {
    if (values.every((value) => isDecimal(value, divisor))) {
      const whole = Int32Array.from(values, (value) =>
        Number.isNaN(value) ? notANumber : Math.round(value * divisor),
      );
      return writer.add("decimal", whole, divisor);
    }
  }
  const short = values.every((value) => Object.is(Math.fround(value), value));
  return short ? writer.add("f32", Float32Array.from(values)) : writer.add("f64", values);
}

/** Stands for NaN among whole numbers. */
const notANumber = -(2 ** 31);

function isDecimal(value: number, divisor: number): boolean {
  if (Number.isNaN(value)) return true;
  const whole = Math.round(value * divisor);
  return whole > notANumber && whole < 2 ** 31 && Object.is(whole / divisor, value);
}

function readNumbers(block: Block, body: Uint8Array): Float64Array {
  const list = readBlock(block, body);
  const { kind, divisor = 1 } = block;
  if (kind === "f64") return list as Float64Array;
  if (kind === "f32") return Float64Array.from(list);
  return Float64Array.from(list, (whole) => (whole === notANumber ? Number.NaN : whole / divisor));
}

/** Texts from this many on are written as bytes rather than as JSON. */
const packedFrom = 2_000;

function encodeDictionary(dictionary: Dictionary, writer: BlockWriter): DictionaryHead {
  if (dictionary instanceof PackedTexts && dictionary.length >= packedFrom) {
    return packedHead(dictionary, writer);
  }
  const values = Array.from({ length: dictionary.length }, (_, code) => dictionary.at(code));
  if (values.length < packedFrom || !values.every((value) => typeof value === "string")) {
    return { values };
  }
  return packedHead(PackedTexts.from(values), writer);
}

function packedHead(packed: PackedTexts, writer: BlockWriter): DictionaryHead {
  return {
    texts: writer.add("u8", packed.bytes),
    ends: writer.add("u32", lengthsOf(packed.offsets)),
  };
}

/** Lengths repeat where offsets never do. */
function lengthsOf(offsets: Uint32Array): Uint32Array {
  return offsets.subarray(1).map((end, i) => end - offsets[i]!);
}

function decodeDictionary(head: DictionaryHead, body: Uint8Array): Dictionary {
  if ("values" in head) return dictionaryOf(head.values);
  const lengths = readBlock(head.ends, body) as Uint32Array;
  const offsets = new Uint32Array(lengths.length + 1);
  for (let i = 0; i < lengths.length; i++) offsets[i + 1] = offsets[i]! + lengths[i]!;
  return new PackedTexts(readBlock(head.texts, body) as Uint8Array, offsets);
}

function isNumbered(uids: Dictionary): boolean {
  for (let row = 0; row < uids.length; row++) if (uids.at(row) !== String(row)) return false;
  return true;
}
