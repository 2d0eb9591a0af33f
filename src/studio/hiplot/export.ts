// Rows as CSV, and files saved from the page.
import type { Bitset } from "../../systems/hiplot/core/bits.ts";
import type { Frame } from "../../systems/hiplot/core/frame.ts";
import type { Value } from "../../systems/hiplot/core/types.ts";

/** Rows as HiPlot writes CSV: `uid,from_uid,` and the other columns sorted. */
export function toCsv(frame: Frame, rows: Bitset): string {
  const others = frame.columns.map(({ name }) => name).sort();
  const names = ["uid", "from_uid", ...others];
  const lines = [names.map(cell).join(",")];
  for (const row of rows.rows()) {
    lines.push(names.map((name) => cell(frame.value(row, name))).join(","));
  }
  return `${lines.join("\r\n")}\r\n`;
}

function cell(value: Value | undefined): string {
  if (value === undefined || value === null) return "";
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Hands text to the browser as a file to save. */
export function saveText(name: string, text: string, type: string): void {
  saveBlob(name, new Blob([text], { type: `${type};charset=utf-8` }));
}

/** Hands bytes to the browser as a file to save. */
export function saveBlob(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
