// A column's head in the table: a click sorts, a drag moves, a right click opens the menu; keys do the same.
import { holdPointer } from "./label.ts";

/** What may happen to a head. `move` is told how many places to go. */
export interface HeadDeeds {
  sort(): void;
  move(by: number): void;
  menu(): void;
}

/** Listens to a head's button. */
export function listenToHead(knob: HTMLButtonElement, deeds: HeadDeeds): void {
  let start: number | null = null;
  let dragged = false;
  knob.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    start = event.clientX;
    dragged = false;
    holdPointer(knob, event.pointerId);
  });
  knob.addEventListener("pointermove", (event) => {
    if (start === null || (!dragged && Math.abs(event.clientX - start) < 6)) return;
    dragged = true;
    knob.style.transform = `translateX(${event.clientX - start}px)`;
  });
  const end = (event: PointerEvent) => {
    if (start === null) return;
    const way = event.clientX - start;
    start = null;
    knob.style.transform = "";
    if (dragged) deeds.move(placesPassed(knob, way));
  };
  knob.addEventListener("pointerup", end);
  knob.addEventListener("pointercancel", end);
  knob.addEventListener("click", () => {
    if (!dragged) deeds.sort();
    dragged = false;
  });
  knob.addEventListener("contextmenu", (event) => {
    event.preventDefault();
    deeds.menu();
  });
  knob.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.shiftKey && by) deeds.move(by);
    else if (event.key.toLowerCase() === "m" || event.key === "ContextMenu") deeds.menu();
    else return;
    event.preventDefault();
  });
}

/** How many heads a drag of `way` pixels goes past: those whose middle it crosses. */
function placesPassed(knob: HTMLElement, way: number): number {
  const own = knob.closest("th") as HTMLElement;
  const heads = [...(own.parentElement?.children ?? [])] as HTMLElement[];
  const at = heads.indexOf(own);
  const middle = (head: HTMLElement) => head.offsetLeft + head.offsetWidth / 2;
  const goal = middle(own) + way;
  let to = at;
  while (way > 0 && to + 1 < heads.length && middle(heads[to + 1]) < goal) to++;
  while (way < 0 && to > 0 && middle(heads[to - 1]) > goal) to--;
  return to - at;
}

/** The names with one moved by so many places. */
export function movedName(names: readonly string[], name: string, by: number): string[] {
  const others = names.filter((other) => other !== name);
  const to = Math.max(0, Math.min(others.length, names.indexOf(name) + by));
  return [...others.slice(0, to), name, ...others.slice(to)];
}
