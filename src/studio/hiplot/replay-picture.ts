// One picture of a replay: the lines of the runs at a moment, for the page, or with axes and words for a film.
import { bend } from "../../systems/hiplot/core/drawing.ts";
import type { RowColours } from "./places.ts";
import { between, type Moment } from "./replay-runs.ts";

/** Where an axis stands, and where each row crosses it. */
export interface Track {
  readonly name: string;
  readonly x: number;
  readonly places: Float32Array;
}

/** Draws the runs' lines. */
export function drawMoments(
  context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
  tracks: readonly Track[],
  moments: readonly Moment[],
  { index, palette }: RowColours,
): void {
  context.lineWidth = moments.length > 300 ? 1 : 1.6;
  context.globalAlpha = Math.max(0.25, Math.min(0.95, 6 / moments.length ** 0.4));
  for (const moment of moments) {
    const at = 3 * index[moment.row];
    context.strokeStyle = `rgb(${palette[at]},${palette[at + 1]},${palette[at + 2]})`;
    context.beginPath();
    let before: { x: number; y: number } | null = null;
    for (const { x, places } of tracks) {
      const y = between(places, moment);
      if (Number.isNaN(y)) {
        before = null;
        continue;
      }
      if (before === null) context.moveTo(x, y);
      else {
        const gap = x - before.x;
        const [c1, c2] = [before.x + bend[0] * gap, before.x + bend[1] * gap];
        context.bezierCurveTo(c1, before.y, c2, y, x, y);
      }
      before = { x, y };
    }
    context.stroke();
  }
  context.globalAlpha = 1;
}

/** What a film's pictures show beside the lines. */
export interface FilmScene {
  readonly width: number;
  readonly height: number;
  readonly labelRoom: number;
  readonly axes: readonly {
    readonly name: string;
    readonly x: number;
    readonly ticks: readonly { readonly position: number; readonly label: string }[];
  }[];
  readonly dark: boolean;
}

const footRoom = 30;
/** As on the page, ticks of an axis this near to the edge have their words on its other side. */
const firstTicks = 50;

/** Sizes of a film of this plot, no wider than `most` pixels; even, as codecs want them. */
export function filmSize({ width, height, labelRoom }: FilmScene, most: number) {
  const share = Math.min(1, most / width);
  const even = (pixels: number) => 2 * Math.round((pixels * share) / 2);
  return { width: even(width), height: even(height + labelRoom + footRoom), share };
}

/** Draws a whole picture: axes, lines, and which step it is. */
export function drawFilmPicture(
  context: CanvasRenderingContext2D,
  scene: FilmScene,
  share: number,
  tracks: readonly Track[],
  moments: readonly Moment[],
  colours: RowColours,
  caption: string,
): void {
  const { width, height, labelRoom, axes, dark } = scene;
  const [ground, ink] = dark ? ["#121b23", "#e4ebf1"] : ["#ffffff", "#13202b"];
  context.setTransform(share, 0, 0, share, 0, 0);
  context.fillStyle = ground;
  context.fillRect(0, 0, width, height + labelRoom + footRoom + 2);
  context.setTransform(share, 0, 0, share, 0, share * labelRoom);
  drawMoments(context, tracks, moments, colours);
  context.fillStyle = ink;
  context.strokeStyle = ink;
  context.lineWidth = 1;
  for (const { name, x, ticks } of axes) {
    context.beginPath();
    context.moveTo(x, 0);
    context.lineTo(x, height);
    context.stroke();
    context.font = "600 13px system-ui, sans-serif";
    context.textAlign = "center";
    context.fillText(name.slice(0, 24), x, -16);
    context.font = "11px system-ui, sans-serif";
    const inside = x < firstTicks;
    context.textAlign = inside ? "left" : "right";
    const beside = inside ? x + 8 : x - 7;
    for (const { position, label } of ticks) {
      context.strokeStyle = ground;
      context.lineWidth = 3;
      context.strokeText(label.slice(0, 14), beside, position + 4);
      context.fillText(label.slice(0, 14), beside, position + 4);
    }
    context.strokeStyle = ink;
    context.lineWidth = 1;
  }
  context.font = "600 14px system-ui, sans-serif";
  context.textAlign = "left";
  context.fillText(caption, 12, height + 22);
}
