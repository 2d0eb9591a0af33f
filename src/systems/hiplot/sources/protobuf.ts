// As much of protobuf's wire format as event files need: fields by number, nothing generated.

/** A field of a message: a number (varint), 8 or 4 bytes, or a stretch of bytes. */
export interface Field {
  readonly number: number;
  readonly wire: number;
  /** The varint, as far as a double holds it. */
  readonly value: number;
  readonly bytes: Uint8Array;
}

const nothing = new Uint8Array();

/** The fields of a message in order. @throws RangeError where the bytes end too early */
export function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = () => {
    let value = 0;
    let scale = 1;
    while (true) {
      if (at >= bytes.length) throw new RangeError("message ends inside a number");
      const byte = bytes[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const number = Math.floor(key / 8);
    const wire = key & 7;
    if (wire === 0) {
      yield { number, wire, value: varint(), bytes: nothing };
      continue;
    }
    const length = wire === 1 ? 8 : wire === 5 ? 4 : wire === 2 ? varint() : -1;
    if (length < 0 || at + length > bytes.length) {
      throw new RangeError("message ends inside a field, or has an unknown kind of field");
    }
    yield { number, wire, value: 0, bytes: bytes.subarray(at, at + length) };
    at += length;
  }
}

/** Little-endian float of a 4-byte field or stretch. */
export function float32(bytes: Uint8Array, at = 0): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getFloat32(at, true);
}

/** Little-endian double of an 8-byte field or stretch. */
export function float64(bytes: Uint8Array, at = 0): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getFloat64(at, true);
}
