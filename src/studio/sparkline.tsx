// A curve in the size of a word.

const width = 132;
const height = 34;
const margin = 3;

/** Draws values from left to right; gaps are left out. Decoration: figures stand beside it. */
export function Sparkline({ values }: { values: readonly (number | null)[] }) {
  const finite = values.filter((value) => value !== null);
  if (finite.length < 2) return null;
  const low = Math.min(...finite);
  const span = Math.max(...finite) - low || 1;
  const points = finite.map((value, index) => {
    const x = margin + (index / (finite.length - 1)) * (width - 2 * margin);
    const y = height - margin - ((value - low) / span) * (height - 2 * margin);
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  const [lastX, lastY] = points[points.length - 1].split(",");
  return (
    <svg className="sparkline" viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      <polyline points={points.join(" ")} />
      <circle cx={lastX} cy={lastY} r="2.4" />
    </svg>
  );
}
