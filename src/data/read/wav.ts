/** @file WAV files (RIFF): integer PCM of 8 to 32 bits and floats of 32 or 64, any channels, read and written. */
import { readFile, writeFile } from "node:fs/promises";
import { DataError } from "../errors.ts";
import { checkFile } from "./source.ts";

/** How samples are kept in a file. */
export type WavFormat = "uint8" | "int16" | "int24" | "int32" | "float32" | "float64";

/** Sound: one array of samples in [-1, 1] per channel, all of the same length. */
export interface Audio {
  /** Samples per second. */
  readonly sampleRate: number;
  readonly channels: readonly Float32Array[];
}

interface SampleCode {
  readonly bytes: number;
  /** 1 is integer PCM, 3 is floating point. */
  readonly tag: 1 | 3;
  readonly read: (view: DataView, at: number) => number;
  readonly write: (view: DataView, at: number, value: number) => void;
}

/** Rounds to an integer of that many bits; 1.0 becomes the largest, as there is no 2^(bits-1). */
function toInteger(value: number, bits: number): number {
  const scale = 2 ** (bits - 1);
  return Math.max(-scale, Math.min(scale - 1, Math.round(value * scale)));
}

const codes: Record<WavFormat, SampleCode> = {
  uint8: {
    bytes: 1,
    tag: 1,
    read: (view, at) => (view.getUint8(at) - 128) / 128,
    write: (view, at, value) => view.setUint8(at, toInteger(value, 8) + 128),
  },
  int16: {
    bytes: 2,
    tag: 1,
    read: (view, at) => view.getInt16(at, true) / 2 ** 15,
    write: (view, at, value) => view.setInt16(at, toInteger(value, 16), true),
  },
  int24: {
    bytes: 3,
    tag: 1,
    read: (view, at) => (view.getInt8(at + 2) * 65536 + view.getUint16(at, true)) / 2 ** 23,
    write(view, at, value) {
      const integer = toInteger(value, 24);
      view.setUint16(at, integer & 0xffff, true);
      view.setInt8(at + 2, integer >> 16);
    },
  },
  int32: {
    bytes: 4,
    tag: 1,
    read: (view, at) => view.getInt32(at, true) / 2 ** 31,
    write: (view, at, value) => view.setInt32(at, toInteger(value, 32), true),
  },
  float32: {
    bytes: 4,
    tag: 3,
    read: (view, at) => view.getFloat32(at, true),
    write: (view, at, value) => view.setFloat32(at, value, true),
  },
  float64: {
    bytes: 8,
    tag: 3,
    read: (view, at) => view.getFloat64(at, true),
    write: (view, at, value) => view.setFloat64(at, value, true),
  },
};

/** Reads a WAV file. Throws a `DataError` where it is not WAV, compressed, or not whole. */
export async function readWav(path: string): Promise<Audio & { readonly format: WavFormat }> {
  await checkFile(path);
  return decodeWav(await readFile(path), path);
}

/** Writes a WAV file; samples outside [-1, 1] are clipped by the integer formats. */
export async function writeWav(path: string, audio: Audio, format?: WavFormat): Promise<void> {
  await writeFile(path, encodeWav(audio, format));
}

