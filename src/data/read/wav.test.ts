/** @file WAV: each format there and back, known bytes, damaged files. */
import { expect, it } from "vitest";
import { issueOf, testFolder } from "../testing.ts";
import { type Audio, decodeWav, encodeWav, readWav, type WavFormat, writeWav } from "./wav.ts";

const sine = Float32Array.from({ length: 101 }, (_, i) => 0.9 * Math.sin(i / 7));
const stereo: Audio = { sampleRate: 16_000, channels: [sine, sine.map((value) => -value / 2)] };

it.each([
  ["uint8", 2 ** -8],
  ["int16", 2 ** -16],
  ["int24", 2 ** -24],
  ["int32", 2 ** -25],
  ["float32", 0],
  ["float64", 0],
] as [WavFormat, number][])("%s comes back within half a step", async (format, step) => {
  for (const audio of [stereo, { sampleRate: 8000, channels: [sine] }]) {
    const back = decodeWav(encodeWav(audio, format));
    expect(back).toMatchObject({ sampleRate: audio.sampleRate, format });
    expect(back.channels.length).toBe(audio.channels.length);
    back.channels.forEach((channel, c) => {
      const error = channel.map((value, i) => Math.abs(value - audio.channels[c]![i]!));
      expect(Math.max(...error)).toBeLessThanOrEqual(step * 1.001);
    });
  }
});

it("writes the header that the format prescribes, and clips", () => {
  const bytes = encodeWav({ sampleRate: 44_100, channels: [Float32Array.of(2, -2, 0.5)] });
  const hex =
    "52494646 2a000000 57415645 666d7420 10000000 0100 0100 44ac0000 88580100 0200 1000" +
    "64617461 06000000 ff7f 0080 0040";
  expect(Buffer.from(bytes).toString("hex")).toBe(hex.replaceAll(" ", ""));
});

it("passes over other chunks, with padding, and reads the extensible header", () => {
  const plain = encodeWav({ sampleRate: 8000, channels: [Float32Array.of(0.5, -0.5)] });
  const format = new Uint8Array(8 + 40);
  format.set(plain.subarray(12, 36));
  format[4] = 40;
  format.set([0xfe, 0xff], 8);
  format.set([1, 0], 8 + 24);
  const list = Uint8Array.of(...Buffer.from("LIST"), 3, 0, 0, 0, 1, 2, 3, 0);
  const bytes = Buffer.concat([plain.subarray(0, 12), list, format, plain.subarray(36)]);
  expect(decodeWav(bytes).channels).toEqual([Float32Array.of(0.5, -0.5)]);
});

it("reads and writes files; refuses what is cut, compressed or no sound", async () => {
  const folder = testFolder();
  try {
    const path = `${folder.path}/tone.wav`;
    await writeWav(path, stereo, "float32");
    expect((await readWav(path)).channels).toEqual(stereo.channels);
    const bytes = encodeWav(stereo);
    const cut = folder.write("cut.wav", bytes.subarray(0, 100));
    expect(await issueOf(() => readWav(cut))).toMatchObject({
      code: "truncated",
      expectedBytes: 404,
      receivedBytes: 56,
    });
    const compressed = Uint8Array.from(bytes);
    compressed[20] = 85;
    expect((await issueOf(() => decodeWav(compressed))).message).toContain("format tag 85");
    expect((await issueOf(() => decodeWav(Buffer.from("ID3 mp3")))).code).toBe("malformed");
    expect((await issueOf(() => decodeWav(bytes.subarray(0, 36)))).code).toBe("malformed");
    const uneven = { sampleRate: 1, channels: [sine, sine.subarray(1)] };
    expect((await issueOf(() => encodeWav(uneven))).code).toBe("option");
  } finally {
    folder.remove();
  }
});
