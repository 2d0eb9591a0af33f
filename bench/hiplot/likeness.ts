// How like the picture made of counts is to the one made of single lines: structural similarity.
import { judge, type Outcome } from "../../src/lab/criteria.ts";
import { bendShares } from "../../src/studio/hiplot/bend.ts";
import { PairCounter, projectColumns } from "../../src/studio/hiplot/density.ts";
import {
  drawLines,
  emptyStrip,
  linesOf,
  type Strip,
  toBytes,
} from "../../src/studio/hiplot/lines.ts";
import { Bitset } from "../../src/systems/hiplot/core/bits.ts";
import { colormap } from "../../src/systems/hiplot/core/colour.ts";
import { lineOpacity } from "../../src/systems/hiplot/core/drawing.ts";

const rows = 30_000;
const size = { width: 260, height: 400 };

/** Rows of three kinds of columns: continuous, of few values, and dependent on the first. */
function makeRows() {
  let state = 11;
  const next = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  const columns = [new Float32Array(rows), new Float32Array(rows), new Float32Array(rows)];
  const colour = new Uint32Array(rows);
  for (let row = 0; row < rows; row++) {
    const first = next();
    colour[row] = Math.floor(first * 255);
    columns[0][row] = first * size.height;
    columns[1][row] = (Math.floor(next() * 12) / 11) * size.height;
    columns[2][row] = (0.7 * first * first + 0.3 * next()) * size.height;
  }
  const map = colormap();
  const palette = new Float32Array(3 * 256);
  for (let shade = 0; shade < 256; shade++) palette.set(map(shade / 255), 3 * shade);
  return { columns, colour, palette };
}

/** The likeness of both pictures of each pair of columns, averaged. */
export async function densityLikeness(): Promise<Outcome> {
  const { columns, colour, palette } = makeRows();
  const shares = bendShares(size.width);
  const tone = { opacity: lineOpacity(rows), thickness: 1, stride: 1 };
  const order = Uint32Array.from({ length: rows }, (_, row) => row);
  const found = [
    [0, 1],
    [1, 2],
    [2, 0],
  ].map(([left, right]) => {
    const source = { left: columns[left], right: columns[right], colour, palette };
    const drawn = emptyStrip(size.width, size.height);
    drawLines(drawn, shares, linesOf(source, order), tone);
    const counter = new PairCounter(source, size.height, rows);
    counter.add(Bitset.full(rows).words);
    const projected = emptyStrip(size.width, size.height);
    projectColumns(projected, shares, counter.result(), tone);
    return similarity(luminance(drawn), luminance(projected));
  });
  const mean = found.reduce((sum, value) => sum + value, 0) / found.length;
  const each = found.map((value) => value.toFixed(3)).join(", ");
  return judge(Number(mean.toFixed(4)), "at least", 0.95, `pairs of columns: ${each}`);
}

/** Rec. 709 luminance on white, 0 to 255. */
function luminance(strip: Strip): Float64Array {
  const bytes = toBytes(strip);
  return Float64Array.from({ length: strip.width * strip.height }, (_, pixel) => {
    const [red, green, blue, alpha] = bytes.subarray(4 * pixel, 4 * pixel + 4);
    const share = alpha / 255;
    return (0.2126 * red + 0.7152 * green + 0.0722 * blue) * share + 255 * (1 - share);
  });
}

/** Mean SSIM over windows of 8 x 8 (Wang et al. 2004, equation 13). */
function similarity(a: Float64Array, b: Float64Array): number {
  const [c1, c2] = [(0.01 * 255) ** 2, (0.03 * 255) ** 2];
  let sum = 0;
  let windows = 0;
  for (let y = 0; y + 8 <= size.height; y += 4) {
    for (let x = 0; x + 8 <= size.width; x += 4) {
      let [ma, mb, va, vb, cov] = [0, 0, 0, 0, 0];
      for (let i = 0; i < 64; i++) {
        const pixel = (y + (i >> 3)) * size.width + x + (i & 7);
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
