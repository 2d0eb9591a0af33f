import sharp from "sharp";
import { expect, it } from "vitest";
import { GifWriter } from "./gif.ts";

/** A picture with one colour per stripe of columns. */
function striped(width: number, height: number, colour: (x: number) => number[]) {
  const pixels = new Uint8ClampedArray(4 * width * height);
  for (let i = 0; i < width * height; i++) pixels.set([...colour(i % width), 255], 4 * i);
  return { pixels };
}

it("writes pictures that another decoder reads back pixel by pixel", async () => {
  const [width, height] = [97, 61];
  // Colours that share no cell of the palette, and noise that fills the code table several times over.
  let seed = 1;
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed;
  };
  const noise = striped(width, height, () => [8 * (random() % 6) + 4, 8 * (random() % 6) + 4, 4]);
  const frames = [
    striped(width, height, (x) => (x < 50 ? [255, 0, 0] : [0, 128, 255])),
    noise,
    striped(width, height, () => [255, 255, 255]),
  ];
  const gif = new GifWriter({ width, height, delayMs: 40 }, frames);
  for (const frame of frames) gif.add(frame);
  const bytes = gif.finish();
  const about = await sharp(bytes, { animated: true }).metadata();
  expect([about.format, about.pages, about.delay, about.loop]).toEqual(["gif", 3, [40, 40, 40], 0]);
  for (const [page, frame] of frames.entries()) {
    const { data } = await sharp(bytes, { page })
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(Buffer.compare(data, Buffer.from(frame.pixels))).toBe(0);
  }
});

it("gives rarer colours one that is near: at most half a cell of the even part of the palette away", async () => {
  const [width, height] = [64, 64];
  const pixels = new Uint8ClampedArray(4 * width * height);
  for (let i = 0; i < width * height; i++) {
    pixels.set([4 * (i % 64), 4 * ((i / 64) | 0), 128, 255], 4 * i);
  }
  const gif = new GifWriter({ width, height, delayMs: 20 }, [{ pixels }]);
  gif.add({ pixels });
  const data = await sharp(gif.finish()).ensureAlpha().raw().toBuffer();
  let worst = 0;
  for (let i = 0; i < pixels.length; i += 4) {
    const way = [0, 1, 2].map((c) => data[i + c] - pixels[i + c]);
    worst = Math.max(worst, Math.hypot(...way));
  }
  // Levels are 64 apart; colours are told apart in steps of 8.
  expect(worst).toBeLessThanOrEqual(Math.hypot(32, 32, 32) + Math.hypot(8, 8, 8));
  expect(data[3]).toBe(255);
});
