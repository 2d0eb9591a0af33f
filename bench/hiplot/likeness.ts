// How like the picture made of counts is to the one made of single lines: structural similarity.
import { judge, type Outcome } from "../../src/lab/criteria.ts";
import { bendShares } from "../../src/studio/hiplot/bend.ts";
import { PairCounter, projectColumns } from "../../src/studio/hiplot/density.ts";
import { drawLines, emptyStrip, linesOf, type Strip } from "../../src/studio/hiplot/lines.ts";
import { shadeOfLines, toBytes } from "../../src/studio/hiplot/shade.ts";
import { Bitset } from "../../src/systems/hiplot/core/bits.ts";
import { colormap } from "../../src/systems/hiplot/core/colour.ts";
import { lineOpacity } from "../../src/systems/hiplot/core/drawing.ts";
import { type Grey, greyOf, similarity } from "./ssim.ts";

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
  const tone = { thickness: 1, stride: 1 };
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
    counter.count(Bitset.full(rows).words);
    const projected = emptyStrip(size.width, size.height);
    projectColumns(projected, shares, counter.result(), tone);
    return similarity(grey(drawn), grey(projected));
  });
  const mean = found.reduce((sum, value) => sum + value, 0) / found.length;
  const each = found.map((value) => value.toFixed(3)).join(", ");
  return judge(Number(mean.toFixed(4)), "at least", 0.95, `pairs of columns: ${each}`);
}

function grey(strip: Strip): Grey {
  const shade = shadeOfLines(lineOpacity(rows));
  return greyOf(toBytes(strip, shade), strip.width, strip.height);
}
