// The labels of a map with their marks and counts; pressing one shows it alone.
import { formatCount } from "../format.ts";
import { t } from "../i18n/translate.ts";
import { useDark } from "../theme.ts";
import type { CorpusView, Kept, Labelling } from "./corpus-data.ts";
import { cornersOf, markOf } from "./marks.ts";

/** A label's mark. */
export function LabelMark({ label }: { label: number }) {
  const { colour, shape } = markOf(label, useDark());
  const corners = cornersOf(shape);
  return (
    <svg className="mark" viewBox="0 0 12 12" aria-hidden="true">
      {corners === null ? (
        <circle cx="6" cy="6" r="4.6" fill={colour} />
      ) : (
        <polygon points={corners} fill={colour} />
      )}
    </svg>
  );
}

interface LegendProps {
  readonly view: CorpusView;
  readonly labelling: Labelling;
  readonly kept: Kept;
  readonly label: number | null;
  readonly onLabel: (label: number | null) => void;
}

/** From so many labels on the most frequent come first. */
const sortedFrom = 13;

/** One row per label: mark, name, how many texts keep it. */
export function Legend({ view, labelling, kept, label, onLabel }: LegendProps) {
  const all = labelling.thresholds.kept.map((list) => list.at(-1) ?? 0);
  const most = Math.max(1, ...all);
  const order = [...view.labels.keys()];
  if (order.length >= sortedFrom) order.sort((a, b) => all[b] - all[a]);
  return (
    <ul className="map-legend">
      {order.map((i) => {
        const { name, description } = view.labels[i];
        return (
          <li key={name}>
            <button
              type="button"
              aria-pressed={label === i}
              title={[description, view.keywords[i].join(", ")].filter(Boolean).join(" · ")}
              onClick={() => onLabel(label === i ? null : i)}
            >
              <LabelMark label={i} />
              <span className="map-legend-name">{name}</span>
              <span className="map-legend-count">
                <b>{formatCount(kept.byLabel[i])}</b>
                {kept.byLabel[i] !== all[i] && ` / ${formatCount(all[i])}`}
              </span>
              <span className="map-legend-bar" aria-hidden="true">
                <span style={{ width: `${(100 * all[i]) / most}%` }}>
                  <span style={{ width: `${(100 * kept.byLabel[i]) / Math.max(1, all[i])}%` }} />
                </span>
              </span>
            </button>
          </li>
        );
      })}
      {kept.without > 0 && (
        <li className="map-legend-none">
          <svg className="mark" viewBox="0 0 12 12" aria-hidden="true">
            <circle cx="6" cy="6" r="3.6" fill="none" stroke="currentColor" />
          </svg>
          <span className="map-legend-name">{t("without a label")}</span>
          <span className="map-legend-count">
            <b>{formatCount(kept.without)}</b>
          </span>
        </li>
      )}
    </ul>
  );
}
