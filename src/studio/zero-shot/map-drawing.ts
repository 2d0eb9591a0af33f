// Draws a map of texts: points in the colours of their labels, labels as flags, one text in a ring.
import { type Mark, outline } from "./marks.ts";

/** A place on the map, in the map's own units. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** Which part of the map is seen: its middle, and how much it is enlarged. */
export interface Frame extends Place {
  readonly zoom: number;
}

/** All of the map. */
export const wholeMap: Frame = { x: 5_000, y: 5_000, zoom: 1 };

/** What is drawn. */
export interface Scene {
  /** Width and height in CSS pixels. */
  readonly width: number;
  readonly height: number;
  readonly frame: Frame;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  readonly guess: ArrayLike<number>;
  /** 1 where a text keeps its label. */
  readonly kept: Uint8Array;
  readonly marks: readonly Mark[];
  /** Names with their places, the most important first. */
  readonly flags: readonly (Place & { readonly name: string; readonly label: number })[];
  /** The only label that is shown in full; null: all. */
  readonly label: number | null;
  readonly selected: number | null;
  readonly hovered: number | null;
  readonly colours: { readonly text: string; readonly surface: string; readonly faint: string };
  readonly font: string;
}

const margin = 30;
/** How much longer one side of the map may be drawn than the other. */
const stretch = 1.5;

/** Where a place of the map is on the screen. */
export function toScreen(
  { width, height, frame }: Pick<Scene, "width" | "height" | "frame">,
  { x, y }: Place,
): Place {
  // The map is square; a page that is not shows it a little stretched, so that its room is used.
  const [w, h] = [Math.max(1, width - 2 * margin), Math.max(1, height - 2 * margin)];
  const scale = frame.zoom / 10_000;
  return {
    x: width / 2 + (x - frame.x) * scale * Math.min(w, stretch * h),
    y: height / 2 + (y - frame.y) * scale * Math.min(h, stretch * w),
  };
}

/** The frame after moving by pixels. */
export function moved(
  scene: Pick<Scene, "width" | "height" | "frame">,
  dx: number,
  dy: number,
): Frame {
  const [origin, unit] = [toScreen(scene, { x: 0, y: 0 }), toScreen(scene, { x: 1, y: 1 })];
  const { frame } = scene;
  const inside = (value: number) => Math.min(10_000, Math.max(0, value));
  return {
    zoom: frame.zoom,
    x: inside(frame.x - dx / (unit.x - origin.x)),
    y: inside(frame.y - dy / (unit.y - origin.y)),
  };
}

/** The frame enlarged around a place on the screen. */
export function zoomed(
  scene: Pick<Scene, "width" | "height" | "frame">,
  factor: number,
  around: Place = { x: scene.width / 2, y: scene.height / 2 },
): Frame {
  const zoom = Math.min(24, Math.max(1, scene.frame.zoom * factor));
  if (zoom === 1) return wholeMap;
  const dx = around.x - scene.width / 2;
  const dy = around.y - scene.height / 2;
  const here = moved(scene, -dx, -dy);
  return moved({ ...scene, frame: { ...here, zoom } }, dx, dy);
}

/** The text under the pointer, within a few pixels; null where there is none. */
export function textAt(scene: Scene, pointer: Place, reach = 12): number | null {
  let [found, best] = [null as number | null, reach * reach];
  for (let i = 0; i < scene.x.length; i++) {
    const { x, y } = toScreen(scene, { x: scene.x[i], y: scene.y[i] });
    const distance = (x - pointer.x) ** 2 + (y - pointer.y) ** 2;
    if (distance < best) [found, best] = [i, distance];
  }
  return found;
}

/** The nearest text in a direction (unit steps): those off to the side are farther. */
export function neighbour(scene: Scene, from: number, dx: number, dy: number): number {
  const here = { x: scene.x[from], y: scene.y[from] };
  let [found, best] = [from, Infinity];
  for (let i = 0; i < scene.x.length; i++) {
    const [x, y] = [scene.x[i] - here.x, scene.y[i] - here.y];
    const along = x * dx + y * dy;
    const aside = Math.abs(x * dy - y * dx);
    if (along <= 0 || (scene.label !== null && scene.guess[i] !== scene.label)) continue;
    const cost = along + 2.5 * aside;
    if (cost < best) [found, best] = [i, cost];
  }
  return found;
}

