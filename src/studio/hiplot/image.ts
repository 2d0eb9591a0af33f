// The plot as a picture: the painted lines with the axes over them.
import { saveBlob } from "./export.ts";
import type { PlotModel } from "./model.ts";
import type { ParallelPlot } from "./parallel.ts";

/** The plot as an SVG document: the lines as an image inside, axes and names as shapes and text. */
export function plotSvg(plot: ParallelPlot, model: PlotModel): string {
  const { width, height, labelRoom, axes } = plot.drawing();
  const safe = (text: string) => text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
  const parts = axes.map(({ name, x, ticks }) => {
    const marks = ticks.map(
      ({ position, label }) =>
        `<path d="M-4 ${position}H0" stroke="#13202b"/><text x="-7" y="${position + 4}" text-anchor="end" ` +
        `stroke="#fff" stroke-width="3" paint-order="stroke">${safe(label)}</text>`,
    );
    const inverted = model.state.inverted.has(name) ? " ↓" : "";
    return (
      `<g transform="translate(${x},${labelRoom})"><path d="M0 0V${height}" stroke="#13202b"/>${marks.join("")}` +
      `<text y="-14" text-anchor="middle" font-size="13" font-weight="600">${safe(name)}${inverted}</text></g>`
    );
  });
  const all = height + labelRoom + 16;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${all}" viewBox="0 0 ${width} ${all}" ` +
    `font-family="system-ui, sans-serif" font-size="11" fill="#13202b"><rect width="100%" height="100%" fill="#fff"/>` +
    `<image href="${plot.canvas.toDataURL("image/png")}" y="${labelRoom}" width="${width}" height="${height}"/>` +
    `${parts.join("")}</svg>`
  );
}

/** Saves the plot as PNG or SVG. */
export async function saveImage(
  plot: ParallelPlot,
  model: PlotModel,
  format: "png" | "svg",
): Promise<void> {
  const text = plotSvg(plot, model);
  const source = new Blob([text], { type: "image/svg+xml" });
  if (format === "svg") return saveBlob("hiplot.svg", source);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = 2 * image.width;
  canvas.height = 2 * image.height;
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  canvas.toBlob((blob) => blob && saveBlob("hiplot.png", blob));
}
