// .npy files against bytes as NumPy writes them.
import { describe, expect, it } from "vitest";
import { decodeNpy } from "./npy.ts";

/** A file as `numpy.save` writes it: magic, version 1.0, padded header, data. */
function npy(descr: string, shape: string, data: ArrayBufferView, fortran = "False"): Uint8Array {
  const dict = `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': (${shape}), }`;
  const header = `${dict.padEnd(117)}\n`;
  const bytes = new Uint8Array(10 + header.length + data.byteLength);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0]);
  bytes.set(new TextEncoder().encode(header), 10);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 10 + header.length);
  return bytes;
}

describe("decodeNpy", () => {
  it("reads the numbers of each type", () => {
    const longs = BigInt64Array.of(0n, 1n, 2n, 1n);
    expect(decodeNpy(npy("<i8", "2, 2", longs))).toEqual({
      shape: [2, 2],
      data: Int32Array.of(0, 1, 2, 1),
    });
    expect(decodeNpy(npy("|u1", "3,", Uint8Array.of(7, 8, 255)))).toEqual({
      shape: [3],
      data: Uint8Array.of(7, 8, 255),
    });
    const floats = decodeNpy(npy("<f4", "1, 2", Float32Array.of(0.5, -2)));
    expect(floats.data).toEqual(Float32Array.of(0.5, -2));
    expect(decodeNpy(npy(">i2", "2,", Uint8Array.of(1, 0, 0, 3))).data).toEqual(
      Int32Array.of(256, 3),
    );
    expect(decodeNpy(npy("<f8", "", Float64Array.of(4)))).toEqual({
      shape: [],
      data: Float64Array.of(4),
    });
    expect(decodeNpy(npy("<u8", "1,", BigInt64Array.of(2n ** 40n))).data).toEqual(
      Float64Array.of(2 ** 40),
    );
  });

  it("says what it cannot read", () => {
    const wrong = (bytes: Uint8Array) => () => decodeNpy(bytes, "map.npy");
    expect(wrong(new Uint8Array(20))).toThrow(
      "map.npy: expected a .npy file of numbers in C order",
    );
    expect(wrong(npy("<U3", "1,", new Uint8Array(12)))).toThrow("the header {'descr': '<U3'");
    expect(wrong(npy("|u1", "2, 2", new Uint8Array(4), "True"))).toThrow("'fortran_order': True");
    expect(wrong(npy("|u1", "2, 2", new Uint8Array(3)))).toThrow("3 bytes for shape (2, 2) of u1");
  });
});