/** Decodes the bytes of a WAV file; `path` is for messages. */
export function decodeWav(
  bytes: Uint8Array,
  path?: string,
): Audio & { readonly format: WavFormat } {
  const about = path === undefined ? {} : { path };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (tagAt(bytes, 0) !== "RIFF" || tagAt(bytes, 8) !== "WAVE") {
    const received = `a file that begins with ${JSON.stringify(tagAt(bytes, 0))}`;
    const expected = 'a WAV file (which begins with "RIFF" and "WAVE")';
    throw new DataError({ code: "malformed", ...about, expected, received });
  }
  let layout: { tag: number; channels: number; sampleRate: number; bits: number } | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const size = view.getUint32(at + 4, true);
    const start = at + 8;
    const held = bytes.length - start;
    const id = tagAt(bytes, at);
    // A recorder that was cut off, or that streams, leaves the size of the data at 2^32 - 1.
    if (size > held && !(id === "data" && size === 0xffffffff)) throw truncated(about, size, held);
    if (id === "fmt " && size >= 16) {
      const tag = view.getUint16(start, true);
      layout = {
        // WAVE_FORMAT_EXTENSIBLE keeps the tag in the first bytes of its GUID.
        tag: tag === 0xfffe && size >= 26 ? view.getUint16(start + 24, true) : tag,
        channels: view.getUint16(start + 2, true),
        sampleRate: view.getUint32(start + 4, true),
        bits: view.getUint16(start + 14, true),
      };
    } else if (id === "data" && layout !== undefined) {
      const format = formatOf(layout.tag, layout.bits, about);
      const data = new DataView(view.buffer, view.byteOffset + start, Math.min(size, held));
      const channels = deinterleave(data, codes[format], layout.channels);
      return { sampleRate: layout.sampleRate, channels, format };
    }
    at = start + size + (size % 2);
  }
  const received = layout === undefined ? "a file without them" : "a file without data";
  const expected = 'a "fmt " and a "data" chunk';
  throw new DataError({ code: "malformed", ...about, expected, received });
}

/** The bytes of a WAV file; 16-bit integers unless another format is asked for. */
export function encodeWav(audio: Audio, format: WavFormat = "int16"): Uint8Array {
  const code = codes[format];
  const channels = audio.channels.length;
  const frames = audio.channels[0]?.length ?? 0;
  if (channels === 0 || audio.channels.some((channel) => channel.length !== frames)) {
    const received = `lengths [${audio.channels.map((channel) => channel.length).join(", ")}]`;
    const expected = "at least one channel, all of the same length";
    throw new DataError({ code: "option", field: "channels", expected, received });
  }
  const dataBytes = frames * channels * code.bytes;
  const bytes = new Uint8Array(44 + dataBytes + (dataBytes % 2));
  const view = new DataView(bytes.buffer);
  const text = (at: number, tag: string) => bytes.set(Buffer.from(tag, "latin1"), at);
  text(0, "RIFF");
  view.setUint32(4, bytes.length - 8, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, code.tag, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, audio.sampleRate, true);
  view.setUint32(28, audio.sampleRate * channels * code.bytes, true);
  view.setUint16(32, channels * code.bytes, true);
  view.setUint16(34, code.bytes * 8, true);
  text(36, "data");
  view.setUint32(40, dataBytes, true);
  audio.channels.forEach((channel, c) => {
    let at = 44 + c * code.bytes;
    for (const value of channel) {
      code.write(view, at, value);
      at += channels * code.bytes;
    }
  });
  return bytes;
}

function deinterleave(data: DataView, code: SampleCode, count: number): Float32Array[] {
  const frameBytes = count * code.bytes;
  const frames = frameBytes === 0 ? 0 : Math.floor(data.byteLength / frameBytes);
  return Array.from({ length: count }, (_, c) => {
    const samples = new Float32Array(frames);
    for (let i = 0, at = c * code.bytes; i < frames; i++, at += frameBytes) {
      samples[i] = code.read(data, at);
    }
    return samples;
  });
}

function formatOf(tag: number, bits: number, about: { path?: string }): WavFormat {
  for (const [format, code] of Object.entries(codes)) {
    if (code.tag === tag && code.bytes * 8 === bits) return format as WavFormat;
  }
  const expected = "PCM of 8, 16, 24 or 32 bits, or floats of 32 or 64";
  const received = `format tag ${tag} of ${bits} bits`;
  const hint = "Convert it to plain PCM first.";
  throw new DataError({ code: "format-unknown", ...about, expected, received, hint });
}

function truncated(about: { path?: string }, size: number, held: number): DataError {
  return new DataError({
    code: "truncated",
    ...about,
    expectedBytes: size,
    receivedBytes: held,
    expected: `a chunk of ${size} bytes, as its header says`,
    received: `${held}`,
    hint: "The file was cut off; copy it once more.",
  });
}

function tagAt(bytes: Uint8Array, at: number): string {
  return Buffer.from(bytes.subarray(at, at + 4)).toString("latin1");
}
