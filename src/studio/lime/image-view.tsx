// A picture with the regions that matter tinted; a slider leaves out the weaker ones, a click hides a region.
import { useEffect, useRef, useState } from "react";
import { artifactUrl, type RunDetails } from "../api.ts";
import { t } from "../i18n/translate.ts";
import { useJson } from "../live.ts";
import { type Explanation, shadeInterval, strongest, unpackRegions, weightHint } from "./data.ts";
import { useHiding } from "./hiding.tsx";
import { drawPicture, hideRegions, type Picture, readPicture, toBase64 } from "./picture.ts";

interface Regions {
  readonly height: number;
  readonly width: number;
  readonly runs: readonly number[];
}

/** Regions that have a button of their own beside the picture. */
const listed = 8;

/** The artifact that holds a picture, by its place among the run's examples. */
export function pictureName(place: number): string {
  return place === 0 ? "picture.png" : `picture-${place}.png`;
}

/** The picture of a run with its overlay. */
export function ImageView(props: {
  run: RunDetails;
  explanation: Explanation;
  model: string | undefined;
  place: number;
}) {
  const { run, explanation, model, place } = props;
  const picture = usePicture(run, place);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [threshold, setThreshold] = useState(0.2);
  const { hidden, toggle, bar } = useHiding({
    ...{ run, explanation, model },
    question: (chosen) => {
      if (!picture) return null;
      const shape = [picture.height, picture.width, picture.channels];
      return { images: [{ shape, data: toBase64(hideRegions(picture, chosen)) }] };
    },
    invite: t("Click a region to hide it and ask the model again."),
  });
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (context && picture) drawPicture(context, picture, explanation, threshold, hidden);
  }, [picture, explanation, threshold, hidden]);
  if (!picture) return null;
  const { width, height } = picture;
  const most = strongest(explanation);
  return (
    <div className="lime-image">
      <canvas
        ref={canvas}
        {...{ width, height }}
        role="img"
        aria-label={t("The picture; blue regions speak for {name}, orange ones against it", {
          name: explanation.className,
        })}
        onClick={({ clientX, clientY, currentTarget }) => {
          const box = currentTarget.getBoundingClientRect();
          const x = Math.floor(((clientX - box.left) / box.width) * width);
          const y = Math.floor(((clientY - box.top) / box.height) * height);
          const region = picture.regions[y * width + x];
          if (region !== undefined) toggle?.(region);
        }}
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
      {toggle && (
        <fieldset className="chips">
          <legend className="hidden">{t("Regions")}</legend>
          {explanation.weights.slice(0, listed).map((weight) => (
            <button
              key={weight.feature}
              type="button"
              className="chip lime-region"
              aria-pressed={hidden.has(weight.feature)}
              title={weightHint(weight)}
              style={
                hidden.has(weight.feature)
                  ? undefined
                  : { backgroundImage: shadeInterval(weight, most) }
              }
              onClick={() => toggle(weight.feature)}
            >
              {weight.name}
            </button>
          ))}
        </fieldset>
      )}
      {bar}
    </div>
  );
}

/** The picture's pixels and regions, once both are there. */
function usePicture(run: RunDetails, place: number): Picture | undefined {
  const file = place === 0 ? "regions.json" : `regions-${place}.json`;
  const regions = useJson<Regions>(artifactUrl(run.id, file), run.status).value;
  const [picture, setPicture] = useState<Picture>();
  const { grey, hideColor } = run.config as { grey?: boolean; hideColor?: number[] };
  const address = artifactUrl(run.id, pictureName(place));
  // biome-ignore lint/correctness/useExhaustiveDependencies: a run's config never changes.
  useEffect(() => {
    if (!regions) return;
    const { width, height, runs } = regions;
    const image = new Image();
    image.onload = () => {
      const context = new OffscreenCanvas(width, height).getContext("2d");
      if (!context) return;
      context.drawImage(image, 0, 0, width, height);
      const pixels = context.getImageData(0, 0, width, height);
      const labels = unpackRegions(runs, width * height);
      setPicture(readPicture(pixels, labels, grey ? 1 : 3, hideColor ?? undefined));
    };
    image.src = address;
    return () => {
      image.onload = null;
    };
  }, [address, regions]);
  return picture;
}
