// Pointer and keys on an axis: they lay, move, resize and take away its brushes.
import type { Axis } from "./axis.ts";
import { type Hold, holdAt, moveHold } from "./brushing.ts";

/** What an axis under a pointer asks of its plot. */
export interface AxisHooks {
  readonly height: number;
  /** Upper end of the axes on the page. */
  top(): number;
  /** The brushes are about to change. */
  begin(): void;
  /** New brushes; `rest` once the pointer has let go. */
  change(pixels: [number, number][], rest: boolean): void;
}

/** Lets pointer and keyboard brush an axis. */
export function listenToAxis(axis: Axis, hooks: AxisHooks): void {
  const { hit } = axis;
  const { height } = hooks;
  let hold: Hold | null = null;
  const at = (event: PointerEvent) => Math.max(0, Math.min(height, event.clientY - hooks.top()));
  hit.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    hit.focus({ preventScroll: true });
    try {
      hit.setPointerCapture(event.pointerId);
    } catch {
      // A pointer that a script made up cannot be captured; its moves come all the same.
    }
    hooks.begin();
    hold = holdAt(axis.pixels, at(event), event.shiftKey);
  });
  hit.addEventListener("pointermove", (event) => {
    if (!hold) {
      const part = holdAt(axis.pixels, at(event), false).part;
      hit.style.cursor = part === "new" ? "crosshair" : part === "all" ? "grab" : "ns-resize";
      return;
    }
    hooks.change(moveHold(hold, at(event), height), false);
  });
  const end = (event: PointerEvent) => {
    if (!hold) return;
    const pixels = moveHold(hold, at(event), height);
    // A press without a move takes the brushes away.
    hooks.change(hold.moved ? pixels : [], true);
    hold = null;
  };
  hit.addEventListener("pointerup", end);
  hit.addEventListener("pointercancel", end);
  hit.addEventListener("keydown", (event) => {
    const next = keyBrushes(event, axis.pixels, height);
    if (!next) return;
    event.preventDefault();
    hooks.begin();
    hooks.change(next, true);
  });
}

const keyStep = 0.02;

/** What a key makes of the last brush of an axis; null for keys that mean nothing here. */
function keyBrushes(
  event: KeyboardEvent,
  pixels: readonly [number, number][],
  height: number,
): [number, number][] | null {
  const rest = pixels.slice(0, -1).map(([a, b]): [number, number] => [a, b]);
  const last = pixels.at(-1);
  if (event.key === "Delete" || event.key === "Backspace" || event.key === "Escape") {
    return last ? rest : null;
  }
  if (event.key === "Enter" || event.key === " ") {
    return [...(event.shiftKey && last ? [...rest, last] : rest), [height / 3, (2 * height) / 3]];
  }
  const by = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
  if (by === 0 || !last) return null;
  const step = by * keyStep * height;
  const [from, to] = last;
  if (event.shiftKey) return [...rest, [Math.max(0, Math.min(to - 2, from + step)), to]];
  const shift = Math.max(-from, Math.min(height - to, step));
  return [...rest, [from + shift, to + shift]];
}
