// Points that glide to their new places when the map changes: one sees where each text goes.
import { useEffect, useRef, useState } from "react";
import type { MapView } from "./corpus-data.ts";

/** Places of texts and flags at a moment. */
export type Places = Pick<MapView, "x" | "y" | "flags">;

const glideMs = 700;

/** The places between two maps, `share` of the way. */
export function between(from: Places, to: Places, share: number): Places {
  // Slow at both ends.
  const eased = share * share * (3 - 2 * share);
  const mix = (a: number, b: number) => a + (b - a) * eased;
  return {
    x: to.x.map((value, i) => mix(from.x[i] ?? value, value)),
    y: to.y.map((value, i) => mix(from.y[i] ?? value, value)),
    flags: to.flags.map(([x, y], i) => {
      const [a, b] = from.flags[i] ?? [x, y];
      return [mix(a, x), mix(b, y)];
    }),
  };
}

/** The places to draw now: on the way to those of the map, unless the reader wants no motion. */
export function useGlide(map: MapView): Places {
  const [places, setPlaces] = useState<Places>(map);
  const now = useRef<Places>(map);
  useEffect(() => {
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const from = now.current;
    if (from === map) return;
    let frame = 0;
    const started = performance.now();
    const step = (time: number) => {
      const share = still ? 1 : Math.min(1, Math.max(0, (time - started) / glideMs));
      now.current = share === 1 ? map : between(from, map, share);
      setPlaces(now.current);
      if (share < 1) frame = requestAnimationFrame(step);
    };
    frame = requestAnimationFrame(step);
    return () => cancelAnimationFrame(frame);
  }, [map]);
  // Another run's map has other texts: nothing glides there.
  return places.x.length === map.x.length ? places : map;
}
