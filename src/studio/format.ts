// Figures as people read them.
import { language, t } from "./i18n/translate.ts";

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** 12345 -> "12,345". */
export function formatCount(value: number): string {
  return whole.format(value);
}

/** A share as a percentage, with as many digits as keep good models apart: 0.9883 -> "98.8%". */
export function formatPercent(share: number, digits = 1): string {
  return `${(100 * share).toFixed(digits)}%`;
}

/** A score between 0 and 1 in three digits; four where three would round it up to 1. */
export function formatScore(score: number): string {
  const short = score.toFixed(3);
  return short === "1.000" && score < 1 ? score.toFixed(4) : short;
}

/** Any measured value, short: 0.03412 -> "0.0341", 318.2 -> "318", 0.00001 -> "1.0e-5". */
export function formatValue(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) return value.toExponential(1);
  if (size >= 100) return formatCount(value);
  return String(Number(value.toPrecision(3)));
}

/** Seconds as a length of time: 0.4 -> "0.4 s", 71.4 -> "1 min 11 s", 7300 -> "2 h 1 min". */
export function formatSeconds(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const rounded = Math.round(seconds);
  if (rounded < 60) return `${rounded} s`;
  if (rounded < 3_600) {
    const rest = rounded % 60;
    return rest === 0 ? `${rounded / 60} min` : `${Math.floor(rounded / 60)} min ${rest} s`;
  }
  const minutes = Math.round(rounded / 60);
  const rest = minutes % 60;
  return rest === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${rest} min`;
}

const units = ["B", "kB", "MB", "GB"];

/** Bytes in decimal units: 2480000 -> "2.5 MB". */
export function formatBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(3, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1_000 ** power;
  return `${power === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[power]}`;
}

/** How long ago a moment was: "just now", "5 minutes ago", "yesterday", later the date. */
export function formatAgo(iso: string, now = Date.now()): string {
  const seconds = (now - Date.parse(iso)) / 1_000;
  if (seconds < 45) return t("just now");
  const relative = new Intl.RelativeTimeFormat(language(), { numeric: "auto" });
  if (seconds < 3_600) return relative.format(-Math.round(seconds / 60), "minute");
  if (seconds < 86_400) return relative.format(-Math.round(seconds / 3_600), "hour");
  if (seconds < 7 * 86_400) return relative.format(-Math.round(seconds / 86_400), "day");
  return new Date(iso).toLocaleDateString(language(), { dateStyle: "medium" });
}

/** A moment in full, in the reader's time zone. */
export function formatMoment(iso: string): string {
  return new Date(iso).toLocaleString(language(), { dateStyle: "medium", timeStyle: "short" });
}

/** `examplesPerSecond` -> "Examples per second", `f1` -> "F1". */
export function humanize(name: string): string {
  const words = name
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .replace(/[_-]+/g, " ")
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
