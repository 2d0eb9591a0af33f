/** @file The elements of ONNX tensors: views on the file where that can be, converted where it cannot. */
import { DataError } from "../../data/errors.ts";
import { allocate, bytesOf, toTypedArray, viewOf } from "../../engine/dtype.ts";
import type { DType, Shape, TypedArray } from "../../engine/index.ts";
import { type TensorProto, toNumber } from "./decode.ts";
import { ELEMENT, elementBits, elementName, engineType } from "./types.ts";

/** Elements on the host. */
export interface HostTensor {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly data: TypedArray;
}

/** The raw bytes of a tensor that lies in a file of its own. */
export type ExternalData = (tensor: TensorProto) => Uint8Array;

/** How tensors are read. */
export interface TensorReader {
  readonly source: string;
  /** Whether the bytes of the model are the reader's own, so that it may move elements in place. */
  readonly owned: boolean;
  /** Whether float16 becomes float32. */
  readonly widen: boolean;
  readonly external: ExternalData | null;
}

/** Up to this size a copy costs nothing, and does not keep the file's bytes alive. */
const COPIED_BYTES = 4096;
/** From this size on the message around the elements leaves room to move them by 7 bytes. */
const SHIFTED_BYTES = 65_536;

/** The shape of a tensor. @throws DataError for sizes that no tensor can have */
export function shapeOfTensor(tensor: TensorProto, source: string): number[] {
  const shape = (tensor.dims ?? []).map(toNumber);
  const size = shape.reduce((n, d) => n * d, 1);
  if (shape.some((d) => !Number.isSafeInteger(d) || d < 0) || !Number.isSafeInteger(size)) {
    throw malformed(source, tensor, "sizes that fit into memory", `[${shape.join(", ")}]`);
  }
  return shape;
}

/**
 * The elements of a tensor in the engine's dtype.
 * @throws DataError where they are not as many as the shape says, or of a type without elements here
 */
export function readTensor(tensor: TensorProto, reader: TensorReader): HostTensor {
  const type = toNumber(tensor.dataType);
  const shape = shapeOfTensor(tensor, reader.source);
  const dtype = engineType(type, reader.widen);
  if (dtype === null) {
    throw malformed(
      reader.source,
      tensor,
      "numbers of a type that can be computed with",
      elementName(type),
    );
  }
  const count = shape.reduce((n, d) => n * d, 1);
  const raw = rawBytes(tensor, reader);
  const data = raw
    ? fromRaw(checkedRaw(raw, count, type, tensor, reader), type, dtype, count, reader)
    : fromFields(tensor, type, dtype, count, reader);
  return { shape, dtype, data };
}

/** Whether the elements lie outside of the model's own file. */
export function isExternal(tensor: TensorProto): boolean {
  return toNumber(tensor.dataLocation) === 1;
}

function rawBytes(tensor: TensorProto, reader: TensorReader): Uint8Array | null {
  if (isExternal(tensor)) {
    if (reader.external) return reader.external(tensor);
    throw malformed(
      reader.source,
      tensor,
      "elements within the model",
      "external data, whose file is found only when the model is given as a path",
    );
  }
  return tensor.rawData && tensor.rawData.length > 0 ? tensor.rawData : null;
}

function checkedRaw(
  raw: Uint8Array,
  count: number,
  type: number,
  tensor: TensorProto,
  { source }: TensorReader,
): Uint8Array {
  const bytes = Math.ceil((count * elementBits(type)) / 8);
  if (raw.length === bytes) return raw;
  throw malformed(source, tensor, `${bytes} bytes for ${elementName(type)}`, `${raw.length} bytes`);
}

function fromRaw(
  raw: Uint8Array,
  type: number,
  dtype: DType,
  count: number,
  { owned }: TensorReader,
): TypedArray {
  const bytes = raw.slice.bind(raw);
  switch (type) {
    case ELEMENT.INT8:
      return Int32Array.from(new Int8Array(raw.buffer, raw.byteOffset, count));
    case ELEMENT.INT16:
      return Int32Array.from(new Int16Array(bytes().buffer));
    case ELEMENT.UINT16:
      return Int32Array.from(new Uint16Array(bytes().buffer));
    case ELEMENT.BFLOAT16:
      return fromBfloat16(new Uint16Array(bytes().buffer));
    case ELEMENT.UINT4:
    case ELEMENT.INT4:
      return fromNibbles(raw, count, type === ELEMENT.INT4);
    case ELEMENT.FLOAT16:
      return dtype === "float32"
        ? widenFloat16(aligned("float16", raw, count, false) as Uint16Array)
        : aligned(dtype, raw, count, owned);
    default:
      return aligned(dtype, raw, count, owned);
  }
}

