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
import { joinNumbers, splitNumbers } from "./numbered-texts.ts";
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
  /** Written as they lie in memory; else as planes of bytes. */
  readonly plain?: true;
}

type DictionaryHead =
  | { readonly values: Value[] }
  | { readonly texts: Block; readonly ends: Block }
  | { readonly words: readonly string[]; readonly numbers: readonly Block[] };

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

/** Options of `encodeFrame`. */
export interface EncodeOptions {
  /**
   * Numbers as they lie in memory, which a reader takes as they are: for a way that packs nothing. By
   * default they are written as planes of bytes, which pack well.
   */
  readonly plain?: boolean;
}

/** Writes rows and settings. Numbers take the least bytes from which they come back bit for bit. */
export function encodeFrame(
  data: WireExperiment,
  options: EncodeOptions = {},
): Uint8Array<ArrayBuffer> {
  const parts = encodeParts(data, options);
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The same as pieces to be sent one after another; some are the frame's own memory. */
export function encodeParts(
  { frame, experiment }: WireExperiment,
  { plain = false }: EncodeOptions = {},
): Uint8Array[] {
  const writer = new BlockWriter(plain);
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
  const { head, body } = readHead(bytes);
  const columns = head.columns.map((column) => decodeColumn(column, body));
  const steps = head.parents && (readBlock(head.parents, body) as Int32Array);
  const frame = new Frame({
    columns,
    rows: head.rows,
    ...(head.uids && { uids: decodeDictionary(head.uids, body) }),
    ...(steps && { parents: steps.map((step, row) => (step === 0 ? -1 : row - step)) }),
  });
  return { frame, experiment: head.experiment };
}

/** How many rows there are in what `encodeFrame` wrote. */
export function rowsOf(bytes: Uint8Array): number {
  return readHead(bytes).head.rows;
}

function readHead(bytes: Uint8Array): { head: Head; body: Uint8Array } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8 || view.getUint32(0, true) !== magic) {
    throw new Error("hiplot data: expected columns as the server sends them, got something else");
  }
  const end = 8 + view.getUint32(4, true);
  const head = parseJson(new TextDecoder().decode(bytes.subarray(8, end))) as Head;
  return { head, body: bytes.subarray(end) };
}

type Numbers = Float64Array | Float32Array | Int32Array | Uint32Array | Uint16Array | Uint8Array;

/** Plain numbers begin at multiples of this, so that they need not be copied to be read. */
const alignment = 8;

/** Lists of numbers one after another, as they are or as planes of bytes: equal high bytes pack well. */
class BlockWriter {
  readonly plain: boolean;
  readonly #parts: Uint8Array[] = [];
  #size = 0;

  constructor(plain: boolean) {
    this.plain = plain;
  }

  add(kind: Block["kind"], numbers: Numbers, divisor?: number): Block {
    const { buffer, byteOffset, byteLength } = numbers;
    const bytes = this.plain ? new Uint8Array(buffer, byteOffset, byteLength) : toPlanes(numbers);
    const block = {
      kind,
      at: this.#size,
      length: numbers.length,
      ...(divisor && { divisor }),
      ...(this.plain && { plain: true as const }),
    };
    this.#push(bytes);
    if (this.plain) this.#push(new Uint8Array(-bytes.length & (alignment - 1)));
    return block;
  }

  #push(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.#size += bytes.length;
  }

  finish(head: Uint8Array): Uint8Array[] {
    // Blanks after JSON mean nothing.
    const padded = new Uint8Array(Math.ceil(head.length / alignment) * alignment).fill(32);
    padded.set(head);
    const start = new DataView(new ArrayBuffer(8));
    start.setUint32(0, magic, true);
    start.setUint32(4, padded.length, true);
    return [new Uint8Array(start.buffer), padded, ...this.#parts];
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

function readBlock({ kind, at, length, plain }: Block, body: Uint8Array): Numbers {
  if (plain) return readPlain(listOf[kind], body, at, length);
  const list = new listOf[kind](length);
  const bytes = new Uint8Array(list.buffer);
  const size = list.BYTES_PER_ELEMENT;
  for (let plane = 0; plane < size; plane++) {
    const from = at + plane * length;
    for (let i = 0, to = plane; i < length; i++, to += size) bytes[to] = body[from + i]!;
  }
  return list;
}

/** Numbers as they lie there, copied only where they lie askew. */
function readPlain(
  List: (typeof listOf)[Block["kind"]],
  body: Uint8Array,
  at: number,
  length: number,
): Numbers {
  const size = length * List.BYTES_PER_ELEMENT;
  const start = body.byteOffset + at;
  if (start % List.BYTES_PER_ELEMENT === 0)
    return new List(body.buffer as ArrayBuffer, start, length);
  return new List(body.slice(at, at + size).buffer);
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
    const codes = new Uint32Array(readBlock(head.codes, body));
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
  return fits ? writer.add("u16", new Uint16Array(codes)) : writer.add("u32", codes);
}

const divisors = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];

function addNumbers(values: Float64Array, writer: BlockWriter): Block {
  for (const divisor of divisors) {
    if (values.every((value) => isDecimal(value, divisor))) {
      const whole = new Int32Array(values.length);
      for (let i = 0; i < whole.length; i++) {
        const value = values[i]!;
        whole[i] = Number.isNaN(value) ? notANumber : Math.round(value * divisor);
      }
      return writer.add("decimal", whole, divisor);
    }
  }
  const short = values.every((value) => Object.is(Math.fround(value), value));
  return short ? writer.add("f32", new Float32Array(values)) : writer.add("f64", values);
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
  const values = new Float64Array(list);
  if (kind === "f32") return values;
  for (let i = 0; i < values.length; i++) {
    values[i] = values[i] === notANumber ? Number.NaN : values[i]! / divisor;
  }
  return values;
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
  // Numbers take a tenth of what their texts do when packed; unpacked, texts are read sooner.
  const parted = writer.plain ? null : splitNumbers(packed);
  if (parted !== null) {
    const { words, numbers } = parted;
    return { words, numbers: numbers.map((list) => writer.add("u32", list)) };
  }
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
  if ("words" in head) {
    const numbers = head.numbers.map((block) => readBlock(block, body) as Uint32Array);
    return joinNumbers({ words: head.words, numbers });
  }
  const lengths = readBlock(head.ends, body) as Uint32Array;
  const offsets = new Uint32Array(lengths.length + 1);
  for (let i = 0; i < lengths.length; i++) offsets[i + 1] = offsets[i]! + lengths[i]!;
  return new PackedTexts(readBlock(head.texts, body) as Uint8Array, offsets);
}

function isNumbered(uids: Dictionary): boolean {
  for (let row = 0; row < uids.length; row++) if (uids.at(row) !== String(row)) return false;
  return true;
}
