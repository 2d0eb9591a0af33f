// How alike two pictures are to the eye: structural similarity of their luminance.
import sharp from "sharp";

/** Luminance of each pixel, 0 to 255. */
export interface Grey {
  readonly width: number;
  readonly height: number;
  readonly values: Float64Array;
}

/** Rec. 709 luminance on white of red, green, blue and opacity, each 0 to 255. */
export function greyOf(bytes: Uint8ClampedArray | Uint8Array, width: number, height: number): Grey {
  const values = new Float64Array(width * height);
  for (let pixel = 0; pixel < values.length; pixel++) {
    const p = 4 * pixel;
    const light = 0.2126 * bytes[p] + 0.7152 * bytes[p + 1] + 0.0722 * bytes[p + 2];
    const share = bytes[p + 3] / 255;
    values[pixel] = light * share + 255 * (1 - share);
  }
  return { width, height, values };
}

/** Luminance of a picture as a data URL, as `canvas.toDataURL()` gives it. */
export async function greyOfUrl(url: string): Promise<Grey> {
  const bytes = Buffer.from(url.slice(url.indexOf(",") + 1), "base64");
  const { data, info } = await sharp(bytes)
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return greyOf(data, info.width, info.height);
}

/** The mean of pictures of one size. */
export function meanGrey(pictures: readonly Grey[]): Grey {
  const [first] = pictures;
  const values = first.values.map(
    (_, pixel) => pictures.reduce((sum, each) => sum + each.values[pixel], 0) / pictures.length,
  );
  return { ...first, values };
}

/** Mean SSIM over windows of 8 x 8 (Wang et al. 2004, equation 13). */
export function similarity(one: Grey, other: Grey): number {
  const { width, height, values: a } = one;
  const b = other.values;
  if (width !== other.width || height !== other.height) {
    throw new RangeError(
      `pictures: expected one size, got ${width} x ${height} and ${other.width} x ${other.height}`,
    );
  }
  const [c1, c2] = [(0.01 * 255) ** 2, (0.03 * 255) ** 2];
  let sum = 0;
  let windows = 0;
  for (let y = 0; y + 8 <= height; y += 4) {
    for (let x = 0; x + 8 <= width; x += 4) {
      let [ma, mb, va, vb, cov] = [0, 0, 0, 0, 0];
      for (let i = 0; i < 64; i++) {
        const pixel = (y + (i >> 3)) * width + x + (i & 7);
        ma += a[pixel] / 64;
        mb += b[pixel] / 64;
        va += a[pixel] ** 2 / 64;
        vb += b[pixel] ** 2 / 64;
        cov += (a[pixel] * b[pixel]) / 64;
      }
      va -= ma * ma;
      vb -= mb * mb;
      cov -= ma * mb;
      sum += ((2 * ma * mb + c1) * (2 * cov + c2)) / ((ma * ma + mb * mb + c1) * (va + vb + c2));
      windows++;
    }
  }
  return sum / windows;
}
