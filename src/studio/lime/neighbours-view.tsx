// The neighbourhood in the plane with the surrogate's line across it, and how the weights settled.
import { t } from "../i18n/translate.ts";
import { lineInBox, type Neighbours } from "./data.ts";

const side = 300;
const series = ["--series-1", "--series-2", "--series-3", "--series-4", "--muted"];

/** Points on the first two principal axes: larger when nearer, bluer when the output is higher. */
export function NeighbourPlot({ neighbours }: { neighbours: Neighbours }) {
  const { points, line, level } = neighbours;
  const reach = 1.08 * Math.max(1e-9, ...points.flatMap(({ x, y }) => [Math.abs(x), Math.abs(y)]));
  const at = (value: number) => (side / 2) * (1 + value / reach);
  const outputs = points.map(({ output }) => output);
  const [least, most] = [Math.min(...outputs), Math.max(...outputs)];
  const share = (output: number) => (most > least ? (output - least) / (most - least) : 0.5);
  const across = lineInBox(line, reach);
  const [example] = points;
  return (
    <figure className="lime-plot">
      <svg
        viewBox={`0 0 ${side} ${side}`}
        role="img"
        aria-label={t("Neighbours in the plane with the line of the local model")}
      >
        <rect width={side} height={side} className="lime-plane" />
        {points.map(({ x, y, proximity, output }, i) => (
          <circle
            // biome-ignore lint/suspicious/noArrayIndexKey: points never move.
            key={i}
            cx={at(x)}
            cy={at(-y)}
            r={1.5 + 3.5 * proximity}
            fill={`color-mix(in srgb, var(--series-1) ${Math.round(100 * share(output))}%, var(--series-2))`}
            fillOpacity="0.55"
          />
        ))}
        {across && (
          <line
            x1={at(across[0])}
            y1={at(-across[1])}
            x2={at(across[2])}
            y2={at(-across[3])}
            className="lime-line"
          />
        )}
        {example && (
          <circle cx={at(example.x)} cy={at(-example.y)} r="6" className="lime-example" />
        )}
      </svg>
      <figcaption className="note">
        {t(
          "Blue: higher output; larger: nearer; ring: the example; line: where the local model gives {level}",
          {
            level: level.toFixed(2),
          },
        )}
      </figcaption>
    </figure>
  );
}

/** Each feature's weight and interval over the number of neighbours. */
export function RibbonPlot({ ribbon }: { ribbon: NonNullable<Neighbours["ribbon"]> }) {
  const { samples, features } = ribbon;
  const all = features.flatMap(({ values }) => values.flatMap((value) => value ?? []));
  const [low, high] = [Math.min(0, ...all), Math.max(0, ...all)];
  const x = (i: number) => 8 + (i / Math.max(1, samples.length - 1)) * (side - 16);
  const y = (value: number) => 200 - 8 - ((value - low) / Math.max(1e-300, high - low)) * 184;
  return (
    <figure className="lime-plot">
      <svg
        viewBox={`0 0 ${side} 200`}
        role="img"
        aria-label={t("Weights over the number of neighbours")}
      >
        <rect width={side} height="200" className="lime-plane" />
        <line x1="0" x2={side} y1={y(0)} y2={y(0)} className="lime-axis" />
        {features.map(({ name, values }, k) => {
          const there = values.flatMap((value, i) => (value === null ? [] : [{ value, i }]));
          const upper = there.map(({ value, i }) => `${x(i)},${y(value[2])}`);
          const lower = there.map(({ value, i }) => `${x(i)},${y(value[1])}`).reverse();
          const colour = `var(${series[k]})`;
          return (
            <g key={name}>
              <polygon points={[...upper, ...lower].join(" ")} fill={colour} fillOpacity="0.18" />
              <polyline
                points={there.map(({ value, i }) => `${x(i)},${y(value[0])}`).join(" ")}
                fill="none"
                stroke={colour}
                strokeWidth="2"
              />
            </g>
          );
        })}
      </svg>
      <figcaption className="note">
        {t("From {few} to {many} neighbours", { few: samples[0], many: samples.at(-1) ?? 0 })}:{" "}
        {features.map(({ name }, k) => (
          <span key={name} className="lime-key" style={{ borderColor: `var(${series[k]})` }}>
            {name}{" "}
          </span>
        ))}
      </figcaption>
    </figure>
  );
}
