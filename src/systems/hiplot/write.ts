// Experiments as CSV text: `uid`, `from_uid`, then the other columns by name.
import { cellOf } from "./core/columns.ts";
import type { ExperimentData } from "./experiment.ts";

/** Rows of CSV, in pieces of some thousand lines. Cells that a spreadsheet would run are made harmless. */
export function* csvText(experiment: ExperimentData): Generator<string> {
  const frame = experiment.frame();
  const columns = [...frame.columns].sort((a, b) => (a.name < b.name ? -1 : 1));
  yield `${["uid", "from_uid", ...columns.map(({ name }) => name)].map(csvCell).join(",")}\n`;
  let lines: string[] = [];
  for (let row = 0; row < frame.rows; row++) {
    const parent = frame.parentOf(row);
    const cells: unknown[] = [frame.uids.at(row), parent < 0 ? "" : frame.uids.at(parent)];
    for (const column of columns) cells.push(cellOf(column, row));
    lines.push(`${cells.map(csvCell).join(",")}\n`);
    if (lines.length < 4_096) continue;
    yield lines.join("");
    lines = [];
  }
  yield lines.join("");
}

function csvCell(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return pythonNumber(value);
  if (typeof value === "boolean") return value ? "True" : "False";
  // A cell that begins like a formula would be one in a spreadsheet.
  const text = String(value);
  const safe =
    /^[=+@\t\r]/.test(text) || (/^-/.test(text) && Number.isNaN(Number(text))) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function pythonNumber(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
}
