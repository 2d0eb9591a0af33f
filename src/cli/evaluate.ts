// `deepdive evaluate`: how good a trained model is on a table of texts whose labels are known.
import type { EvaluateTexts } from "../systems/text-classifier/api.ts";
import { formatCount, formatPercent, formatTable, oneLine } from "./format.ts";
import { findModel } from "./models.ts";
import type { CommonOptions } from "./options.ts";

/** Options of `deepdive evaluate`. */
export interface EvaluateOptions extends CommonOptions {
  readonly model: string;
  readonly data: string;
  readonly textColumn: string;
  readonly labelColumn: string;
}

const shownMistakes = 10;

/** Prints figures and the mistakes that the model was surest of. */
export async function evaluate(options: EvaluateOptions, module: URL): Promise<void> {
  const { data: path, textColumn, labelColumn } = options;
  const model = await findModel(options.dataDir, options.model);
  const { evaluateTexts } = (await import(module.href)) as { evaluateTexts: EvaluateTexts };
  const found = await evaluateTexts({ model, data: { path, textColumn, labelColumn } });
  if (options.json) {
    process.stdout.write(`${JSON.stringify(found)}\n`);
    return;
  }
  const { accuracy, f1, auroc, wrong, tested, mistakes } = found;
  process.stdout.write(
    `accuracy ${formatPercent(accuracy)}   F1 ${f1.toFixed(3)}   AUROC ${Number.isNaN(auroc) ? "needs two classes" : auroc.toFixed(3)}\n` +
      `${formatCount(wrong)} of ${formatCount(tested)} texts wrong\n`,
  );
  if (mistakes.length === 0) return;
  const rows = mistakes
    .slice(0, shownMistakes)
    .map(({ truth, predicted, confidence, text }) => [
      oneLine(truth, 24),
      oneLine(predicted, 24),
      formatPercent(confidence),
      oneLine(text, 60),
    ]);
  process.stdout.write(`\n${formatTable(["label", "predicted", ">sure", "text"], rows)}\n`);
}
