// The job of `lime text`.
import type { LabContext } from "../../../lab/define.ts";
import { LimeError } from "../errors.ts";
import { withFlip } from "../flip.ts";
import { explainText, type TextOptions } from "../text.ts";
import { fitOptions } from "./fields.ts";
import { readTexts } from "./inputs.ts";
import type { TextInput } from "./schemas.ts";
import { jobOptions, keepReport, openJobModel } from "./work.ts";

/** The text given, or those of a table. */
export async function textsOf(
  input: Pick<TextInput, "text" | "input" | "textColumn" | "row" | "count">,
): Promise<string[]> {
  if (input.text !== undefined) return [input.text];
  if (input.input !== undefined) {
    return readTexts(input.input, input.textColumn, input.row, input.count);
  }
  throw new LimeError("text", { expected: "a text, or `input` with a table", received: "neither" });
}

/** How a text is split and masked. */
export function splitOptions(
  input: Pick<TextInput, "split" | "positions" | "chars" | "mask">,
): Pick<TextOptions, "split" | "bow" | "charLevel" | "mask"> {
  const { split, positions, chars, mask } = input;
  return {
    ...(split !== undefined && { split }),
    ...(positions && { bow: false }),
    ...(chars && { charLevel: true }),
    ...(mask !== undefined && { mask }),
  };
}

/** Explains the texts and keeps the report. */
export async function runText(context: LabContext, input: TextInput): Promise<object> {
  const texts = await textsOf(input);
  const model = await openJobModel(context, "text", input);
  try {
    const explained = [];
    for (const [i, text] of texts.entries()) {
      // One of many texts may be empty; alone it is an error that says so.
      if (texts.length > 1 && !/[\p{L}\p{N}_]/u.test(text)) continue;
      const options = {
        ...fitOptions(input, model.classNames),
        ...splitOptions(input),
        ...jobOptions(context, i, texts.length),
      };
      const found = await explainText(text, model.predict, options);
      explained.push(await withFlip(found, model.predict));
    }
    const summary = await keepReport(context, explained, "Why the model said so");
    const skipped = texts.length - explained.length;
    return skipped > 0 ? { ...summary, textsWithoutWords: skipped } : summary;
  } finally {
    await model.close();
  }
}
