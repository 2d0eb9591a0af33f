// SLIC: k-means in colour and place, each centre searching only its surroundings.
import { checkPositive, type ImageLike, type Planes, renumber, smooth, toLab } from "./picture.ts";

/** Options of `slic`. */
export interface SlicOptions {
  /** Regions wanted, about. Default 100. */
  readonly regions?: number;
  /** Weight of place against colour: greater gives rounder regions. Default 10. */
  readonly compactness?: number;
  readonly iterations?: number;
  /** Smoothing before. Default 0. */
  readonly sigma?: number;
}

/** A cluster's mean: channels, then row and column. */
interface Centres {
  readonly count: number;
  readonly colour: Float64Array;
  readonly y: Float64Array;
  readonly x: Float64Array;
}

/**
 * Achanta et al. 2012, "SLIC superpixels compared to state-of-the-art superpixel methods",
 * algorithm 1: centres on a grid of step S, moved to the lowest gradient of 3 x 3; distance
 * sqrt(dc^2 + (ds / S)^2 m^2) within 2 S x 2 S; at the end, islands join a neighbour.
 */
export function slic(image: ImageLike, options: SlicOptions = {}): Int32Array {
  const { regions = 100, compactness = 10, iterations = 10, sigma = 0 } = options;
  checkPositive("regions", regions);
  checkPositive("compactness", compactness);
  checkPositive("iterations", iterations);
  checkPositive("sigma", sigma, true);
  const planes = smooth(toLab(image), sigma);
  const { height, width } = planes;
  const step = Math.max(1, Math.sqrt((height * width) / regions));
  const centres = placeCentres(planes, step);
  const labels = new Int32Array(height * width);
  for (let i = 0; i < iterations; i++) {
    assignPixels(planes, centres, step, compactness, labels);
    moveCentres(planes, centres, labels);
  }
  return joinIslands(labels, height, width, (step * step) / 4);
}

function placeCentres(planes: Planes, step: number): Centres {
  const { height, width, channels } = planes;
  const rows = Math.max(1, Math.round(height / step));
  const columns = Math.max(1, Math.round(width / step));
  const count = rows * columns;
  const centres = {
    count,
    colour: new Float64Array(count * channels.length),
    y: new Float64Array(count),
    x: new Float64Array(count),
  };
  for (let c = 0; c < count; c++) {
    const y = Math.floor(((Math.floor(c / columns) + 0.5) * height) / rows);
    const x = Math.floor((((c % columns) + 0.5) * width) / columns);
    const [calmY, calmX] = calmest(planes, y, x);
    centres.y[c] = calmY;
    centres.x[c] = calmX;
    channels.forEach((plane, k) => {
      centres.colour[c * channels.length + k] = plane[calmY * width + calmX]!;
    });
  }
  return centres;
}

/** The place with the lowest gradient of the 3 x 3 around (y, x): no centre on an edge. */
function calmest({ height, width, channels }: Planes, y: number, x: number): [number, number] {
  let best: [number, number] = [y, x];
  let least = Infinity;
  for (let v = Math.max(1, y - 1); v <= Math.min(height - 2, y + 1); v++) {
    for (let u = Math.max(1, x - 1); u <= Math.min(width - 2, x + 1); u++) {
      const at = v * width + u;
      let gradient = 0;
      for (const plane of channels) {
        gradient += (plane[at + 1]! - plane[at - 1]!) ** 2;
        gradient += (plane[at + width]! - plane[at - width]!) ** 2;
      }
      if (gradient < least) {
        least = gradient;
        best = [v, u];
      }
    }
  }
  return best;
}

function assignPixels(
  { height, width, channels }: Planes,
  centres: Centres,
  step: number,
  compactness: number,
  labels: Int32Array,
): void {
  const nearest = new Float64Array(labels.length).fill(Infinity);
  const place = (compactness / step) ** 2;
  const depth = channels.length;
  for (let c = 0; c < centres.count; c++) {
    const [cy, cx] = [centres.y[c]!, centres.x[c]!];
    const bottom = Math.min(height - 1, Math.ceil(cy + step));
    const right = Math.min(width - 1, Math.ceil(cx + step));
    for (let y = Math.max(0, Math.floor(cy - step)); y <= bottom; y++) {
      for (let x = Math.max(0, Math.floor(cx - step)); x <= right; x++) {
        const at = y * width + x;
        let distance = place * ((y - cy) ** 2 + (x - cx) ** 2);
        for (let k = 0; k < depth; k++) {
          distance += (channels[k]![at]! - centres.colour[c * depth + k]!) ** 2;
        }
        if (distance >= nearest[at]!) continue;
        nearest[at] = distance;
        labels[at] = c;
      }
    }
  }
}

function moveCentres({ width, channels }: Planes, centres: Centres, labels: Int32Array): void {
  const depth = channels.length;
  const sizes = new Int32Array(centres.count);
  const [colour, ys, xs] = [
    new Float64Array(centres.colour.length),
    new Float64Array(centres.count),
    new Float64Array(centres.count),
  ];
  for (let at = 0; at < labels.length; at++) {
    const c = labels[at]!;
    sizes[c]!++;
    ys[c]! += Math.floor(at / width);
    xs[c]! += at % width;
    for (let k = 0; k < depth; k++) colour[c * depth + k]! += channels[k]![at]!;
  }
  for (let c = 0; c < centres.count; c++) {
    // A centre that nobody chose stays where it is.
    if (sizes[c] === 0) continue;
    centres.y[c] = ys[c]! / sizes[c]!;
    centres.x[c] = xs[c]! / sizes[c]!;
    for (let k = 0; k < depth; k++) {
      centres.colour[c * depth + k] = colour[c * depth + k]! / sizes[c]!;
    }
  }
}

/** Connected parts become regions of their own; parts under `least` pixels join the one before them. */
function joinIslands(labels: Int32Array, height: number, width: number, least: number): Int32Array {
  const regions = new Int32Array(labels.length).fill(-1);
  const part = new Int32Array(labels.length);
  for (let start = 0; start < labels.length; start++) {
    if (regions[start] !== -1) continue;
    let before = -1;
    let count = 1;
    part[0] = start;
    regions[start] = start;
    for (let i = 0; i < count; i++) {
      for (const next of neighbours(part[i]!, height, width)) {
        if (regions[next] === -1 && labels[next] === labels[start]) {
          regions[next] = start;
          part[count++] = next;
        } else if (regions[next] !== -1 && regions[next] !== start) before = regions[next]!;
      }
    }
    if (count >= least || before === -1) continue;
    for (let i = 0; i < count; i++) regions[part[i]!] = before;
  }
  return renumber(regions);
}

function neighbours(at: number, height: number, width: number): number[] {
  const found: number[] = [];
  if (at % width > 0) found.push(at - 1);
  if (at % width < width - 1) found.push(at + 1);
  if (at >= width) found.push(at - width);
  if (at < (height - 1) * width) found.push(at + width);
  return found;
}
