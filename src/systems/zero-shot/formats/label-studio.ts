// Label Studio's JSON: tasks with predictions out, tasks with people's choices in.
import { readFile } from "node:fs/promises";
import { writeFileAtomically } from "../../../data/atomic-file.ts";
import { DataError } from "../../../data/errors.ts";
import type { CorpusLabels, CorpusRow } from "../api.ts";

/** One answer of a model or a person in Label Studio's format. */
interface Result {
  readonly type: "choices";
  readonly from_name: string;
  readonly to_name: string;
  readonly value: { readonly choices: readonly string[] };
}

/** A task: a text, what models say, what people have said. */
export interface LabelStudioTask {
  readonly id?: number;
  readonly data: Readonly<Record<string, unknown>>;
  readonly predictions?: readonly {
    readonly model_version?: string;
    readonly score?: number;
    readonly result: readonly Result[];
  }[];
  readonly annotations?: readonly {
    readonly was_cancelled?: boolean;
    readonly result: readonly Result[];
  }[];
}

const version = "deepdive zero-shot";

function choice(label: string): Result {
  return { type: "choices", from_name: "label", to_name: "text", value: { choices: [label] } };
}

/** Tasks of a labelled corpus: guesses are predictions with their confidence, given labels annotations. */
export function toLabelStudio(corpus: CorpusLabels): LabelStudioTask[] {
  const { names, rows, guess, confidence } = corpus;
  return rows.map(({ text, id, label, fields }, row) => ({
    data: { ...fields, ...(id !== undefined && { id }), text },
    predictions:
      guess[row]! < 0
        ? []
        : [
            {
              model_version: version,
              score: Number(confidence[row]!.toPrecision(6)),
              result: [choice(names[guess[row]!]!)],
            },
          ],
    ...(label !== undefined && { annotations: [{ result: [choice(label)] }] }),
  }));
}

/** The labelling interface that fits the tasks, as Label Studio's settings take it. */
export function labelStudioConfig(names: readonly string[]): string {
  const quoted = (text: string) =>
    text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]!);
  const choices = names.map((name) => `    <Choice value="${quoted(name)}"/>`);
  return `<View>
  <Text name="text" value="$text"/>
  <Choices name="label" toName="text" choice="single" showInLine="true">
${choices.join("\n")}
  </Choices>
</View>
`;
}

/** Writes the tasks as one JSON array, ready to be imported. */
export async function writeLabelStudio(path: string, corpus: CorpusLabels): Promise<void> {
  const lines = toLabelStudio(corpus).map((task) => JSON.stringify(task));
  await writeFileAtomically(path, [new TextEncoder().encode(`[\n${lines.join(",\n")}\n]\n`)]);
}

/**
 * Reads an export of Label Studio (JSON): the texts, and as labels what people chose. The latest
 * annotation that was not cancelled counts; predictions do not. Other keys of `data` are fields.
 *
 * @throws DataError naming the file and the task that has no text or is malformed
 */
export async function readLabelStudio(path: string, textKey = "text"): Promise<CorpusRow[]> {
  const expected = "a JSON export of Label Studio: a list of tasks";
  let tasks: unknown;
  try {
    tasks = JSON.parse((await readFile(path, "utf8")).replace(/^\uFEFF/, ""));
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    const received = missing ? "a path where nothing is" : (cause as Error).message;
    const code = missing ? "file-missing" : "malformed";
    throw new DataError({ code, path, expected, received }, { cause });
  }
  if (!Array.isArray(tasks)) {
    throw new DataError({
      code: "malformed",
      path,
      expected,
      received: `a value of type ${typeof tasks}`,
    });
  }
  return tasks.map((task: LabelStudioTask, at) => {
    const text = task?.data?.[textKey];
    if (typeof text !== "string") {
      const field = `task ${at}, data.${textKey}`;
      throw new DataError({
        code: "malformed",
        path,
        field,
        expected: "a text",
        received: JSON.stringify(text) ?? "none",
      });
    }
    const { [textKey]: _, id, ...fields } = task.data;
    const labels = chosenLabels(task);
    return {
      text,
      ...(id !== undefined || task.id !== undefined ? { id: String(id ?? task.id) } : {}),
      ...(labels.length > 0 && { label: labels[0]! }),
      ...((Object.keys(fields).length > 0 || labels.length > 1) && {
        fields: { ...fields, ...(labels.length > 1 && { labels }) },
      }),
    };
  });
}

function chosenLabels({ annotations }: LabelStudioTask): readonly string[] {
  const kept = (annotations ?? []).filter((each) => each.was_cancelled !== true);
  const results = kept.at(-1)?.result ?? [];
  return results.flatMap((each) => (each?.type === "choices" ? (each.value?.choices ?? []) : []));
}
