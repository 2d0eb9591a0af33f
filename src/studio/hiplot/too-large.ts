// What is said where rows do not fit into the memory of the browser: how many would.
import { t } from "../i18n/translate.ts";

/** Bytes that opening takes per byte of columns: the columns, their order, places and colours. */
const perByte = 3;
/** What a tab may take without risk. */
const roomBytes = 1.5e9;

/** Whether an error tells that memory ran out. */
export function isOutOfMemory(error: unknown): boolean {
  return (
    error instanceof RangeError &&
    /allocation|array length|string length|out of memory/i.test(error.message)
  );
}

/** How many of so many rows, which take so many bytes together, may be opened: two digits and zeros. */
export function fittingRows(rows: number, bytes: number): number {
  const fitting = Math.min(rows, (rows * roomBytes) / (perByte * Math.max(1, bytes)));
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, fitting))) - 1);
  return Math.floor(fitting / unit) * unit;
}

/** The message for rows that do not fit. */
export function tooLargeMessage(rows: number, bytes: number): string {
  return t(
    "{rows} rows do not fit into the memory of this browser. Show a sample: sql://select * from 'file' using sample {limit} rows",
    { rows: rows.toLocaleString("en"), limit: fittingRows(rows, bytes) },
  );
}
