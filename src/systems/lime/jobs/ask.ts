// The job of `lime ask`: models stay open between calls.
import { LimeError } from "../errors.ts";
import { outputRows } from "../output-rows.ts";
import type { BlackBox, InputKind, InputKinds } from "../predictors/black-box.ts";
import { openModel } from "../predictors/open.ts";
import { classNamesOf } from "./fields.ts";
import { scalingOf } from "./image.ts";
import type { AskInput } from "./schemas.ts";

/** Models kept open at most; the one asked longest ago goes first. */
const mostOpen = 4;
const open = new Map<string, Promise<BlackBox<never>>>();

/** Probabilities of the texts, rows, pictures or tags. */
export async function runAsk(input: AskInput): Promise<object> {
  const { kind, batch } = questionOf(input);
  const opened = await keepOpen(kind, input);
  const rows = outputRows(await opened.predict(batch as never[]), batch.length);
  return { classNames: classNamesOf(input.classes) ?? opened.classNames ?? null, outputs: rows };
}

type Question = { readonly [K in InputKind]: { kind: K; batch: InputKinds[K][] } }[InputKind];

function questionOf({ texts, rows, mixed, images, tokens }: AskInput): Question {
  const numbers = (cells: readonly (number | null)[]) =>
    Float64Array.from(cells, (cell) => cell ?? Number.NaN);
  if (texts) return { kind: "text", batch: [...texts] };
  if (rows) return { kind: "table", batch: rows.map(numbers) };
  if (mixed) {
    const batch = mixed.map(({ text, columns }) => ({ text, columns: numbers(columns) }));
    return { kind: "mixed", batch };
  }
  if (tokens) return { kind: "tokens", batch: tokens };
  if (images) return { kind: "image", batch: images.map(pictureOf) };
  const expected = "texts, rows, mixed, images or tokens to ask about";
  throw new LimeError("texts", { expected, received: "none of them" });
}

function pictureOf({ shape, data }: NonNullable<AskInput["images"]>[number]): InputKinds["image"] {
  const [height, width, channels] = shape as [number, number, number];
  const bytes = new Uint8Array(Buffer.from(data, "base64"));
  if (bytes.length === height * width * channels) {
    return { data: bytes, shape: [height, width, channels] };
  }
  const expected = `${height * width * channels} bytes for the shape ${shape.join(" x ")}`;
  throw new LimeError("images", { expected, received: `${bytes.length}` });
}

async function keepOpen(kind: InputKind, input: AskInput): Promise<BlackBox<never>> {
  const { model, outputs, timeoutMs } = input;
  const scaling = kind === "image" ? scalingOf(input) : {};
  const key = JSON.stringify([kind, outputs, model, scaling]);
  const allowCode = process.env.DEEPDIVE_ALLOW_CODE === "1";
  const found =
    open.get(key) ??
    (openModel(model, kind, { ...scaling, outputs, timeoutMs, allowCode }) as Promise<
      BlackBox<never>
    >);
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
