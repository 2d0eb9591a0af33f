// Figures and tables in a terminal.
import { stripVTControlCharacters } from "node:util";

/** 12345 -> "12,345". */
export function formatCount(value: number): string {
  return value.toLocaleString("en");
}

/** 0.9883 -> "98.8%". */
export function formatPercent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}

/** 0.4 -> "0.4 s", 71.4 -> "1 min 11 s", 7300 -> "2 h 2 min". */
export function formatSeconds(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const rounded = Math.round(seconds);
  if (rounded < 60) return `${rounded} s`;
  if (rounded < 3_600) return `${Math.floor(rounded / 60)} min ${rounded % 60} s`;
  return `${Math.floor(rounded / 3_600)} h ${Math.round((rounded % 3_600) / 60)} min`;
}

/**
 * Text from elsewhere on one line of a terminal: control characters cannot move the cursor or change
 * its colours, and nothing is longer than `length`.
 */
export function oneLine(text: string, length: number): string {
  const plain = stripVTControlCharacters(text)
    .replace(/[\s\p{Cc}\p{Cf}]+/gu, " ")
    .trim();
  return plain.length <= length ? plain : `${plain.slice(0, length - 1)}…`;
}

/** Rows under a head, columns aligned: to the right where the head begins with ">". */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const titles = head.map((title) => title.replace(/^>/, ""));
  const widths = titles.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column].length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        head[column].startsWith(">") ? cell.padStart(widths[column]) : cell.padEnd(widths[column]),
      )
      .join("   ")
      .trimEnd();
  return [titles, ...rows].map(line).join("\n");
}
