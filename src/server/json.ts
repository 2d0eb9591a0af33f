// Numbers as JSON can carry them.

/** JSON has no NaN and no infinity: such a value is sent as null, which a chart shows as a gap. */
export function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
