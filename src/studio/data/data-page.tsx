// A table before anything is trained on it: what is in each column, and its first rows.
import { type ChangeEvent, useState } from "react";
import { Bitset } from "../../systems/hiplot/core/bits.ts";
import { type Column, cellOf } from "../../systems/hiplot/core/columns.ts";
import { parseCsv } from "../../systems/hiplot/core/csv.ts";
import { Frame } from "../../systems/hiplot/core/frame.ts";
import { distribution } from "../../systems/hiplot/core/histogram.ts";
import { type ColumnDef, inferTypes } from "../../systems/hiplot/core/infer.ts";
import { formatCount, formatValue } from "../format.ts";
import { t } from "../i18n/translate.ts";
import { Notice, Section } from "../parts.tsx";
import { DataTable, type TableData } from "../table.tsx";

const previewRows = 200;
const barCount = 24;

interface Opened {
  readonly name: string;
  readonly frame: Frame;
  readonly notes: readonly string[];
}

/** The page at `/data`. */
export function DataPage() {
  const [opened, setOpened] = useState<Opened | null>(null);
  const [error, setError] = useState("");
  document.title = `${t("Data")} · Deepdive`;
  const open = async (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0];
    if (!file) return;
    try {
      const { columns, rows, notes } = parseCsv(new Uint8Array(await file.arrayBuffer()));
      setOpened({ name: file.name, frame: new Frame({ columns, rows }), notes });
      setError("");
    } catch (problem) {
      setError(`${file.name}: ${(problem as Error).message}`);
    }
  };
  return (
    <div className="page">
      <div className="page-head page-head-row">
        <div>
          <h1>{t("Data")}</h1>
          <p className="lead">
            {t("Open a table to see what is in its columns. It stays on this machine.")}
          </p>
        </div>
        <label className="button button-main file-button">
          {t("Choose a file")}
          <input type="file" accept=".csv,.tsv,text/csv" className="hidden" onChange={open} />
        </label>
      </div>
      {error && <Notice title={error} tone="bad" />}
      {opened && <TableView {...opened} />}
    </div>
  );
}

function TableView({ name, frame, notes }: Opened) {
  const defs = inferTypes(frame);
  const all = Bitset.full(frame.rows);
  return (
    <>
      {notes.map((note) => (
        <Notice key={note} title={note} />
      ))}
      <Section
        title={name}
        note={t("{rows} rows, {columns} columns", {
          rows: formatCount(frame.rows),
          columns: formatCount(frame.columns.length),
        })}
      >
        <ul className="column-cards">
          {frame.columns.map((column) => (
            <li key={column.name}>
              <ColumnCard column={column} def={defs.get(column.name)} all={all} />
            </li>
          ))}
        </ul>
      </Section>
      <Section title={t("First rows")}>
        <DataTable table={previewOf(frame)} label={t("First rows")} />
      </Section>
    </>
  );
}

function ColumnCard(props: { column: Column; def: ColumnDef | undefined; all: Bitset }) {
  const { column, def, all } = props;
  if (!def) {
    return (
      <article className="column-card">
        <h3>{column.name}</h3>
        <p className="note">{t("empty")}</p>
      </article>
    );
  }
  const number = def.type !== "categorical";
  const missing = countMissing(column, all.size);
  const few = number || def.distinct() <= 200;
  const bins = few ? distribution(column, def, { all, selected: all }, barCount).bins : [];
  const shown = bins.slice(0, barCount);
  const most = Math.max(...shown.map(({ all: count }) => count), 1);
  return (
    <article className="column-card">
      <h3>{column.name}</h3>
      <p className="note">
        {number
          ? `${formatValue(def.bounds?.[0])} – ${formatValue(def.bounds?.[1])}`
          : t("{n} different values", { n: formatCount(def.distinct()) })}
        {missing > 0 && ` · ${t("{n} missing", { n: formatCount(missing) })}`}
      </p>
      <svg viewBox={`0 0 ${barCount * 8} 44`} preserveAspectRatio="none" aria-hidden="true">
        <title>{column.name}</title>
        {shown.map(({ label, all: count }, place) => {
          const height = (42 * count) / most;
          return <rect key={label} x={place * 8} y={44 - height} width="7" height={height} />;
        })}
      </svg>
      {!number && few && (
        <p className="note">
          {shown
            .slice(0, 3)
            .map(({ label, allShare }) => `${label.slice(0, 30)} ${(100 * allShare).toFixed(0)}%`)
            .join(" · ")}
        </p>
      )}
    </article>
  );
}

function countMissing(column: Column, rows: number): number {
  let missing = 0;
  for (let row = 0; row < rows; row++) {
    const cell = cellOf(column, row);
    if (cell === undefined || cell === null || cell === "") missing++;
  }
  return missing;
}

function previewOf(frame: Frame): TableData {
  const rows = Math.min(previewRows, frame.rows);
  return {
    names: frame.columns.map(({ name }) => name),
    rows: Array.from({ length: rows }, (_, row) =>
      frame.columns.map((column) => String(cellOf(column, row) ?? "")),
    ),
  };
}
