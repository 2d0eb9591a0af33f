// A lab's picture: the curves and figures of its latest run, or of a run of ours.

import type { MetricSeries, MetricsResult, RunRecord } from "../api.ts";
import { formatPercent, formatScore } from "../format.ts";
import { t } from "../i18n/translate.ts";
import { useJson } from "../live.ts";
import { headlineFigures } from "../summary.ts";
import { type CardPicture, cardPictures } from "./card-pictures.ts";

const width = 360;
const height = 150;

/**
 * Decoration: the words beside it say the same. A system that was not run here shows the numbers of a run
 * of ours, and says so.
 */
export function LabPicture({ system, runs }: { system: string; runs: readonly RunRecord[] }) {
  const run = runs.find(({ status }) => status === "done") ?? runs[0];
  const path = run ? `/api/runs/${run.id}/metrics?maxPoints=120` : null;
  const { value } = useJson<MetricsResult>(path, run?.status);
  const curves = value ? tellingCurves(value.series) : [];
  const figures = run ? headlineFigures(run.summary, 3) : [];
  const recorded = cardPictures[system];
  if (curves.length === 0 && figures.length === 0) {
    return recorded ? <Recorded picture={recorded} /> : <Drawing lab={system} />;
  }
  return (
    <div className="lab-picture" aria-hidden="true">
      <Lines
        title={run?.name ?? ""}
        lines={curves.map(({ name, values }) => ({ key: name, points: toPoints(values) }))}
      />
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

function Recorded({ picture }: { picture: CardPicture }) {
  const { date } = picture;
  return (
    <div className="lab-picture" aria-hidden="true">
      {picture.kind === "bars" ? (
        <Bars bars={picture.bars} />
      ) : (
        <Lines title={picture.run} lines={linesOf(picture)} />
      )}
      {picture.kind === "curves" && (
        <dl>
          <div>
            <dt>{t("Accuracy")}</dt>
            <dd>{picture.figure}</dd>
          </div>
        </dl>
      )}
      <p className="lab-picture-note">{t("From a run of ours, {date}", { date })}</p>
    </div>
  );
}

interface Line {
  readonly key: string;
  readonly points: string;
}

/** One line per curve, or per row from axis to axis. */
function linesOf(picture: Exclude<CardPicture, { kind: "bars" }>): readonly Line[] {
  if (picture.kind === "curves") {
    return picture.lines.map((values, place) => ({ key: String(place), points: toPoints(values) }));
  }
  const { rows } = picture;
  const axes = (rows[0] ?? []).map((_, axis) => rows.map((row) => row[axis] ?? 0));
  const inUnits = rows.map((row) =>
    row.map((value, axis) => {
      const [low, high] = [Math.min(...axes[axis]), Math.max(...axes[axis])];
      return high > low ? (value - low) / (high - low) : 0.5;
    }),
  );
  return inUnits.map((row, place) => ({ key: String(place), points: toPoints([...row], [0, 1]) }));
}

function Lines({ title, lines }: { title: string; lines: readonly Line[] }) {
  return (
    <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none">
      <title>{title}</title>
      {lines.map(({ key, points }, place) => (
        <polyline
          key={key}
          points={points}
          style={{ stroke: `var(--series-${(place % 4) + 1})` }}
        />
      ))}
    </svg>
  );
}

function Bars({ bars }: { bars: Extract<CardPicture, { kind: "bars" }>["bars"] }) {
  const longest = Math.max(...bars.map(({ value }) => Math.abs(value)), 1e-9);
  const isShare = bars.every(({ value }) => value > 0.5 && value <= 1);
  return (
    <ul className="lab-bars">
      {bars.map(({ label, value }) => (
        <li key={label}>
          <span>{label}</span>
          <i
            style={{
              width: `${(100 * Math.abs(value)) / (isShare ? 1 : longest)}%`,
              background: `var(--series-${value < 0 ? 2 : 1})`,
            }}
          />
          <b>{isShare ? formatPercent(value) : formatScore(value)}</b>
        </li>
      ))}
    </ul>
  );
}

/** The curves that tell how a training went, rather than how its settings moved. */
function tellingCurves(series: readonly MetricSeries[]): readonly MetricSeries[] {
  const long = series.filter(({ values }) => values.length > 3);
  const telling = long.filter(({ name }) => /(^|\/)(loss|accuracy|f1|mae|auroc)$/.test(name));
  return (telling.length > 0 ? telling : long.slice(0, 1)).slice(0, 3);
}

function toPoints(values: readonly (number | null)[], range?: readonly [number, number]): string {
  const finite = values.filter((value) => value !== null);
  const [low, high] = range ?? [Math.min(...finite), Math.max(...finite)];
  const span = high - low || 1;
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
