/** @file Windows, short-time transforms and mel filters, with values known otherwise. */
import { describe, expect, it } from "vitest";
import {
  frames,
  hammingWindow,
  hannWindow,
  istft,
  magnitude,
  melFilterBank,
  overlapAdd,
  randomKey,
  randomNormal,
  stft,
  sum,
  tensor,
  zeros,
} from "../index.ts";

describe("signals", () => {
  it("have windows with the textbook values", async () => {
    expect((await hannWindow(4).numbers()).map((v) => Number(v.toFixed(6)))).toEqual([
      0, 0.5, 1, 0.5,
    ]);
    expect(
      (await hannWindow(5, { symmetric: true }).numbers()).map((v) => Number(v.toFixed(6))),
    ).toEqual([0, 0.5, 1, 0.5, 0]);
    expect((await hammingWindow(4).numbers()).map((v) => Number(v.toFixed(6)))).toEqual([
      0.08, 0.54, 1, 0.54,
    ]);
  });

  it("are cut into frames, of whole hops and of others", async () => {
    const x = tensor([0, 1, 2, 3, 4, 5, 6]);
    expect(await frames(x, 4, 2).array()).toEqual([
      [0, 1, 2, 3],
      [2, 3, 4, 5],
    ]);
    expect(await frames(x, 3, 2).array()).toEqual([
      [0, 1, 2],
      [2, 3, 4],
      [4, 5, 6],
    ]);
    expect(
      await overlapAdd(
        tensor([
          [1, 1, 1],
          [2, 2, 2],
        ]),
        2,
        6,
      ).array(),
    ).toEqual([1, 1, 3, 2, 2, 0]);
  });

  it.each([
    [16, 4],
    [12, 5],
    [8, 8],
  ])("come back from transforms of %i samples every %i", async (length, hop) => {
    const x = randomNormal(randomKey(4), [2, 80]);
    const options = { length, hop, window: hammingWindow(length) };
    const back = (await istft(stft(x, options), { ...options, time: 70 }).array()) as number[][];
    const original = (await x.array()) as number[][];
    for (const r of [0, 1])
      for (let i = 0; i < 70; i++) expect(back[r][i]).toBeCloseTo(original[r][i], 4);
  });

  it("have their energy where their frequency is", async () => {
    const rate = 8000;
    const tone = tensor(
      Float32Array.from({ length: 4000 }, (_, i) => Math.sin((2 * Math.PI * 1000 * i) / rate)),
    );
    const power = magnitude(stft(tone, { length: 256 }), { squared: true });
    expect(power.shape).toEqual([63, 129]);
    const frame = await power.at(30).numbers();
    // 1000 Hz of 8000 is bin 32 of 256.
    expect(frame.indexOf(Math.max(...frame))).toBe(32);
    const mel = melFilterBank({ filters: 20, length: 256, sampleRate: rate });
    const energies = await power.at(30).matmul(mel).numbers();
    const centres = Array.from(
      { length: 20 },
      (_, i) => 700 * (10 ** ((((i + 1) / 21) * 2595 * Math.log10(1 + 4000 / 700)) / 2595) - 1),
    );
    const nearest = centres.map((c) => Math.abs(c - 1000));
    expect(energies.indexOf(Math.max(...energies))).toBe(nearest.indexOf(Math.min(...nearest)));
  });

  it("have mel filters that overlap to one between the outer centres", async () => {
    const bank = melFilterBank({ filters: 10, length: 512, sampleRate: 16000, normalize: false });
    const rows = await sum(bank, { axis: 1 }).numbers();
    const centre = (i: number): number =>
      700 * (10 ** (((i / 11) * 2595 * Math.log10(1 + 8000 / 700)) / 2595) - 1);
    for (const [k, total] of rows.entries()) {
      const hz = (k * 16000) / 512;
      if (hz >= centre(1) && hz <= centre(10)) expect(total).toBeCloseTo(1, 5);
    }
  });

  it("say what they expect", () => {
    expect(() => frames(zeros([3]), 4, 2)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: frames: a signal [3] has no frame of 4 samples every 2]`,
    );
    expect(() =>
      stft(zeros([9]), { length: 8, window: zeros([7]) }),
    ).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: stft: the window has shape [7]: expected [8]]`,
    );
    expect(() =>
      melFilterBank({ filters: 4, length: 64, sampleRate: 8000, high: 5000 }),
    ).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: melFilterBank: 0 to 5000 Hz: expected a range within 0 to 4000]`,
    );
  });
});
