// The parallel plot as a picture without a browser: SVG by hand, PNG and PDF from it.
import { deflateSync } from "node:zlib";
import { colours, defaultColourColumn, type Rgb } from "./core/colour.ts";
import { type Column, cellOf } from "./core/columns.ts";
import { axisPositions, bend, drawnColumns, lineOpacity, stubLength } from "./core/drawing.ts";
import { createScale, positionOf, type Scale } from "./core/scales.ts";
import type { ExperimentData } from "./experiment.ts";

/** Kinds of pictures. */
export type ImageFormat = "png" | "svg" | "pdf";

/** Options of a picture; sizes in pixels. */
export interface ImageOptions {
  readonly format: ImageFormat;
  readonly width?: number;
  readonly height?: number;
}

const topMargin = 70;
const bottomMargin = 12;

/** More lines than this cannot be told apart: an even sample of them is drawn, and the picture says so. */
const mostLines = 20_000;

/** Draws the experiment as its first view would show it. */
export async function experimentImage(
  experiment: ExperimentData,
  { format, width = 1_200, height = 600 }: ImageOptions,
): Promise<Uint8Array> {
  const svg = plotSvg(experiment, width, height);
  if (format === "svg") return new TextEncoder().encode(svg);
  const { default: sharp } = await import("sharp");
  const picture = sharp(Buffer.from(svg), { density: 144, limitInputPixels: false });
  if (format === "png") return picture.png().toBuffer();
  const { data, info } = await picture
    .flatten({ background: "#ffffff" })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return pdfOf(data, info.width, info.height, width, height);
}

/** The plot as an SVG document. */
export function plotSvg(experiment: ExperimentData, width: number, height: number): string {
  const frame = experiment.frame();
  const defs = experiment.columns();
  const { axes } = drawnColumns(defs, experiment.displayData("PARALLEL_PLOT"));
  const inner = height - topMargin - bottomMargin;
  const inverted = (experiment.displayData("PARALLEL_PLOT").invert ?? []) as readonly string[];
  const drawn = axes.map((name, i) => ({
    name,
    x: axisPositions(axes.length, width)[i]!,
    column: frame.column(name) as Column,
    scale: createScale(defs.get(name)!, inverted.includes(name) ? [0, inner] : [inner, 0]),
  }));
  const colourColumn = defaultColourColumn(defs, experiment.colorby);
  const colourOf = colourColumn ? colours(defs.get(colourColumn)!, experiment.colormap) : undefined;
  const colourCells = colourColumn ? frame.column(colourColumn) : undefined;
  const step = Math.max(1, Math.ceil(frame.rows / mostLines));
  const lines: string[] = [];
  for (let row = 0; row < frame.rows; row += step) {
    const [r, g, b] = colourOf?.(colourCells && cellOf(colourCells, row)) ?? ([70, 70, 70] as Rgb);
    lines.push(`<path d="${linePath(drawn, row)}" stroke="rgb(${r},${g},${b})"/>`);
  }
  const opacity = lineOpacity(lines.length).toPrecision(3);
  const note =
    step > 1 ? `<text x="8" y="14">${lines.length} of ${frame.rows} rows drawn</text>` : "";
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11" fill="#13202b">` +
    `<rect width="100%" height="100%" fill="#ffffff"/>${note}` +
    `<g transform="translate(0,${topMargin})"><g fill="none" stroke-opacity="${opacity}">${lines.join("")}</g>` +
    `${drawn.map((axis) => axisMarks(axis, inner)).join("")}</g></svg>`
  );
}

interface DrawnAxis {
  readonly name: string;
  readonly x: number;
  readonly column: Column;
  readonly scale: Scale;
}

/** A row's line, broken where it has no value. */
function linePath(axes: readonly DrawnAxis[], row: number): string {
  const parts: string[] = [];
  let last: { x: number; y: number } | undefined;
  axes.forEach(({ x, column, scale }, i) => {
    const y = round(positionOf(scale, cellOf(column, row)));
    if (Number.isNaN(y)) {
      last = undefined;
      return;
    }
    if (last === undefined) parts.push(`M${round(i === 0 ? x - stubLength : x)} ${y}H${round(x)}`);
    else {
      const gap = x - last.x;
      const [a, b] = bend.map((share) => round(last!.x + share * gap));
      parts.push(`C${a} ${last.y} ${b} ${y} ${round(x)} ${y}`);
    }
    if (i === axes.length - 1) parts.push(`h${stubLength}`);
    last = { x, y };
  });
  return parts.join("");
}

function round(value: number): number {
  return Math.round(10 * value) / 10;
}

function axisMarks({ name, x, scale }: DrawnAxis, height: number): string {
  const ticks = scale
    .ticks(1 + height / 50)
    .map(
      ({ position, label }) =>
        `<path d="M-5 ${round(position)}H0" stroke="#13202b"/><text x="-8" y="${round(position) + 4}" text-anchor="end" ` +
        `stroke="#ffffff" stroke-width="3" paint-order="stroke">${safeText(label)}</text>`,
    );
  return (
    `<g transform="translate(${round(x)},0)"><path d="M0 0V${height}" stroke="#13202b"/>${ticks.join("")}` +
    `<text transform="translate(0,-12) rotate(-20)" font-size="13" font-weight="600">${safeText(name)}</text></g>`
  );
}

/** Text of a picture: cut to 60 characters, nothing in it is markup, no control characters. */
function safeText(text: string): string {
  const cut = text.length > 60 ? `${text.slice(0, 59)}…` : text;
  // XML has no place for control characters and halves of pairs.
  return cut
    .replace(/\p{Cc}|\p{Cs}/gu, " ")
    .replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

/** A PDF of one page that holds one picture. */
function pdfOf(
  rgb: Uint8Array,
  pixelWidth: number,
  pixelHeight: number,
  width: number,
  height: number,
): Uint8Array {
  const packed = deflateSync(rgb);
  const draw = `q ${width} 0 0 ${height} 0 0 cm /Im Do Q`;
  const objects: (string | Uint8Array)[][] = [
    ["<< /Type /Catalog /Pages 2 0 R >>"],
    ["<< /Type /Pages /Kids [3 0 R] /Count 1 >>"],
    [
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${width} ${height}] /Contents 5 0 R /Resources << /XObject << /Im 4 0 R >> >> >>`,
    ],
    [
      `<< /Type /XObject /Subtype /Image /Width ${pixelWidth} /Height ${pixelHeight} /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /FlateDecode /Length ${packed.length} >>\nstream\n`,
      packed,
      "\nendstream",
    ],
    [`<< /Length ${draw.length} >>\nstream\n${draw}\nendstream`],
  ];
  const pieces: Uint8Array[] = [];
  const offsets: number[] = [];
  let at = 0;
  const add = (piece: string | Uint8Array) => {
    const bytes = typeof piece === "string" ? Buffer.from(piece, "latin1") : piece;
    pieces.push(bytes);
    at += bytes.length;
  };
  add("%PDF-1.4\n");
  objects.forEach((parts, i) => {
    offsets.push(at);
    add(`${i + 1} 0 obj\n`);
    for (const part of parts) add(part);
    add("\nendobj\n");
  });
  const table = at;
  const entries = offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`);
  add(`xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${entries.join("")}`);
  add(`trailer << /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${table}\n%%EOF\n`);
  return Buffer.concat(pieces);
}
