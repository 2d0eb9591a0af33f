// Brushes under a pointer: what it takes hold of, and what its way makes of the brushes of an axis.

/** What a pointer holds of an axis. */
export interface Hold {
  /** `new` draws a brush, `from` and `to` move an end, `all` moves the brush. */
  readonly part: "new" | "from" | "to" | "all";
  readonly start: number;
  /** The brush that is held, as it was. */
  readonly held: readonly [number, number];
  readonly others: readonly (readonly [number, number])[];
  moved: boolean;
}

/** How near an end of a brush a pointer takes hold of it. */
const nearness = 6;

/** What a pointer takes hold of at pixel `y`. With `add`, a new brush leaves the others in place. */
export function holdAt(
  pixels: readonly (readonly [number, number])[],
  y: number,
  add: boolean,
): Hold {
  for (const held of pixels) {
    const [from, to] = held;
    if (y < from - nearness || y > to + nearness) continue;
    const others = pixels.filter((other) => other !== held);
    const near = Math.min(nearness, Math.max(2, (to - from) / 3));
    const part = Math.abs(y - from) <= near ? "from" : Math.abs(y - to) <= near ? "to" : "all";
    return { part, start: y, held, others, moved: false };
  }
  return { part: "new", start: y, held: [y, y], others: add ? pixels : [], moved: false };
}

/** The brushes of the axis when the pointer is at `y`. */
export function moveHold(hold: Hold, y: number, height: number): [number, number][] {
  if (Math.abs(y - hold.start) >= 2) hold.moved = true;
  const [from, to] = hold.held;
  const clamp = (value: number) => Math.max(0, Math.min(height, value));
  let next: [number, number];
  if (hold.part === "new") next = [hold.start, y];
  else if (hold.part === "from") next = [clamp(from + y - hold.start), to];
  else if (hold.part === "to") next = [from, clamp(to + y - hold.start)];
  else {
    const shift = Math.max(-from, Math.min(height - to, y - hold.start));
    next = [from + shift, to + shift];
  }
  if (next[0] > next[1]) next.reverse();
  return [...hold.others.map(([a, b]): [number, number] => [a, b]), next];
}
