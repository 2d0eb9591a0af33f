// A lab's picture: the curves and figures of its latest run, or a drawing of what it does.

import type { MetricSeries, MetricsResult, RunRecord } from "../api.ts";
import { t } from "../i18n/translate.ts";
import { useJson } from "../live.ts";
import { headlineFigures } from "../summary.ts";

const width = 360;
const height = 150;

/** Decoration: the words beside it say the same. */
export function LabPicture({ lab, runs }: { lab: string; runs: readonly RunRecord[] }) {
  const run = runs.find(({ status }) => status === "done") ?? runs[0];
  const path = run ? `/api/runs/${run.id}/metrics?maxPoints=120` : null;
  const { value } = useJson<MetricsResult>(path, run?.status);
  const curves = value ? tellingCurves(value.series) : [];
  const figures = run ? headlineFigures(run.summary, 3) : [];
  if (curves.length === 0 && figures.length === 0) return <Drawing lab={lab} />;
  return (
    <div className="lab-picture" aria-hidden="true">
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none">
        <title>{run?.name}</title>
        {curves.map(({ name, values }, place) => (
          <polyline
            key={name}
            points={toPoints(values)}
            style={{ stroke: `var(--series-${place + 1})` }}
          />
        ))}
      </svg>
      {figures.length > 0 && (
        <dl>
          {figures.map(({ name, label, text }) => (
            <div key={name}>
              <dt>{t(label)}</dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}

/** The curves that tell how a training went, rather than how its settings moved. */
function tellingCurves(series: readonly MetricSeries[]): readonly MetricSeries[] {
  const long = series.filter(({ values }) => values.length > 3);
  const telling = long.filter(({ name }) => /(^|\/)(loss|accuracy|f1|mae|auroc)$/.test(name));
  return (telling.length > 0 ? telling : long.slice(0, 1)).slice(0, 3);
}

function toPoints(values: readonly (number | null)[]): string {
  const finite = values.filter((value) => value !== null);
  const low = Math.min(...finite);
  const span = Math.max(...finite) - low || 1;
  const last = Math.max(1, finite.length - 1);
  return finite
    .map((value, place) => {
      const x = 12 + (place / last) * (width - 24);
      const y = height - 14 - ((value - low) / span) * (height - 28);
      return `${x.toFixed(1)},${y.toFixed(1)}`;
    })
    .join(" ");
}

/** A pattern of its own for each lab, the same every time: lines that run from axis to axis. */
function Drawing({ lab }: { lab: string }) {
  let state = 7;
  for (const letter of lab) state = (state * 31 + letter.charCodeAt(0)) % 2_147_483_647;
  const next = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  const lines = Array.from({ length: 14 }, (_, place) => {
    const ys = Array.from({ length: 4 }, () => (16 + next() * (height - 32)).toFixed(1));
    const d = `M24 ${ys[0]}C70 ${ys[0]} 82 ${ys[1]} 128 ${ys[1]}S186 ${ys[2]} 232 ${ys[2]}S290 ${ys[3]} 336 ${ys[3]}`;
    return { d, series: (place % 4) + 1 };
  });
  return (
    <div className="lab-picture lab-drawing" aria-hidden="true">
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none">
        <title>{lab}</title>
        {lines.map(({ d, series }) => (
          <path key={d} d={d} style={{ stroke: `var(--series-${series})` }} />
        ))}
      </svg>
    </div>
  );
}