/** A view of the bytes where they are aligned; else they are moved a little in place, or copied. */
function aligned(dtype: DType, raw: Uint8Array, count: number, owned: boolean): TypedArray {
  const shift = raw.byteOffset % bytesOf(dtype);
  const movable = shift === 0 || (owned && raw.length >= SHIFTED_BYTES);
  if (raw.length < COPIED_BYTES || !movable) return viewOf(dtype, raw.slice().buffer, 0, count);
  const start = raw.byteOffset - shift;
  if (shift > 0) {
    // What stands in front are the message's tags and lengths, which are decoded already.
    new Uint8Array(raw.buffer).copyWithin(start, raw.byteOffset, raw.byteOffset + raw.length);
  }
  return viewOf(dtype, raw.buffer, start, count);
}

/** bfloat16 is the upper half of a float32. */
function fromBfloat16(bits: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(bits, (half) => half << 16).buffer);
}

let float16Table: Float32Array | null = null;

/** float16 bits as float32, by a table of all 65,536 values. */
export function widenFloat16(bits: Uint16Array): Float32Array {
  float16Table ??= makeFloat16Table();
  const table = float16Table;
  const out = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) out[i] = table[bits[i]];
  return out;
}

function makeFloat16Table(): Float32Array {
  return Float32Array.from({ length: 65_536 }, (_, bits) => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >>> 10) & 0x1f;
    const mantissa = bits & 0x3ff;
    if (exponent === 31) return mantissa ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    if (exponent === 0) return sign * mantissa * 2 ** -24;
    return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
  });
}

/** Two 4-bit integers a byte, the lower half first. */
function fromNibbles(raw: Uint8Array, count: number, signed: boolean): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => {
    const nibble = (raw[i >> 1] >> (i & 1 ? 4 : 0)) & 0xf;
    return signed && nibble > 7 ? nibble - 16 : nibble;
  });
}

function fromFields(
  tensor: TensorProto,
  type: number,
  dtype: DType,
  count: number,
  { source }: TensorReader,
): TypedArray {
  const fields = {
    float: tensor.floatData ?? [],
    int32: tensor.int32Data ?? [],
    int64: tensor.int64Data ?? [],
    double: tensor.doubleData ?? [],
    uint64: tensor.uint64Data ?? [],
  };
  const values =
    type === ELEMENT.FLOAT
      ? fields.float
      : type === ELEMENT.DOUBLE
        ? fields.double
        : type === ELEMENT.INT64
          ? fields.int64
          : type === ELEMENT.UINT32 || type === ELEMENT.UINT64
            ? fields.uint64
            : fields.int32;
  const halves = type === ELEMENT.UINT4 || type === ELEMENT.INT4;
  if (values.length !== (halves ? Math.ceil(count / 2) : count)) {
    throw malformed(source, tensor, `${count} elements`, `${values.length}`);
  }
  if (count === 0) return allocate(dtype, 0);
  if (halves) {
    return fromNibbles(Uint8Array.from(values, toNumber), count, type === ELEMENT.INT4);
  }
  // 16-bit floats stand in integers by their bits.
  if (type === ELEMENT.FLOAT16) {
    const bits = Uint16Array.from(values, toNumber);
    return dtype === "float32" ? widenFloat16(bits) : bits;
  }
  if (type === ELEMENT.BFLOAT16) return fromBfloat16(Uint16Array.from(values, toNumber));
  return toTypedArray(values.map(toNumber), dtype);
}

function malformed(
  source: string,
  tensor: TensorProto,
  expected: string,
  received: string,
): DataError {
  const field = `tensor ${JSON.stringify(tensor.name ?? "")}`;
  return new DataError({ code: "malformed", path: source, field, expected, received });
}
