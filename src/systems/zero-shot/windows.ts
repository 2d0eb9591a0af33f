// Texts longer than what the encoder reads, in windows of its length: none of their words is left out.
import type { Encoder } from "../../models/encoders/encoder.ts";
import { type EmbeddedTexts, embedTexts } from "./label-vectors.ts";

/** Vectors of long texts: the mean over windows as long as the encoder reads. */
export async function embedWindows(
  encoder: Encoder,
  texts: readonly string[],
  signal?: AbortSignal,
): Promise<EmbeddedTexts> {
  const whole = await embedTexts(encoder, texts, { signal });
  const long = [...texts.keys()].filter((row) => whole.truncated[row] === 1);
  if (long.length === 0) return whole;
  const pieces: { row: number; text: string }[] = [];
  for (const row of long) {
    for (const text of windowsOf(texts[row]!, encoder.maxTokens)) pieces.push({ row, text });
  }
  const parts = await embedTexts(
    encoder,
    pieces.map(({ text }) => text),
    { signal },
  );
  const { dim } = encoder;
  for (const row of long) whole.data.fill(0, row * dim, (row + 1) * dim);
  pieces.forEach(({ row }, i) => {
    for (let k = 0; k < dim; k++) whole.data[row * dim + k]! += parts.data[i * dim + k]!;
  });
  for (const row of long) {
    const own = whole.data.subarray(row * dim, (row + 1) * dim);
    const length = Math.hypot(...own) || 1;
    for (let k = 0; k < dim; k++) own[k]! /= length;
  }
  return { ...whole, truncated: new Uint8Array(texts.length) };
}

/** Characters per token that a window counts with: short enough that few windows are cut. */
const CHARACTERS_PER_TOKEN = 3;

/** A text in pieces of whole words, each about as long as the encoder reads. */
export function windowsOf(text: string, maxTokens: number): string[] {
  const size = maxTokens * CHARACTERS_PER_TOKEN;
  const windows: string[] = [];
  for (let from = 0; from < text.length; ) {
    let to = Math.min(from + size, text.length);
    const blank = to < text.length ? text.lastIndexOf(" ", to) : to;
    if (blank > from + size / 2) to = blank;
    windows.push(text.slice(from, to));
    from = to;
  }
  return windows;
}
