// `npm run recipe -- zero-shot-nli`: entailment learnt from a dictionary, with the whole sentence encoder.

import { parseArgs } from "node:util";
import { type BackendName, setBackend } from "../src/engine/index.ts";
import { loadEncoder } from "../src/models/index.ts";
import { classifyByEntailment } from "../src/systems/zero-shot/entailment.ts";
import { parseLabels } from "../src/systems/zero-shot/labels.ts";
import { trainEntailment } from "../src/systems/zero-shot/nli.ts";
import { tuneEntailment } from "../src/systems/zero-shot/nli-encoder.ts";
import type { VectorPairModel } from "../src/systems/zero-shot/nli-head.ts";
import {
  nineTopics,
  nounTopics,
  readWordNet,
  sampleTopics,
} from "../src/systems/zero-shot/wordnet.ts";
import type { Recipe } from "./types.ts";

/** Glosses of each topic that nothing learns from. */
const testPerTopic = 120;

export const recipe: Recipe = {
  about:
    "WordNet's 82,000 noun glosses teach the whole sentence encoder what a text is about; made for a GPU.",
  usage:
    "[--backend webgpu|onnx] [--glosses 82000] [--steps 3000] [--batch 256] [--rate 1e-4] [--seed 1] [--out FOLDER] [--json]",
  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        backend: { type: "string", default: "webgpu" },
        glosses: { type: "string", default: "82000" },
        steps: { type: "string", default: "3000" },
        batch: { type: "string", default: "256" },
        rate: { type: "string", default: "1e-4" },
        seed: { type: "string", default: "1" },
        out: { type: "string" },
      },
    });
    const [steps, seed, glosses] = [values.steps, values.seed, values.glosses].map(Number);
    const meanings = await readWordNet();
    const nine = sampleTopics(meanings, nineTopics, testPerTopic);
    const all = sampleTopics(meanings, nounTopics, testPerTopic);
    const kept = {
      heldOut: nounTopics,
      testMeanings: [...nine.meanings, ...all.meanings],
      seed: seed!,
    };
    const accuracy = async (model: VectorPairModel, { texts, labels, names } = nine) => {
      const found = await classifyByEntailment(texts, parseLabels(names), model);
      return (
        found.filter((each, row) => each.labels[0] === names[labels[row]!]).length / texts.length
      );
    };
    const note = (line: string) => process.stderr.write(`${line}\n`);
    const encoder = await loadEncoder("use-lite");
    const started = performance.now();
    const frozen = await trainEntailment("wordnet", {
      ...kept,
      encoder,
      glosses: Math.min(14_000, glosses!),
    });
    const before = await accuracy(frozen);
    note(`head on frozen vectors: ${before.toFixed(4)} of 9 topics`);
    setBackend(values.backend as BackendName);
    const tuned = await tuneEntailment(frozen, {
      ...kept,
      glosses: glosses!,
      steps: steps!,
      batchSize: Number(values.batch),
      learningRate: Number(values.rate),
      onProgress({ done }) {
        if (done % 100 === 0) note(`step ${done} of ${steps}`);
      },
    });
    setBackend("onnx");
    const seconds = Math.round((performance.now() - started) / 1000);
    if (values.out !== undefined) await tuned.save(values.out);
    return {
      accuracy: await accuracy(tuned),
      accuracyOf25: await accuracy(tuned, all),
      accuracyFrozen: before,
      steps: steps!,
      glosses: glosses!,
      seconds,
      backend: values.backend,
    };
  },
};