/** Draws the scene; the canvas is as many real pixels as the screen has. */
export function drawScene(context: CanvasRenderingContext2D, scene: Scene, ratio: number): void {
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, scene.width, scene.height);
  drawTexts(context, scene);
  drawFlags(context, scene);
  for (const [text, width] of [
    [scene.hovered, 1.5],
    [scene.selected, 2.5],
  ] as const) {
    if (text === null) continue;
    const { x, y } = toScreen(scene, { x: scene.x[text], y: scene.y[text] });
    context.beginPath();
    context.arc(x, y, 8, 0, 2 * Math.PI);
    context.strokeStyle = scene.colours.text;
    context.lineWidth = width;
    context.stroke();
  }
}

function drawTexts(context: CanvasRenderingContext2D, scene: Scene): void {
  const { x, y, guess, kept, marks, label, frame } = scene;
  const radius = (x.length > 1_200 ? 2.6 : 3.4) * Math.min(2, frame.zoom ** 0.35);
  // One path for each label: thousands of small fills are slow.
  const dropped = new Path2D();
  const groups = marks.map(() => new Path2D());
  for (let i = 0; i < x.length; i++) {
    const at = toScreen(scene, { x: x[i], y: y[i] });
    const own = guess[i];
    if (own < 0 || kept[i] === 0) outline(dropped, "circle", at.x, at.y, 0.8 * radius);
    else outline(groups[own], marks[own].shape, at.x, at.y, radius);
  }
  context.globalAlpha = label === null ? 0.8 : 0.35;
  context.strokeStyle = scene.colours.faint;
  context.lineWidth = 1;
  context.stroke(dropped);
  groups.forEach((path, own) => {
    context.globalAlpha = label === null || label === own ? 0.82 : 0.1;
    context.fillStyle = marks[own].colour;
    context.fill(path);
  });
  context.globalAlpha = 1;
}

/** Where a flag may hang, from its foot: right, left, higher, lower. */
const hangs = [
  [0, -24],
  [0, -46],
  [1, -12],
  [-1, -12],
  [0, 24],
  [1, -34],
  [-1, -34],
  [0, -68],
  [0, 46],
] as const;

/** Pixels of the map for each flag: more of them would hide the texts. */
const flagRoom = 15_000;
/** Among many flags only the nearest places are tried: long poles cross. */
const crowd = 16;

/** Flags with their poles; one that finds no room is left out until the map is enlarged. */
function drawFlags(context: CanvasRenderingContext2D, scene: Scene): void {
  const { width, height, marks, label, colours } = scene;
  const taken: { left: number; top: number; right: number; bottom: number }[] = [];
  context.font = scene.font;
  context.textBaseline = "middle";
  const wanted = scene.flags.filter((flag) => label === null || flag.label === label);
  const most = (width * height) / flagRoom;
  const places = wanted.length > crowd ? hangs.slice(0, 5) : hangs;
  for (const { name, label: own, ...place } of wanted) {
    if (taken.length >= most) break;
    const foot = toScreen(scene, place);
    if (foot.x < 0 || foot.y < 0 || foot.x > width || foot.y > height) continue;
    const words = name.length > 26 ? `${name.slice(0, 25)}…` : name;
    const [w, h] = [context.measureText(words).width + 24, 20];
    const spots = places.map(([side, up]) => {
      const left = Math.min(Math.max(2, foot.x - w / 2 + side * (w / 2 + 10)), width - w - 2);
      const top = Math.min(Math.max(2, foot.y + up - h / 2), height - h - 2);
      return { left, top, right: left + w, bottom: top + h };
    });
    const box = spots.find((spot) => !taken.some((other) => overlap(spot, other)));
    if (!box) continue;
    taken.push(box);
    const middle = Math.min(Math.max(foot.x, box.left + 8), box.right - 8);
    context.strokeStyle = colours.text;
    context.lineWidth = 1.2;
    context.beginPath();
    context.moveTo(foot.x, foot.y);
    context.lineTo(middle, foot.y < box.top ? box.top : box.bottom);
    context.stroke();
    context.beginPath();
    context.arc(foot.x, foot.y, 2.2, 0, 2 * Math.PI);
    context.fillStyle = colours.text;
    context.fill();
    context.beginPath();
    context.roundRect(box.left, box.top, w, h, 5);
    context.fillStyle = colours.surface;
    context.fill();
    context.strokeStyle = marks[own].colour;
    context.lineWidth = 1.6;
    context.stroke();
    context.beginPath();
    outline(context, marks[own].shape, box.left + 10, box.top + h / 2, 4);
    context.fillStyle = marks[own].colour;
    context.fill();
    context.fillStyle = colours.text;
    context.fillText(words, box.left + 18, box.top + h / 2 + 0.5);
  }
}

type Box = { left: number; top: number; right: number; bottom: number };

function overlap(a: Box, b: Box): boolean {
  return (
    a.left < b.right + 3 && b.left < a.right + 3 && a.top < b.bottom + 3 && b.top < a.bottom + 3
  );
}
