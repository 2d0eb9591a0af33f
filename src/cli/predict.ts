// `deepdive predict`: labels for texts from the command line, a file or stdin.
import { readFile } from "node:fs/promises";
import { text as readAll } from "node:stream/consumers";
import type { PredictTexts } from "../systems/text-classifier/api.ts";
import { formatPercent, formatTable, oneLine } from "./format.ts";
import { findModel } from "./models.ts";
import type { CommonOptions } from "./options.ts";

/** Options of `deepdive predict`. */
export interface PredictOptions extends CommonOptions {
  readonly model: string;
  readonly file?: string;
}

/** Prints one label per text, in order. */
export async function predict(
  given: readonly string[],
  options: PredictOptions,
  module: URL,
): Promise<void> {
  const texts = given.length > 0 ? given : await readLines(options.file);
  if (texts.length === 0) throw new Error("texts: there is nothing to label; every line is empty");
  const model = await findModel(options.dataDir, options.model);
  const { predictTexts } = (await import(module.href)) as { predictTexts: PredictTexts };
  const answers = await predictTexts({ model, texts });
  if (options.json) {
    const rows = answers.map((answer, index) => ({ text: texts[index], ...answer }));
    process.stdout.write(`${JSON.stringify(rows)}\n`);
    return;
  }
  const rows = answers.map(({ label, confidence }, index) => [
    oneLine(label, 30),
    formatPercent(confidence),
    oneLine(texts[index], 60),
  ]);
  process.stdout.write(`${formatTable(["label", ">sure", "text"], rows)}\n`);
}

async function readLines(file: string | undefined): Promise<string[]> {
  if (file === undefined && process.stdin.isTTY) {
    throw new Error("texts: give at least one text, --file, or lines on stdin");
  }
  const all =
    file === undefined
      ? await readAll(process.stdin)
      : await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
          throw new Error(`--file: ${file} cannot be read (${error.code})`);
        });
  return all.split(/\r?\n/).filter((line) => line.trim() !== "");
}
