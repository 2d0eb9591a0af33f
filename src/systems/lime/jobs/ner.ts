// The job of `lime ner`.
import type { LabContext } from "../../../lab/define.ts";
import { explainEntities } from "../entities.ts";
import { LimeError } from "../errors.ts";
import { classNamesOf, fitOptions } from "./fields.ts";
import { readSentences } from "./inputs.ts";
import type { NerInput } from "./schemas.ts";
import { jobOptions, keepReport, openJobModel } from "./work.ts";

/** Explains the entities found in the sentences and keeps the report. */
export async function runNer(context: LabContext, input: NerInput): Promise<object> {
  const sentences = await sentencesOf(input);
  const model = await openJobModel(context, "tokens", input);
  try {
    const explained = [];
    for (const [i, tokens] of sentences.entries()) {
      const options = {
        ...fitOptions(input),
        ...jobOptions(context, i, sentences.length),
        tags: classNamesOf(input.tags)!,
        mask: input.mask,
      };
      explained.push(...(await explainEntities(tokens, model.predict, options)));
    }
    const summary = await keepReport(context, explained, "Why these are entities");
    const entities = explained.map(({ entity }) => `${entity.text} (${entity.type})`);
    return { ...summary, entities: entities.join(", ") };
  } finally {
    await model.close();
  }
}

async function sentencesOf(input: NerInput): Promise<(readonly string[])[]> {
  if (input.text !== undefined) return [input.text.split(/\s+/).filter((token) => token !== "")];
  if (input.input === undefined) {
    const expected = "a sentence, or `input` with a corpus";
    throw new LimeError("text", { expected, received: "neither" });
  }
  const all = await readSentences(input.input);
  if (input.row >= all.length) {
    const expected = `a sentence from 0 to ${all.length - 1}`;
    throw new LimeError("row", { expected, received: `${input.row}` });
  }
  return all.slice(input.row, input.row + input.count).map(({ tokens }) => tokens);
}
