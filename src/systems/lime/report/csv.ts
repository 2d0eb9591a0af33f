// Explanations as a table for spreadsheets.
import type { Explained } from "../api.ts";
import { csvField } from "./escape.ts";

const columns = ["example", "label", "class", "feature", "name", "weight", "low", "high"] as const;

/** One line per weight; `example` counts from 0. */
export function reportCsv(explained: readonly Pick<Explained<never>, "explanations">[]): string {
  const lines = explained.flatMap(({ explanations }, example) =>
    explanations.flatMap(({ label, className, weights }) =>
      weights.map(({ feature, name, weight, low, high }) =>
        [example, label, className, feature, name, weight, low, high].map(csvField).join(","),
      ),
    ),
  );
  return `${[columns.join(","), ...lines].join("\r\n")}\r\n`;
}
