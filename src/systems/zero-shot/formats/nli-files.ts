// Files of pairs and of labelled texts as research shares them: MNLI (TSV, JSONL) and Yin's TSV.
import { DataError } from "../../../data/errors.ts";
import { missingColumn } from "../../../data/read/csv.ts";
import { readLineBlocks } from "../../../data/read/source.ts";
import { readRows } from "../../../data/read/tables.ts";
import type { LabelledExample } from "../api.ts";
import type { NliPair } from "../nli.ts";
import { nliClasses } from "../nli-head.ts";

const columns = ["sentence1", "sentence2", "gold_label"] as const;

/**
 * Pairs of an MNLI-style file (Williams et al. 2018): TSV with a header, or JSONL, with `sentence1`,
 * `sentence2` and `gold_label`. Pairs without an agreed label (`-`) are left out.
 *
 * @throws DataError naming the file, and the column or line that is wrong
 */
export async function* readNliPairs(path: string): AsyncGenerator<NliPair> {
  const isJson = /\.(jsonl|ndjson)(\.gz)?$/i.test(path);
  for await (const [premise, hypothesis, label, line] of isJson
    ? jsonPairs(path)
    : tsvPairs(path)) {
    if (label === "-" || label === "") continue;
    const found = nliClasses.find((each) => each === label.toLowerCase());
    if (found === undefined) {
      const field = "gold_label";
      const expected = `one of ${nliClasses.join(", ")}, or -`;
      const received = JSON.stringify(label);
      throw new DataError({
        code: "value",
        path,
        field,
        expected,
        received,
        ...(line && { line }),
      });
    }
    yield { premise, hypothesis, label: found };
  }
}

type RawPair = readonly [string, string, string, number | undefined];

async function* jsonPairs(path: string): AsyncGenerator<RawPair> {
  for await (const rows of readRows(path, { columns, invalidBytes: "replace" })) {
    for (const row of rows) {
      const [a, b, label] = columns.map((name) => String(row[name] ?? ""));
      yield [a!, b!, label!, undefined];
    }
  }
}

/** Not read as CSV: quotes in these files are no quoting. */
async function* tsvPairs(path: string): AsyncGenerator<RawPair> {
  let places: number[] | undefined;
  for await (const [fields, line] of tabLines(path)) {
    if (places === undefined) {
      places = columns.map((name) => fields.indexOf(name));
      const missing = places.indexOf(-1);
      if (missing >= 0) throw missingColumn(columns[missing]!, fields, path);
      continue;
    }
    const [a, b, label] = places.map((place) => fields[place]);
    if (a === undefined || b === undefined || label === undefined) {
      const expected = `${Math.max(...places) + 1} fields or more`;
      throw new DataError({
        code: "row-length",
        path,
        line,
        expected,
        received: `${fields.length}`,
      });
    }
    yield [a, b, label, line];
  }
}

/** Labelled texts of a file with a line `label TAB text` each (Yin et al. 2019). */
export async function* readLabelTextLines(path: string): AsyncGenerator<LabelledExample> {
  for await (const [[label, ...rest], line] of tabLines(path)) {
    if (rest.length > 0 && label!.trim() !== "")
      yield { label: label!.trim(), text: rest.join("\t") };
    else {
      const expected = "a label, a tab, a text";
      const received = rest.length === 0 ? "no tab" : "an empty label";
      throw new DataError({ code: "malformed", path, line, expected, received });
    }
  }
}

async function* tabLines(path: string): AsyncGenerator<[string[], number]> {
  for await (const { text, firstLine } of readLineBlocks(path, { invalidBytes: "replace" })) {
    for (const [at, line] of text.split("\n").entries()) {
      const plain = line.replace(/\r$/, "");
      if (plain.trim() !== "") yield [plain.split("\t"), firstLine + at];
    }
  }
}
