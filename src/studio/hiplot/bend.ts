// The curve between two axes: all lines of a gap bend alike, so one table per gap serves every row.
import { bend } from "../../systems/hiplot/core/drawing.ts";

/**
 * How far a line has gone from its left to its right place at each pixel edge of a gap: `width` + 1
 * shares from 0 to 1. A cubic Bézier whose control points lie at 12 % and 88 % of the gap, at the
 * heights of the two ends: its height is a blend of them that depends on x alone.
 */
export function bendShares(width: number): Float64Array<ArrayBuffer> {
  const shares = new Float64Array(width + 1);
  for (let edge = 0; edge <= width; edge++) shares[edge] = shareAt(edge / width);
  return shares;
}

/** Solves x(t) = x by halving (x(t) grows all the way), and gives the height's share at that t. */
function shareAt(x: number): number {
  let low = 0;
  let high = 1;
  for (let step = 0; step < 40; step++) {
    const t = (low + high) / 2;
    const s = 1 - t;
    const reached = 3 * s * s * t * bend[0] + 3 * s * t * t * bend[1] + t * t * t;
    if (reached < x) low = t;
    else high = t;
  }
  const t = (low + high) / 2;
  return t * t * (3 - 2 * t);
}

/** A row's line through its points as an SVG path, broken where one is missing. */
export function linePath(points: readonly (readonly [number, number])[]): string {
  let d = "";
  for (const [place, [x, y]] of points.entries()) {
    const before = points[place - 1];
    if (Number.isNaN(y)) continue;
    if (!before || Number.isNaN(before[1])) d += `M${x} ${y}`;
    else {
      const gap = x - before[0];
      const [c1, c2] = [before[0] + bend[0] * gap, before[0] + bend[1] * gap];
      d += `C${c1} ${before[1]} ${c2} ${y} ${x} ${y}`;
    }
  }
  return d;
}
