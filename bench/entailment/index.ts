// `npm run bench -- entailment`: pairs per second beside the Hugging Face zero-shot pipeline.

import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { classifyByEntailment } from "../../src/systems/zero-shot/entailment.ts";
import { parseLabels } from "../../src/systems/zero-shot/labels.ts";
import { loadPairModel } from "../../src/systems/zero-shot/pair-model.ts";
import { pairModelFolder } from "../../src/systems/zero-shot/testing/pairs.ts";
import { nineTopics, readWordNet, sampleTopics } from "../../src/systems/zero-shot/wordnet.ts";
import type { Bench, Row } from "../types.ts";

/** Batch sizes of the pipeline; the first is its default. */
const batches = [1, 8, 32];
const rounds = 3;

interface Answer {
  readonly seconds: number;
  readonly best: readonly string[];
}

/** A Python that has transformers; undefined where neither $PYTHON nor python3 has. */
async function findTransformers(): Promise<string | undefined> {
  for (const python of [process.env.PYTHON, "python3"]) {
    if (!python) continue;
    const tried = promisify(execFile)(python, ["-c", "import torch, transformers"]);
    if (
      await tried.then(
        () => true,
        () => false,
      )
    )
      return python;
  }
  return undefined;
}

/** The pipeline in a process of its own; it makes the model that both sides run. */
async function openPipeline(python: string, folder: string) {
  const script = fileURLToPath(new URL("pipeline.py", import.meta.url));
  const child = spawn(python, [script, folder, pairModelFolder], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => {
    const line = await lines.next();
    if (line.done)
      throw new Error("the pipeline ended without an answer; its message stands above");
    return JSON.parse(line.value);
  };
  await next();
  return {
    async run(texts: readonly string[], labels: readonly string[], batch: number) {
      const threads = availableParallelism();
      child.stdin.write(`${JSON.stringify({ threads, batch, texts, labels })}\n`);
      return (await next()) as Answer;
    },
    close: () => child.stdin.end(),
  };
}

/** Glosses of different lengths, some doubled: what texts of users are like. */
async function someTexts(count: number): Promise<string[]> {
  const { texts } = sampleTopics(await readWordNet(), nineTopics, Math.ceil(count / 9), 5);
  return texts.slice(0, count).map((text, i) => (i % 3 === 0 ? `${text}; ${texts[i + 1]}` : text));
}

export const bench: Bench = {
  about: "Entailment with a BERT-base-size pair model beside the Hugging Face zero-shot pipeline",
  usage: "[--texts 12]",
  async *run(args): AsyncGenerator<Row> {
    const at = args.indexOf("--texts");
    const texts = await someTexts(at < 0 ? 12 : Number(args[at + 1]));
    const labels = [...nineTopics];
    const python = await findTransformers();
    if (python === undefined) {
      yield {
        peer: "pipeline",
        note: "not measured: neither $PYTHON nor python3 has transformers",
      };
      return;
    }
    const folder = await mkdtemp(join(tmpdir(), "deepdive-bench-"));
    const pipeline = await openPipeline(python, folder);
    try {
      const model = await loadPairModel(folder);
      const set = parseLabels(labels);
      const ours: number[] = [];
      const theirs = new Map<number, number[]>(batches.map((batch) => [batch, []]));
      let agree = 0;
      await classifyByEntailment(texts.slice(0, 1), set, model);
      await pipeline.run(texts.slice(0, 1), labels, 1);
      for (let round = 0; round < rounds; round++) {
        const started = performance.now();
        const found = await classifyByEntailment(texts, set, model);
        ours.push((performance.now() - started) / 1000);
        for (const batch of batches) {
          const { seconds, best } = await pipeline.run(texts, labels, batch);
          theirs.get(batch)!.push(seconds);
          agree = best.filter((label, i) => label === found[i]!.labels[0]).length;
        }
      }
      await model.close();
      const least = Math.min(...ours);
      for (const [batch, seconds] of theirs) {
        const peer = Math.min(...seconds);
        yield {
          peer: `pipeline, batch ${batch}`,
          pairs: texts.length * labels.length,
          ours_seconds: Number(least.toFixed(3)),
          peer_seconds: Number(peer.toFixed(3)),
          speedup: Number((peer / least).toFixed(2)),
          same_labels: `${agree} of ${texts.length}`,
        };
      }
    } finally {
      pipeline.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
};
