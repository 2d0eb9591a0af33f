// How much of the time of an explanation is the explainer's own, with models that are really used.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { readCorpus, uniformStream } from "../../../data/index.ts";
import { type Criterion, judge, LabRegistry, openStore, runLab } from "../../../lab/index.ts";
import { loadEncoder, SentenceClassifier } from "../../../models/index.ts";
import { explainText, openModel } from "../index.ts";

/** Mails explained, of as many words, cut where a filter of mails would cut them. */
const explained = 5;
const fewestWords = 80;
const characters = 800;

/** Seconds of an explanation, and how many of them the model did not take. */
interface Times {
  readonly total: number;
  readonly own: number;
}

async function mailsToExplain(): Promise<string[]> {
  const { texts } = await readCorpus("spam-assassin");
  const starts = texts.map((text) => text.slice(0, characters));
  const words = (text: string) => new Set(text.match(/[\p{L}\p{N}_]+/gu)).size;
  return starts.filter((text) => words(text) >= fewestWords).slice(0, explained);
}

/** The largest share over the mails under the saved model, and the times behind it. */
async function largestShare(folder: string, samples: number) {
  const model = await openModel(folder, "text");
  try {
    const mails = await mailsToExplain();
    // The first call compiles the model's graphs and warms the explainer.
    await explainText(mails[0]!, model.predict, { samples: 200 });
    const times: Times[] = [];
    for (const mail of mails) {
      let inside = 0;
      const predict = async (batch: string[]) => {
        const start = performance.now();
        const outputs = await model.predict(batch);
        inside += performance.now() - start;
        return outputs;
      };
      const start = performance.now();
      await explainText(mail, predict, { samples });
      const total = performance.now() - start;
      times.push({ total: total / 1000, own: (total - inside) / 1000 });
    }
    const share = Math.max(...times.map(({ total, own }) => own / total));
    const sum = (key: keyof Times) => times.reduce((all, each) => all + each[key], 0) / explained;
    const machine = `${availableParallelism()} cores of ${cpus()[0]?.model.trim() || "an unnamed processor"}`;
    const note = `largest of ${explained} mails of ${fewestWords} distinct words and more, ${samples} samples; mean ${sum("own").toFixed(3)} s of ${sum("total").toFixed(2)} s; ${machine}`;
    return judge(Number(share.toFixed(4)), "at most", 0.1, note);
  } finally {
    await model.close();
  }
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "deepdive-share-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Trained for seconds: how sure it is does not change how long it takes. */
async function withTextClassifier() {
  return inFolder(async (folder) => {
    const store = await openStore(folder);
    try {
      const run = await runLab({
        store,
        registry: new LabRegistry(),
        lab: "text-classifier",
        input: { data: "spam-assassin", seed: 1, epochs: 1, maxSeconds: 20 },
      });
      const config = await store.artifact(run.id, "model/config.json");
      return await largestShare(join(config!.path, ".."), 5000);
    } finally {
      await store.close();
    }
  });
}

/** The encoder as it comes, with any head. */
async function withSentenceEncoder() {
  return inFolder(async (folder) => {
    const encoder = await loadEncoder("use-lite");
    const uniform = uniformStream(1);
    const { dim } = await encoder.embed(["a text"]);
    const weights = Float32Array.from({ length: 2 * dim }, () => uniform() - 0.5);
    const head = { weights, bias: new Float32Array(2) };
    const { config, weights: bytes } = await new SentenceClassifier(encoder, head, [
      ...["ham", "spam"],
    ]).pack();
    const saved = join(folder, "model");
    await mkdir(saved);
    await writeFile(join(saved, "config.json"), JSON.stringify(config));
    await writeFile(join(saved, "weights.safetensors"), bytes);
    return largestShare(saved, 500);
  });
}

export const shareCriteria: Criterion[] = [
  {
    system: "lime",
    name: "own-share-classifier",
    target:
      "with the text classifier of the main job, the explainer's own share of the time: at most 10%",
    run: withTextClassifier,
  },
  {
    system: "lime",
    name: "own-share-encoder",
    target:
      "with a sentence encoder and its head, the explainer's own share of the time: at most 10%",
    run: withSentenceEncoder,
  },
];
