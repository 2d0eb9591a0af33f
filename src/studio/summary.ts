// Headline figures out of a run's summary, whatever its lab.
import type { Json } from "./api.ts";
import { formatCount, formatPercent, formatScore, formatValue } from "./format.ts";

/** A figure with its name, ready to be shown. */
export interface Figure {
  readonly name: string;
  readonly label: string;
  readonly value: number;
  readonly text: string;
}

const known: Readonly<Record<string, [label: string, format: (value: number) => string]>> = {
  accuracy: ["Accuracy", formatPercent],
  f1: ["F1", formatScore],
  auroc: ["AUROC", formatScore],
  parameters: ["Parameters", formatCount],
  vocabulary: ["Vocabulary", formatCount],
};

/** Whether a value is an object with fields. */
export function isRecord(value: unknown): value is Record<string, Json> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The figures of a summary that are known to matter, in the usual order; else its first numbers. */
export function headlineFigures(summary: Json, limit = 3): Figure[] {
  if (!isRecord(summary)) return [];
  const names = Object.keys(summary).filter((name) => typeof summary[name] === "number");
  const first = Object.keys(known).filter((name) => names.includes(name));
  return [...new Set([...first, ...names])].slice(0, limit).map((name) => {
    const value = summary[name] as number;
    const [label, format] = known[name] ?? [name, formatValue];
    return { name, label, value, text: format(value) };
  });
}

/** Nested settings as flat rows: `{ a: { b: 1 } }` -> `["a b", "1"]`. */
export function flatten(value: Json, prefix = ""): [name: string, value: string][] {
  if (!isRecord(value)) {
    return prefix ? [[prefix, typeof value === "string" ? value : JSON.stringify(value)]] : [];
  }
  return Object.entries(value).flatMap(([name, inner]) =>
    flatten(inner, prefix ? `${prefix} ${name}` : name),
  );
}
