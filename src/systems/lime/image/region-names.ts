// Names that regions of different pictures can share, so that picks can cover what matters in many.
import type { Explanation } from "../api.ts";
import type { ImageExplanation } from "../image.ts";
import { isUnitScale } from "../segment/picture.ts";

const rows = ["top", "middle", "bottom"] as const;
const columns = ["left", "centre", "right"] as const;
const hues = ["red", "yellow", "green", "cyan", "blue", "magenta"] as const;

/**
 * The explanations of a picture with regions named by place and colour, e.g. `top left, red`: give
 * these to `submodularPick`. Regions of one name are one feature to it.
 */
export function namedRegions(
  explained: Pick<ImageExplanation, "image" | "segments" | "explanations">,
): Explanation[] {
  const { image, segments, explanations } = explained;
  const [height, width, channels] = image.shape;
  const count = segments.reduce((most, region) => Math.max(most, region), 0) + 1;
  const sums = Array.from({ length: count }, () => ({ size: 0, y: 0, x: 0, colour: [0, 0, 0] }));
  const scale = isUnitScale(image) ? 1 : 1 / 255;
  segments.forEach((region, i) => {
    const own = sums[region]!;
    own.size++;
    own.y += Math.floor(i / width);
    own.x += i % width;
    for (let c = 0; c < 3; c++) {
      own.colour[c]! += image.data[i * channels + (channels === 3 ? c : 0)]! * scale;
    }
  });
  const names = sums.map(({ size, y, x, colour }) => {
    const place = [rows[third(y / size, height)], columns[third(x / size, width)]].join(" ");
    return `${place}, ${colourName(colour.map((sum) => sum / size))}`;
  });
  return explanations.map((explanation) => ({
    ...explanation,
    weights: explanation.weights.map((weight) => ({ ...weight, name: names[weight.feature]! })),
  }));
}

function third(position: number, length: number): number {
  return Math.min(2, Math.floor((3 * (position + 0.5)) / length));
}

/** A plain word for a colour of channels from 0 to 1: grey levels by lightness, others by hue. */
function colourName(channels: readonly number[]): string {
  const [red = 0, green = 0, blue = 0] = channels;
  const most = Math.max(red, green, blue);
  const spread = most - Math.min(red, green, blue);
  if (spread < 0.15) return most < 0.25 ? "black" : most < 0.75 ? "grey" : "white";
  const turn =
    most === red
      ? (green - blue) / spread
      : most === green
        ? 2 + (blue - red) / spread
        : 4 + (red - green) / spread;
  const hue = hues[Math.round((turn + 6) % 6) % 6]!;
  return most < 0.4 ? `dark ${hue}` : hue;
}
