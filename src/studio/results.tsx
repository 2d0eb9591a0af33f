// How good the model is: headline figures beside the baseline, and the table of all compared models.

import type { ComparisonRow } from "./api.ts";
import { formatCount, formatPercent, formatScore, formatSeconds } from "./format.ts";
import { t } from "./i18n/translate.ts";
import { Section } from "./parts.tsx";
import { type Figure, isRecord } from "./summary.ts";

const measures = [
  { key: "accuracy", label: "Accuracy", format: (value: number) => formatPercent(value) },
  { key: "f1", label: "F1", format: formatScore },
  { key: "auroc", label: "AUROC", format: formatScore },
] as const;

/** The three figures of a classifier, each with the best baseline's and how far they are apart. */
export function ResultFigures({
  rows,
  summary,
}: {
  rows: readonly ComparisonRow[];
  summary: unknown;
}) {
  const model = rows.find((row) => row.role === "model");
  const baselines = rows.filter((row) => row.role === "baseline");
  if (!model) return null;
  return (
    <dl className="figures">
      {measures.map(({ key, label, format }) => {
        const best = baselines.toSorted((a, b) => b[key] - a[key])[0];
        return (
          <div className="figure" key={key}>
            <dt>{t(label)}</dt>
            <dd>
              <span className="figure-value">{format(model[key])}</span>
              {best && (
                <span className="figure-note">
                  <Difference value={model[key] - best[key]} percent={key === "accuracy"} />{" "}
                  {t("baseline")} {format(best[key])}
                </span>
              )}
            </dd>
          </div>
        );
      })}
      {isRecord(summary) && typeof summary.wrong === "number" && (
        <div className="figure">
          <dt>{t("Wrong")}</dt>
          <dd>
            <span className="figure-value">{formatCount(summary.wrong)}</span>
            {typeof summary.tested === "number" && (
              <span className="figure-note">
                {t("of {n} held-out texts", { n: formatCount(summary.tested) })}
              </span>
            )}
          </dd>
        </div>
      )}
    </dl>
  );
}

/** Figures of a run that has no comparison. */
export function PlainFigures({ figures }: { figures: readonly Figure[] }) {
  if (figures.length === 0) return null;
  return (
    <dl className="figures">
      {figures.map(({ name, label, text }) => (
        <div className="figure" key={name}>
          <dt>{t(label)}</dt>
          <dd>
            <span className="figure-value">{text}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Difference({ value, percent }: { value: number; percent: boolean }) {
  const size = percent
    ? `${(Math.abs(value) * 100).toFixed(1)} ${t("pts")}`
    : Math.abs(value).toFixed(3);
  if (Number.parseFloat(size) === 0) return <span className="delta">{t("same as")}</span>;
  const better = value > 0;
  return (
    <span className={`delta ${better ? "delta-good" : "delta-bad"}`}>
      <span aria-hidden="true">{better ? "▲" : "▼"}</span> {size} {better ? t("above") : t("below")}
    </span>
  );
}

/** All models on the same held-out texts; the best of each column is set in bold. */
export function ComparisonTable({ rows }: { rows: readonly ComparisonRow[] }) {
  return (
    <Section title={t("Beside the baseline")} note={t("All rows from the same held-out texts")}>
      <div className="scroll">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{t("Model")}</th>
              {measures.map(({ key, label }) => (
                <th scope="col" className="number" key={key}>
                  {t(label)}
                </th>
              ))}
              <th scope="col" className="number">
                {t("Training")}
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.model}>
                <th scope="row">
                  <span className="tagged">
                    {row.model}
                    <span className={`tag tag-${row.role}`}>
                      {row.role === "model" ? t("this run") : t("baseline")}
                    </span>
                  </span>
                </th>
                {measures.map(({ key, format }) => {
                  const isBest = row[key] === Math.max(...rows.map((other) => other[key]));
                  return (
                    <td className="number" key={key}>
                      {isBest && rows.length > 1 ? <b>{format(row[key])}</b> : format(row[key])}
                    </td>
                  );
                })}
                <td className="number">{formatSeconds(row.seconds)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}
