/** @file Pictures: known pixels in, the same pixels out, in each layout. */
import sharp from "sharp";
import { afterAll, beforeAll, expect, it } from "vitest";
import { issueOf, type TestFolder, testFolder } from "../testing.ts";
import { readImage, readImagePlanes } from "./image.ts";

let folder: TestFolder;
let png: Buffer;
// Two rows of three: red, green, blue; black, white, grey.
const pixels = Uint8Array.of(
  255,
  0,
  0,
  0,
  255,
  0,
  0,
  0,
  255,
  0,
  0,
  0,
  255,
  255,
  255,
  128,
  128,
  128,
);

beforeAll(async () => {
  folder = testFolder();
  png = await sharp(pixels, { raw: { width: 3, height: 2, channels: 3 } })
    .png()
    .toBuffer();
});
afterAll(() => folder.remove());

it("gives PNG pixels back exactly, from a file and from bytes", async () => {
  const path = folder.write("six.png", png);
  for (const source of [path, png]) {
    expect(await readImage(source)).toEqual({ data: pixels, shape: [2, 3, 3] });
  }
});

it("makes planes in [0, 1], and standardised ones", async () => {
  const planes = await readImagePlanes(png);
  expect(planes.shape).toEqual([3, 2, 3]);
  const red = [1, 0, 0, 0, 1, 128 / 255];
  expect([...planes.data.subarray(0, 6)]).toEqual(red.map((value) => Math.fround(value)));
  const mean = [0.5, 0, 0];
  const standard = await readImagePlanes(png, { mean, std: [0.25, 1, 1] });
  expect(standard.data[0]).toBeCloseTo(2, 6);
  expect(standard.data[1]).toBeCloseTo(-2, 6);
  expect((await issueOf(() => readImagePlanes(png, { mean: [1] }))).code).toBe("option");
});

it("makes grey of grey, keeps or flattens transparency, scales", async () => {
  const grey = await readImage(png, { channels: 1 });
  expect(grey.shape).toEqual([2, 3, 1]);
  expect([grey.data[3], grey.data[4], grey.data[5]]).toEqual([0, 255, 128]);
  const clear = await sharp(Uint8Array.of(10, 20, 30, 0), {
    raw: { width: 1, height: 1, channels: 4 },
  })
    .png()
    .toBuffer();
  expect([...(await readImage(clear, { channels: 4 })).data]).toEqual([10, 20, 30, 0]);
  expect([...(await readImage(clear)).data]).toEqual([255, 255, 255]);
  expect((await readImage(png, { size: [8, 5] })).shape).toEqual([8, 5, 3]);
});

it("reads JPEG within its loss, turned upright by its orientation", async () => {
  const colour = { r: 200, g: 40, b: 90 };
  const jpeg = await sharp({ create: { width: 32, height: 16, channels: 3, background: colour } })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
  const image = await readImage(jpeg);
  expect(image.shape).toEqual([32, 16, 3]);
  expect(Math.abs(image.data[0]! - 200)).toBeLessThan(4);
});

it("refuses a cut picture and what is none", async () => {
  const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 251);
  const image = sharp(noise, { raw: { width: 64, height: 64, channels: 3 } });
  for (const whole of [await image.clone().png().toBuffer(), await image.jpeg().toBuffer()]) {
    const path = folder.write("cut", whole.subarray(0, whole.length / 2));
    const issue = await issueOf(() => readImage(path));
    expect(issue).toMatchObject({ code: "malformed", path });
  }
  expect((await issueOf(() => readImage(folder.write("t.png", "text")))).code).toBe("malformed");
  expect((await issueOf(() => readImage(`${folder.path}/no.png`))).code).toBe("file-missing");
});
