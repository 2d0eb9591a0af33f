// The two colours of all reports: what speaks for a class and what speaks against it.

/** Blue for, orange against: told apart by eyes of every kind. */
export const colours = { for: [33, 102, 172], against: [217, 95, 2] } as const;

/** The colour of a weight as `r, g, b`. */
export function colourOf(weight: number): readonly [number, number, number] {
  return weight >= 0 ? colours.for : colours.against;
}

/** A weight as CSS background: the stronger, the less transparent; `most` is the strongest of all. */
export function shade(weight: number, most: number): string {
  const share = most > 0 ? Math.min(1, Math.abs(weight) / most) : 0;
  return `rgba(${colourOf(weight).join(",")},${(0.08 + 0.52 * share).toFixed(3)})`;
}

/** A weight for readers: sign and four figures. */
export function formatWeight(value: number): string {
  const text = Math.abs(value) >= 1e-4 || value === 0 ? value.toFixed(4) : value.toExponential(2);
  return value > 0 ? `+${text}` : text;
}
