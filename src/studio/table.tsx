// A plain table of texts, page by page: artifacts, previews of data.
import { useState } from "react";
import { cellOf } from "../systems/hiplot/core/columns.ts";
import { parseCsv } from "../systems/hiplot/core/csv.ts";
import { formatCount } from "./format.ts";
import { t } from "./i18n/translate.ts";

/** Names of columns, and rows of as many texts. */
export interface TableData {
  readonly names: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const pageRows = 20;
const longestText = 240;

/** Reads CSV; null where it is none. */
export function toTable(text: string): TableData | null {
  try {
    const { columns, rows } = parseCsv(new TextEncoder().encode(text));
    return {
      names: columns.map(({ name }) => name),
      rows: Array.from({ length: rows }, (_, row) =>
        columns.map((column) => String(cellOf(column, row) ?? "")),
      ),
    };
  } catch {
    return null;
  }
}

/** The table; texts of others are shown as text. */
export function DataTable({ table, label }: { table: TableData; label: string }) {
  const [shown, setShown] = useState(pageRows);
  const { names, rows } = table;
  const numeric = names.map((_, place) =>
    rows.slice(0, 50).every((row) => row[place] === "" || Number.isFinite(Number(row[place]))),
  );
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <section className="scroll" tabIndex={0} aria-label={label}>
        <table className="table table-data">
          <thead>
            <tr>
              {names.map((name, place) => (
                <th scope="col" key={name} className={numeric[place] ? "number" : undefined}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, shown).map((row, place) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other identity.
              <tr key={place}>
                {row.map((cell, column) => (
                  <td
                    key={names[column]}
                    className={numeric[column] ? "number" : undefined}
                    title={cell.length > 40 ? cell.slice(0, 2_000) : undefined}
                  >
                    {clip(cell, numeric[column])}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {rows.length > shown && (
        <button type="button" className="button" onClick={() => setShown(shown + 5 * pageRows)}>
          {t("Show more ({n} left)", { n: formatCount(rows.length - shown) })}
        </button>
      )}
    </>
  );
}

function clip(cell: string, numeric: boolean): string {
  if (numeric && cell !== "" && cell.length > 8) return String(Number(Number(cell).toPrecision(5)));
  return cell.length > longestText ? `${cell.slice(0, longestText)}…` : cell;
}
