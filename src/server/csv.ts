// Tables as CSV that a spreadsheet opens without running anything.

/** Rows as CSV (RFC 4180) under the names of all their fields. */
export function toCsv(rows: readonly Readonly<Record<string, unknown>>[]): string {
  const fields = [...new Set(rows.flatMap(Object.keys))];
  const lines = [fields, ...rows.map((row) => fields.map((field) => row[field]))];
  return lines.map((line) => `${line.map(cell).join(",")}\r\n`).join("");
}

/**
 * Text that a spreadsheet would take for a formula gets an apostrophe in front, which shows it as
 * text (OWASP, "CSV Injection"); numbers stay numbers.
 */
function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const isNumber = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text);
  const safe = !isNumber && /^[=+\-@\t\r\n]/.test(text.replace(/^ +/, "")) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
