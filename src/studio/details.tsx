// What a run was made of and where its time went: settings, machine, data, phases, files.

import { artifactUrl, type DatasetSummary, type Json, type RunDetails } from "./api.ts";
import { formatBytes, formatCount, formatSeconds, humanize } from "./format.ts";
import { t } from "./i18n/translate.ts";
import { Section } from "./parts.tsx";
import { flatten, isRecord } from "./summary.ts";

/** Rows of the data by class and part. */
export function DatasetTable({ dataset }: { dataset: DatasetSummary }) {
  const parts = ["train", "valid", "test"] as const;
  const note = t(
    "{source}: {rows} texts in {groups} groups of near-duplicates, none divided between parts",
    {
      source: dataset.source,
      rows: formatCount(dataset.rows),
      groups: formatCount(dataset.groups),
    },
  );
  return (
    <Section title={t("Data")} note={note}>
      <div className="scroll">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{t("Class")}</th>
              <th scope="col" className="number">
                {t("Training")}
              </th>
              <th scope="col" className="number">
                {t("Validation")}
              </th>
              <th scope="col" className="number">
                {t("Held out")}
              </th>
            </tr>
          </thead>
          <tbody>
            {dataset.classes.map((row) => (
              <tr key={row.label}>
                <th scope="row">{row.label}</th>
                {parts.map((part) => (
                  <td className="number" key={part}>
                    {formatCount(row[part])}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

/** The time of each phase as one bar and a list. */
export function Timing({ seconds }: { seconds: Readonly<Record<string, number>> }) {
  const phases = Object.entries(seconds).filter(([name]) => name !== "total");
  const total = phases.reduce((sum, [, value]) => sum + value, 0);
  if (total === 0) return null;
  return (
    <Section title={t("Time")} note={t("{time} in all", { time: formatSeconds(total) })}>
      <div className="phases" aria-hidden="true">
        {phases.map(([name, value], place) => (
          <span
            key={name}
            title={`${t(humanize(name))}: ${formatSeconds(value)}`}
            style={{ flexGrow: value, background: `var(--phase-${place % 6})` }}
          />
        ))}
      </div>
      <ul className="phase-list">
        {phases.map(([name, value], place) => (
          <li key={name}>
            <span className="swatch" style={{ background: `var(--phase-${place % 6})` }} />
            {t(humanize(name))}
            <b>{formatSeconds(value)}</b>
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** Names and values, one per row. */
export function Facts({ title, values }: { title: string; values: Json }) {
  const rows = flatten(values);
  if (rows.length === 0) return null;
  return (
    <Section title={title}>
      <dl className="facts">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{humanize(name.replace(/ ?bytes$/i, ""))}</dt>
            <dd>{/bytes$/i.test(name) ? formatBytes(Number(value)) : shorten(value)}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}

/** A list of a thousand numbers tells nobody anything; the whole is in the run's record. */
function shorten(value: string): string {
  return value.length > 400 ? `${value.slice(0, 400)}…` : value;
}

/** Everything the run left behind, to be fetched. */
export function Files({ run }: { run: RunDetails }) {
  if (run.artifacts.length === 0) return null;
  const files = run.artifacts.toSorted((a, b) => a.name.localeCompare(b.name));
  return (
    <Section title={t("Files")}>
      <ul className="files">
        {files.map(({ name, kind, bytes }) => (
          <li key={name}>
            <a href={artifactUrl(run.id, name)} download={name.split("/").at(-1)}>
              {name}
            </a>
            <span className="tag">{kind}</span>
            <span className="number">{formatBytes(bytes)}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** Phases of a summary, where it tells them. */
export function phaseSeconds(summary: Json): Record<string, number> | null {
  if (!isRecord(summary) || !isRecord(summary.seconds)) return null;
  const entries = Object.entries(summary.seconds).filter(([, value]) => typeof value === "number");
  return Object.fromEntries(entries) as Record<string, number>;
}
