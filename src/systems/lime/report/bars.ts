// An explanation as a bar chart: SVG that stands alone, and PNG drawn from it.
import type { Explanation } from "../api.ts";
import { colourOf, formatWeight } from "./colours.ts";
import { escapeMarkup, shorten } from "./escape.ts";

const rowHeight = 22;
const nameWidth = 190;
const plotWidth = 300;
const valueWidth = 90;
const headHeight = 46;
const mostBars = 40;

/** Bars by |weight| (at most 40), each with its 95% interval. */
export function explanationSvg(explanation: Explanation): string {
  const { className, modelOutput, r2, weights } = explanation;
  const shown = weights.slice(0, mostBars);
  const width = nameWidth + plotWidth + valueWidth;
  const height = headHeight + Math.max(1, shown.length) * rowHeight + 10;
  const most = Math.max(
    1e-300,
    ...shown.flatMap(({ low, high }) => [Math.abs(low), Math.abs(high)]),
  );
  const middle = nameWidth + plotWidth / 2;
  const at = (value: number) => (middle + (value / most) * (plotWidth / 2 - 6)).toFixed(1);
  const rows = shown.map(({ name, weight, low, high }, i) => {
    const y = headHeight + i * rowHeight;
    const [from, to] = weight >= 0 ? [at(0), at(weight)] : [at(weight), at(0)];
    const colour = `rgb(${colourOf(weight).join(",")})`;
    return [
      `<text x="${nameWidth - 8}" y="${y + 15}" text-anchor="end">${escapeMarkup(shorten(name, 26))}</text>`,
      `<rect x="${from}" y="${y + 4}" width="${(Number(to) - Number(from)).toFixed(1)}" height="14" fill="${colour}"/>`,
      `<line x1="${at(low)}" x2="${at(high)}" y1="${y + 11}" y2="${y + 11}" stroke="#222"/>`,
      `<text x="${nameWidth + plotWidth + 8}" y="${y + 15}">${formatWeight(weight)}</text>`,
    ].join("");
  });
  const title = `${className}: ${modelOutput.toFixed(4)}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="13" fill="#222">`,
    `<title>${escapeMarkup(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="12" y="20" font-weight="600">${escapeMarkup(shorten(title, 60))}</text>`,
    `<text x="12" y="37" fill="#666" font-size="11">weighted R2 ${r2.toFixed(3)}; line: 95% interval</text>`,
    ...rows,
    `<line x1="${middle}" x2="${middle}" y1="${headHeight}" y2="${height - 8}" stroke="#999"/>`,
    "</svg>",
  ].join("\n");
}

/** The same chart as PNG, at twice its size. */
export async function explanationPng(explanation: Explanation): Promise<Uint8Array> {
  const { default: sharp } = await import("sharp");
  const svg = Buffer.from(explanationSvg(explanation));
  return new Uint8Array(await sharp(svg, { density: 144 }).png().toBuffer());
}
