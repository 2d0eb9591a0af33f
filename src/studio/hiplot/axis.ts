// One axis of the parallel plot: its spine, ticks and brushes as shapes.
import { brushFilter, extentOf } from "../../systems/hiplot/core/brush.ts";
import type { RangeFilter } from "../../systems/hiplot/core/filters.ts";
import type { Scale } from "../../systems/hiplot/core/scales.ts";
import { t } from "../i18n/translate.ts";
import { svg } from "./dom.ts";

/** An axis this near to the left edge has its ticks' words on the right, where there is room. */
const firstTicks = 50;
/** How far from an axis a pointer still meets it. */
const reach = 16;

/** An axis that is drawn. */
export interface Axis {
  readonly name: string;
  readonly scale: Scale;
  readonly group: SVGGElement;
  readonly brushes: SVGGElement;
  readonly hit: SVGRectElement;
  x: number;
  /** Brushes in pixels, upper end first. */
  pixels: [number, number][];
}

/** Where and how an axis is drawn; lengths in pixels. */
export interface AxisLook {
  readonly x: number;
  readonly height: number;
  /** Room up to the next axis. */
  readonly gap: number;
  readonly ticks: number;
}

/** Makes the shapes of an axis. */
export function makeAxis(name: string, scale: Scale, look: AxisLook): Axis {
  const { x, height, gap } = look;
  const brushes = svg("g", { class: "brushes" });
  const hit = svg("rect", {
    class: "hit",
    x: -reach,
    y: -8,
    width: 2 * reach,
    height: height + 16,
    tabindex: 0,
    role: "slider",
    "aria-orientation": "vertical",
    "aria-valuemin": 0,
    "aria-valuemax": 100,
    "aria-valuenow": 0,
    "aria-label": t(
      "Brush of {name}: Enter lays one, arrows move it, Shift and arrows resize it, Delete takes it away",
      { name },
    ),
  });
  const ticks = svg("g", { class: x < firstTicks ? "ticks ticks-right" : "ticks" });
  for (const { position, label } of scale.ticks(look.ticks)) {
    ticks.append(
      svg("line", { x1: -4, x2: 0, y1: position, y2: position }),
      svg("text", { x: x < firstTicks ? 8 : -7, y: position, dy: "0.32em" }, clip(label, gap)),
    );
  }
  const group = svg(
    "g",
    { class: "axis", transform: `translate(${x},0)` },
    svg("line", { class: "spine", y1: 0, y2: height }),
    ticks,
    brushes,
    hit,
  );
  return { name, scale, group, brushes, hit, x, pixels: [] };
}

/** Draws the brushes that the axis has now, and tells them to screen readers. */
export function drawBrushes(axis: Axis, height: number): void {
  const { brushes, pixels, hit, name, scale } = axis;
  brushes.replaceChildren(
    ...pixels.map(([from, to]) =>
      svg("rect", { x: -9, width: 18, y: from, height: Math.max(3, to - from), rx: 3 }),
    ),
  );
  const [first] = pixels;
  const share = first ? 100 * (1 - (first[0] + first[1]) / 2 / height) : 0;
  hit.setAttribute("aria-valuenow", share.toFixed(0));
  hit.setAttribute(
    "aria-valuetext",
    first ? tellExtent(scale, first) : t("{name}: no brush", { name }),
  );
}

/** The rows of a stretch of pixels; one between two categories lets none through. */
export function rangeOf({ name, scale }: Axis, pixels: [number, number]): RangeFilter {
  const filter = brushFilter(name, extentOf(scale, pixels));
  if (filter.type === "Range") return filter;
  return { type: "Range", data: { col: name, type: "categorical", min: "1", max: "0" } };
}

function tellExtent(scale: Scale, pixels: [number, number]): string {
  const { values, range } = extentOf(scale, pixels);
  if (values) return values.join(", ");
  const [a, b] = range as [number, number];
  return `${Number(Math.min(a, b).toPrecision(4))} – ${Number(Math.max(a, b).toPrecision(4))}`;
}

/** A tick's text, no longer than the gap has room for. */
function clip(label: string, gap: number): string {
  const most = Math.max(6, Math.floor((gap - 24) / 6.5));
  return label.length > most ? `${label.slice(0, most - 1)}…` : label;
}
