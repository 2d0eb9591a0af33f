/** @file Sentence encoders by name or from files. */
import { ValueError } from "../../engine/index.ts";
import { loadOnnxEncoder, type OnnxEncoder, type OnnxEncoderOptions } from "./onnx-encoder.ts";
import { UseLiteEncoder } from "./use-lite-encoder.ts";
import { loadUseLite } from "./use-lite-weights.ts";

/**
 * Loads a sentence encoder: `"use-lite"` (Universal Sentence Encoder Lite, English, installed with
 * Deepdive, 512 numbers), or an ONNX model with its `tokenizer.json`.
 * @throws ValueError for an unknown name, DataError where a file is missing or not what it should be
 */
export async function loadEncoder(which: "use-lite"): Promise<UseLiteEncoder>;
export async function loadEncoder(which: OnnxEncoderOptions): Promise<OnnxEncoder>;
export async function loadEncoder(
  which: "use-lite" | OnnxEncoderOptions,
): Promise<UseLiteEncoder | OnnxEncoder> {
  if (typeof which === "object") return loadOnnxEncoder(which);
  if (which !== "use-lite") {
    throw new ValueError(
      `loadEncoder: expected "use-lite" or { onnx, tokenizer, pool }, got ${JSON.stringify(which)}`,
    );
  }
  const { module, tokenizer } = await loadUseLite();
  return new UseLiteEncoder(module, tokenizer);
}
