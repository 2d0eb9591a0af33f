// The labels of the demo: typed, moved, taken away; and the text in pieces that glow.

/** Adds what was typed, `a` or `a, b`; a label that is there already stays where it is. */
export function addLabels(labels: readonly string[], typed: string): readonly string[] {
  const known = new Set(labels.map(fold));
  const added: string[] = [];
  for (const each of typed.split(",")) {
    const name = each.trim();
    if (name === "" || known.has(fold(name))) continue;
    known.add(fold(name));
    added.push(name);
  }
  return added.length > 0 ? [...labels, ...added] : labels;
}

function fold(name: string): string {
  return name.replace(/\s+/g, " ").toLowerCase();
}

/** Puts a label at another place; places outside the list are its ends. */
export function moveLabel(labels: readonly string[], from: number, to: number): readonly string[] {
  const place = Math.min(Math.max(to, 0), labels.length - 1);
  if (place === from) return labels;
  const moved = labels.filter((_, at) => at !== from);
  moved.splice(place, 0, labels[from]);
  return moved;
}

/** A stretch of the text and how strongly it speaks for the label. */
export interface Keyword {
  readonly start: number;
  readonly end: number;
  readonly weight: number;
}

/** A piece of the text; `glow` is 0 for plain text, 1 for the strongest keyword. */
export interface Piece {
  readonly text: string;
  readonly glow: number;
}

/** Cuts a text at its keywords, which do not overlap; keywords of an older text are left out. */
export function piecesOf(text: string, keywords: readonly Keyword[]): readonly Piece[] {
  const fitting = keywords
    .filter(({ start, end, weight }) => start < end && end <= text.length && weight > 0)
    .sort((a, b) => a.start - b.start);
  const most = Math.max(...fitting.map(({ weight }) => weight), 1e-9);
  const pieces: Piece[] = [];
  let at = 0;
  for (const { start, end, weight } of fitting) {
    if (start < at) continue;
    if (start > at) pieces.push({ text: text.slice(at, start), glow: 0 });
    pieces.push({ text: text.slice(start, end), glow: weight / most });
    at = end;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), glow: 0 });
  return pieces;
}
