// A picture with the regions that matter tinted; a slider leaves out the weaker ones.
import { useEffect, useRef, useState } from "react";
import { artifactUrl, type RunDetails } from "../api.ts";
import { t } from "../i18n/translate.ts";
import { useJson } from "../live.ts";
import { type Explanation, strongest, unpackRegions } from "./data.ts";

interface Regions {
  readonly height: number;
  readonly width: number;
  readonly runs: readonly number[];
}

const tints = { for: [11, 126, 166], against: [212, 113, 26] } as const;

/** The picture of a run with its overlay. */
export function ImageView({ run, explanation }: { run: RunDetails; explanation: Explanation }) {
  const regions = useJson<Regions>(artifactUrl(run.id, "regions.json"), run.status).value;
  const canvas = useRef<HTMLCanvasElement>(null);
  const [threshold, setThreshold] = useState(0.2);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context || !regions) return;
    const picture = new Image();
    picture.onload = () => draw(context, picture, regions, explanation, threshold);
    picture.src = artifactUrl(run.id, "picture.png");
    return () => {
      picture.onload = null;
    };
  }, [run.id, regions, explanation, threshold]);
  if (!regions) return null;
  const { width, height } = regions;
  return (
    <div className="lime-image">
      <canvas
        ref={canvas}
        {...{ width, height }}
        role="img"
        aria-label={t("The picture; blue regions speak for {name}, orange ones against it", {
          name: explanation.className,
        })}
      />
      <label>
        {t("Weakest weight shown, as a share of the strongest")}{" "}
        <output>{Math.round(100 * threshold)}%</output>
        <input
          type="range"
          min="0"
          max="1"
          step="0.01"
          value={threshold}
          onChange={(event) => setThreshold(Number(event.target.value))}
        />
      </label>
    </div>
  );
}

function draw(
  context: CanvasRenderingContext2D,
  picture: HTMLImageElement,
  { width, height, runs }: Regions,
  explanation: Explanation,
  threshold: number,
): void {
  context.drawImage(picture, 0, 0, width, height);
  const pixels = context.getImageData(0, 0, width, height);
  const regions = unpackRegions(runs, width * height);
  const most = strongest(explanation);
  const shares = new Map(
    explanation.weights.map(({ feature, weight }) => [feature, weight / most]),
  );
  const mark = (i: number) => {
    const share = shares.get(regions[i]) ?? 0;
    return Math.abs(share) >= threshold && share !== 0 ? share : 0;
  };
  for (let i = 0; i < regions.length; i++) {
    const share = mark(i);
    if (share === 0) continue;
    const next = i % width < width - 1 ? mark(i + 1) : share;
    const below = i + width < regions.length ? mark(i + width) : share;
    const edge = next === 0 || below === 0;
    const strength = edge ? 1 : 0.15 + 0.45 * Math.abs(share);
    const tint = share > 0 ? tints.for : tints.against;
    for (let c = 0; c < 3; c++) {
      const own = pixels.data[4 * i + c];
      pixels.data[4 * i + c] = own * (1 - strength) + tint[c] * strength;
    }
  }
  context.putImageData(pixels, 0, 0);
}
