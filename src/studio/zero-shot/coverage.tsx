// The slider of abstention under the curve of accuracy against coverage.
import { useId } from "react";
import { formatCount, formatPercent } from "../format.ts";
import { t } from "../i18n/translate.ts";
import { type CorpusView, curveOf, type Kept, keptAt, type Labelling } from "./corpus-data.ts";

const width = 560;
const height = 210;
const left = 46;
const bottom = 26;
const top = 10;
const right = 14;

interface CoverageProps {
  readonly view: CorpusView;
  readonly labelling: Labelling;
  readonly share: number;
  readonly kept: Kept;
  readonly onShare: (share: number) => void;
}

/** What a labelling is called. */
export function labellingName(view: CorpusView, { kind }: Labelling): string {
  if (kind === "projected") return t("one by one, after Z");
  if (kind === "plain") return t("one by one");
  return view.together ? t("all together") : t("as the run labelled");
}

/** The curve, the slider and the counts that follow from it. */
export function Coverage({ view, labelling, share, kept, onShare }: CoverageProps) {
  const id = useId();
  const judged = labelling.thresholds.known !== undefined;
  // The one that is shown may be judged by answers: it stands in place of its like.
  const shown = judged
    ? view.labellings
        .map((each) => (each.kind === labelling.kind ? labelling : each))
        .filter(({ thresholds }) => thresholds.known)
    : [labelling];
  const curves = shown.map((each) => ({ of: each, points: curveOf(each) }));
  const values = curves.flatMap(({ points }) => points.slice(5).flatMap((value) => value ?? []));
  const low = Math.max(0, Math.floor(10 * Math.min(0.9, ...values)) / 10);
  const x = (at: number) => left + (at / 100) * (width - left - right);
  const y = (value: number) => top + ((1 - value) / (1 - low)) * (height - top - bottom);
  const line = (points: readonly (number | null)[]) =>
    points
      .flatMap((value, at) => (value === null ? [] : [`${x(at)},${y(Math.max(low, value))}`]))
      .join(" ");
  const here = curveOf(labelling)[share];
  const ticks = Array.from(
    { length: Math.round((1 - low) * 10) + 1 },
    (_, i) => low + i / 10,
  ).filter((_, i, all) => all.length <= 6 || i % 2 === (all.length - 1) % 2);
  const title = judged
    ? t("Accuracy against the share of texts that keep their label")
    : t("Confidence against the share of texts that keep their label");
  return (
    <div className="coverage">
      <figure>
        <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={title}>
          {ticks.map((value) => (
            <g key={value}>
              <line
                x1={left}
                x2={width - right}
                y1={y(value)}
                y2={y(value)}
                className="coverage-grid"
              />
              <text x={left - 8} y={y(value) + 4} textAnchor="end">
                {judged ? formatPercent(value, 0) : value.toFixed(1)}
              </text>
            </g>
          ))}
          {[0, 25, 50, 75, 100].map((at) => (
            <text key={at} x={x(at)} y={height - 6} textAnchor={at === 100 ? "end" : "middle"}>
              {at}%
            </text>
          ))}
          {curves.map(({ of, points }) => (
            <polyline
              key={of.kind}
              points={line(points)}
              className={`coverage-curve coverage-${of.kind}`}
              data-chosen={of === labelling || undefined}
            />
          ))}
          <line
            x1={x(share)}
            x2={x(share)}
            y1={top}
            y2={height - bottom}
            className="coverage-now"
          />
          {typeof here === "number" && (
            <circle
              cx={x(share)}
              cy={y(Math.max(low, here))}
              r="5.5"
              className={`coverage-point coverage-${labelling.kind}`}
            />
          )}
        </svg>
        <figcaption className="note">
          {title}
          {curves.length > 1 && ": "}
          {curves.length > 1 &&
            curves.map(({ of }) => (
              <span
                key={of.kind}
                className={`coverage-key coverage-key-${of.kind}`}
                data-chosen={of === labelling || undefined}
              >
                {labellingName(view, of)} {percentOf(keptAt(of, share).accuracy)}
              </span>
            ))}
        </figcaption>
      </figure>
      <div className="coverage-slider">
        <label htmlFor={id}>{t("Label the surest")}</label>
        <input
          id={id}
          type="range"
          min="0"
          max="100"
          step="1"
          value={share}
          aria-valuetext={t("{n}% of the texts", { n: share })}
          onChange={(event) => onShare(Number(event.target.value))}
        />
        <output htmlFor={id}>{share}%</output>
      </div>
      <dl className="coverage-figures" aria-live="polite">
        <div>
          <dt>{t("keep their label")}</dt>
          <dd>
            <span data-figure="kept">{formatCount(kept.kept)}</span>{" "}
            <small>{formatPercent(kept.kept / Math.max(1, labelling.rows), 0)}</small>
          </dd>
        </div>
        <div>
          <dt>{t("without a label")}</dt>
          <dd data-figure="without">{formatCount(kept.without)}</dd>
        </div>
        <div>
          <dt>{t("confidence from")}</dt>
          <dd data-figure="least">{share === 0 ? "–" : kept.least.toPrecision(3)}</dd>
        </div>
        {judged && (
          <div>
            <dt>{t("of these right")}</dt>
            <dd data-figure="accuracy">{percentOf(kept.accuracy)}</dd>
          </div>
        )}
      </dl>
    </div>
  );
}

function percentOf(share: number | null): string {
  return share === null ? "–" : formatPercent(share);
}
