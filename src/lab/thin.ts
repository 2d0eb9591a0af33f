// Fewer points of a curve without losing what the eye looks for: its ends and its peaks.

/**
 * Indices (ascending) of at most `limit` of the points, `limit` ≥ 2: the first, the last, and from
 * each of equal stretches between them the lowest and the highest, so spikes stay visible. Points
 * that are not finite are kept only as ends.
 */
export function thinIndices(values: ArrayLike<number>, limit: number): number[] {
  const count = values.length;
  if (count <= limit) return Array.from({ length: count }, (_, index) => index);
  const kept = [0];
  const stretches = Math.max(0, Math.floor((limit - 2) / 2));
  for (let stretch = 0; stretch < stretches; stretch++) {
    const start = 1 + Math.floor((stretch * (count - 2)) / stretches);
    const end = 1 + Math.floor(((stretch + 1) * (count - 2)) / stretches);
    let lowest = -1;
    let highest = -1;
    for (let index = start; index < end; index++) {
      const value = values[index];
      if (!Number.isFinite(value)) continue;
      if (lowest < 0 || value < values[lowest]) lowest = index;
      if (highest < 0 || value > values[highest]) highest = index;
    }
    if (lowest < 0) continue;
    kept.push(Math.min(lowest, highest));
    if (lowest !== highest) kept.push(Math.max(lowest, highest));
  }
  kept.push(count - 1);
  return kept;
}
