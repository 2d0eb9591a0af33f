// The job of `lime ask`: models stay open between calls.
import { outputRows } from "../output-rows.ts";
import type { BlackBox } from "../predictors/black-box.ts";
import { openModel } from "../predictors/open.ts";
import { classNamesOf } from "./fields.ts";
import type { AskInput } from "./schemas.ts";

/** Models kept open at most; the one asked longest ago goes first. */
const mostOpen = 4;
const open = new Map<string, Promise<BlackBox<string>>>();

/** Probabilities of the texts. */
export async function runAsk({
  model,
  texts,
  outputs,
  timeoutMs,
  classes,
}: AskInput): Promise<object> {
  const opened = await keepOpen(model, outputs, timeoutMs);
  const rows = outputRows(await opened.predict([...texts]), texts.length);
  return { classNames: classNamesOf(classes) ?? opened.classNames ?? null, outputs: rows };
}

async function keepOpen(model: string, outputs: AskInput["outputs"], timeoutMs: number) {
  const key = `${outputs} ${model}`;
  const allowCode = process.env.DEEPDIVE_ALLOW_CODE === "1";
  const found = open.get(key) ?? openModel(model, "text", { outputs, timeoutMs, allowCode });
  open.delete(key);
  open.set(key, found);
  found.catch(() => open.delete(key));
  const [oldest] = open.keys();
  if (open.size > mostOpen && oldest !== undefined) {
    const closing = open.get(oldest);
    open.delete(oldest);
    await (await closing)?.close();
  }
  return found;
}
