// The map of a corpus on a canvas: pointing shows a text, clicking opens it, arrow keys walk from text to text.
import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useRef, useState } from "react";
import { formatPercent } from "../format.ts";
import { t } from "../i18n/translate.ts";
import { useDark } from "../theme.ts";
import type { CorpusView, Kept, Labelling, MapView } from "./corpus-data.ts";
import { useGlide } from "./glide.ts";
import {
  drawScene,
  type Frame,
  moved,
  neighbour,
  type Place,
  type Scene,
  textAt,
  toScreen,
  wholeMap,
  zoomed,
} from "./map-drawing.ts";
import { markOf } from "./marks.ts";

/** Arguments of `TextMap`. */
export interface TextMapProps {
  readonly view: CorpusView;
  readonly map: MapView;
  readonly labelling: Labelling;
  readonly kept: Kept;
  readonly label: number | null;
  readonly selected: number | null;
  readonly onSelect: (text: number | null) => void;
}

const steps: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The map with what is under the pointer. */
export function TextMap(props: TextMapProps) {
  const { view, map, labelling, kept, label, selected, onSelect } = props;
  const holder = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const dark = useDark();
  const [frame, setFrame] = useState<Frame>(wholeMap);
  const [hovered, setHovered] = useState<number | null>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const grip = useRef<{ readonly at: Place; readonly frame: Frame; far: boolean } | null>(null);
  const places = useGlide(map);
  useEffect(() => {
    const element = holder.current;
    if (!element) return;
    const measure = () => {
      setSize({ width: element.clientWidth, height: element.clientHeight });
    };
    measure();
    const resizer = new ResizeObserver(measure);
    resizer.observe(element);
    return () => resizer.disconnect();
  }, []);
  const scene = useMemo((): Scene | null => {
    if (size.width === 0) return null;
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string) => style.getPropertyValue(name).trim();
    const flags = view.labels
      .map(({ name }, i) => ({ name, label: i, x: places.flags[i][0], y: places.flags[i][1] }))
      .sort((a, b) => kept.byLabel[b.label] - kept.byLabel[a.label]);
    return {
      ...size,
      frame,
      x: places.x,
      y: places.y,
      guess: labelling.guess,
      kept: Uint8Array.from(labelling.confidence, (sure) => (sure >= kept.least ? 1 : 0)),
      marks: view.labels.map((_, i) => markOf(i, dark)),
      flags,
      label,
      selected,
      hovered,
      colours: { text: colour("--text"), surface: colour("--surface"), faint: colour("--muted") },
      font: `600 12px ${getComputedStyle(document.body).fontFamily}`,
    };
  }, [size, frame, places, view, labelling, kept, label, selected, hovered, dark]);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!scene || !canvas.current || !context) return;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(scene.width * ratio), Math.round(scene.height * ratio)];
    if (canvas.current.width !== width) canvas.current.width = width;
    if (canvas.current.height !== height) canvas.current.height = height;
    drawScene(context, scene, ratio);
  }, [scene]);
  useWheel(holder, (event, at) => {
    if (scene) setFrame(zoomed(scene, Math.exp(-event.deltaY / 300), at));
  });

  const placeOf = (event: PointerEvent): Place => {
    const box = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const onMove = (event: PointerEvent) => {
    if (!scene) return;
    const at = placeOf(event);
    const held = grip.current;
    if (!held) {
      setHovered(textAt(scene, at));
      return;
    }
    const [dx, dy] = [at.x - held.at.x, at.y - held.at.y];
    if (Math.hypot(dx, dy) > 4) held.far = true;
    if (held.far && frame.zoom > 1) setFrame(moved({ ...scene, frame: held.frame }, dx, dy));
  };
  const onUp = (event: PointerEvent) => {
    const held = grip.current;
    grip.current = null;
    if (scene && held && !held.far) onSelect(textAt(scene, placeOf(event)));
  };
  const onKey = (event: KeyboardEvent) => {
    if (!scene || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = steps[event.key];
    if (step) {
      const [dx, dy] = step;
      onSelect(selected === null ? firstText(scene) : neighbour(scene, selected, dx, dy));
    } else if (event.key === "+" || event.key === "=") setFrame(zoomed(scene, 1.5));
    else if (event.key === "-") setFrame(zoomed(scene, 1 / 1.5));
    else if (event.key === "0") setFrame(wholeMap);
    else if (event.key === "Escape") onSelect(null);
    else return;
    event.preventDefault();
  };
  const described = t(
    "Map of {n} texts in {labels} labels. Arrow keys go from text to text; the table below has the same texts.",
    {
      n: view.texts.row.length,
      labels: view.labels.length,
    },
  );
  return (
    <div className="map" ref={holder}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={described}
        tabIndex={0}
        data-hovered={hovered !== null || undefined}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          grip.current = { at: placeOf(event), frame, far: false };
        }}
        onPointerMove={onMove}
        onPointerUp={onUp}
        onPointerLeave={() => setHovered(null)}
        onKeyDown={onKey}
      />
      {scene && hovered !== null && <Hint {...{ scene, view, labelling, text: hovered }} />}
      <div className="map-tools">
        <button
          type="button"
          aria-label={t("Larger")}
          onClick={() => scene && setFrame(zoomed(scene, 1.5))}
        >
          <span aria-hidden="true">+</span>
        </button>
        <button
          type="button"
          aria-label={t("Smaller")}
          disabled={frame.zoom === 1}
          onClick={() => scene && setFrame(zoomed(scene, 1 / 1.5))}
        >
          <span aria-hidden="true">−</span>
        </button>
        <button
          type="button"
          aria-label={t("The whole map")}
          disabled={frame.zoom === 1}
          onClick={() => setFrame(wholeMap)}
        >
          <span aria-hidden="true">⤢</span>
        </button>
      </div>
    </div>
  );
}

function firstText({ guess, label }: Scene): number {
  return label === null ? 0 : Math.max(0, Array.from(guess).indexOf(label));
}

/** The text under the pointer, beside it. */
function Hint(props: { scene: Scene; view: CorpusView; labelling: Labelling; text: number }) {
  const { scene, view, labelling, text } = props;
  const { x, y } = toScreen(scene, { x: scene.x[text], y: scene.y[text] });
  const name = view.labels[labelling.guess[text]]?.name;
  return (
    <div
      className="map-hint"
      aria-hidden="true"
      style={{
        left: Math.min(Math.max(8, x - 140), Math.max(8, scene.width - 288)),
        ...(y > scene.height / 2 ? { bottom: scene.height - y + 14 } : { top: y + 14 }),
      }}
    >
      <strong>
        {name ?? t("no label")} {formatPercent(labelling.confidence[text], 0)}
      </strong>
      <p>{view.texts.text[text].slice(0, 180)}</p>
    </div>
  );
}

/** The wheel with a key or over a map that is enlarged already; otherwise the page scrolls. */
function useWheel(
  holder: { readonly current: HTMLElement | null },
  onWheel: (event: WheelEvent, at: Place) => void,
): void {
  const latest = useRef(onWheel);
  latest.current = onWheel;
  useEffect(() => {
    const element = holder.current;
    const handle = (event: WheelEvent) => {
      if (!element || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      const box = element.getBoundingClientRect();
      latest.current(event, { x: event.clientX - box.left, y: event.clientY - box.top });
    };
    // React listens passively, and a passive listener cannot keep the page from zooming.
    element?.addEventListener("wheel", handle, { passive: false });
    return () => element?.removeEventListener("wheel", handle);
  }, [holder]);
}
