/** @file Tokenizers on disk: `tokenizer.json`. */
import { readFile, writeFile } from "node:fs/promises";
import { DataError } from "../errors.ts";
import { checkFile } from "../read/source.ts";
import { Tokenizer } from "./tokenizer.ts";
import type { TokenizerJson } from "./tokenizer-json.ts";

/** Writes a `tokenizer.json`. */
export async function saveTokenizer(tokenizer: Tokenizer, path: string): Promise<void> {
  await writeFile(path, `${JSON.stringify(tokenizer)}\n`);
}

/** Reads a `tokenizer.json` that holds byte-level BPE; a `DataError` says what it holds instead. */
export async function loadTokenizer(path: string): Promise<Tokenizer> {
  await checkFile(path);
  const text = await readFile(path, "utf8");
  let json: TokenizerJson;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    const received = (cause as Error).message;
    const expected = "a tokenizer.json";
    throw new DataError({ code: "malformed", path, expected, received }, { cause });
  }
  return Tokenizer.fromJson(json, path);
}
