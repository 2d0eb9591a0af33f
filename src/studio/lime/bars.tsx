// Weights as bars with their 95% intervals.
import type { Explanation } from "./data.ts";
import { signed } from "./data.ts";

const width = 240;

/** One row per feature, the strongest first. */
export function Bars({ explanation, most = 12 }: { explanation: Explanation; most?: number }) {
  const shown = explanation.weights.slice(0, most);
  const reach = Math.max(
    1e-300,
    ...shown.flatMap(({ low, high }) => [Math.abs(low), Math.abs(high)]),
  );
  const at = (value: number) => width / 2 + (value / reach) * (width / 2 - 4);
  return (
    <table className="lime-bars">
      <tbody>
        {shown.map(({ feature, name, weight, low, high }) => (
          <tr key={feature}>
            <th scope="row" title={name}>
              {name}
            </th>
            <td>
              <svg
                viewBox={`0 0 ${width} 18`}
                preserveAspectRatio="none"
                height="18"
                aria-hidden="true"
              >
                <line x1={width / 2} x2={width / 2} y1="0" y2="18" className="lime-axis" />
                <rect
                  x={Math.min(at(0), at(weight))}
                  y="3"
                  width={Math.abs(at(weight) - at(0))}
                  height="12"
                  className={weight >= 0 ? "lime-for" : "lime-against"}
                />
                <line x1={at(low)} x2={at(high)} y1="9" y2="9" className="lime-interval" />
              </svg>
            </td>
            <td className="number">{signed(weight)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
