import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { issueOf, testFolder } from "../../data/testing.ts";
import type { RunHandle } from "../../lab/index.ts";
import type { ComparisonRow, ConfusionMatrix, Mistake, TextSource } from "./api.ts";
import { evaluateTexts } from "./evaluate.ts";
import { predictTexts } from "./predict.ts";
import { trainTextClassifier } from "./train.ts";

const folder = testFolder();
afterAll(() => folder.remove());

const fillers =
  "we met again near that old harbour where ships come and people talk about weather food music work".split(
    " ",
  );
/** Texts in which one of a few words alone decides the label. */
function table(name: string, signs: Readonly<Record<string, string>>, count: number): TextSource {
  const labels = Object.keys(signs);
  const rows = Array.from({ length: count }, (_, i) => {
    const label = labels[i % labels.length]!;
    const words = Array.from(
      { length: 9 },
      (_, k) => fillers[(i * 7 + k * k * 3 + i * k) % fillers.length],
    );
    words.splice(i % 8, 0, signs[label]);
    return `${words.join(" ")},${label}`;
  });
  const path = folder.write(name, `text,label\n${rows.join("\n")}\n`);
  return { path, textColumn: "text", labelColumn: "label" };
}

/** A run that keeps what it is given, artifacts also as files where a saved model is looked for. */
function makeRun(name: string, parent?: string) {
  const at = join(folder.path, name);
  mkdirSync(at, { recursive: true });
  const artifacts = new Map<string, unknown>();
  const curves: [step: number, values: Readonly<Record<string, number>>][] = [];
  const run: RunHandle = {
    id: name,
    folder: at,
    ...(parent === undefined ? {} : { parentFolder: join(folder.path, parent) }),
    metrics: (step, values) => void curves.push([step, values]),
    flush: async () => {},
    artifact: async (artifact, kind, content) => {
      artifacts.set(artifact, content);
      const path = join(at, artifact);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content instanceof Uint8Array ? content : JSON.stringify(content));
      return { name: artifact, kind, mediaType: "", bytes: 0 };
    },
  };
  return { run, artifacts, curves, model: join(at, "model") };
}

interface Settings {
  readonly epochs?: number;
  readonly seed?: number;
  /** Fire the signal once this many steps are made. */
  readonly stopAt?: number;
  readonly parent?: string;
}

async function train(name: string, data: TextSource, { stopAt, parent, ...config }: Settings = {}) {
  const controller = new AbortController();
  const made = makeRun(name, parent);
  const summary = await trainTextClassifier({
    ...config,
    data,
    run: made.run,
    signal: controller.signal,
    onProgress: ({ phase, done = 0 }) => {
      if (phase === "train" && stopAt !== undefined && done >= stopAt) controller.abort();
    },
  });
  return { ...made, summary };
}

// Each run compiles a handful of graphs, which takes its time on a busy machine.
describe("training", { timeout: 60_000 }, () => {
  const two = table("two.csv", { ham: "lunch", spam: "Gewinn" }, 160);

  it("finds the word that decides, and tells of curves, confusion, mistakes and the baseline", async () => {
    const { summary, artifacts, curves, model } = await train("two", two, { epochs: 8 });
    expect(summary).toMatchObject({ accuracy: 1, f1: 1, auroc: 1, wrong: 0, epochs: 8 });
    expect(Object.keys(summary.seconds)).toEqual([
      "read",
      "tokenize",
      "train",
      "evaluate",
      "baseline",
      "save",
    ]);
    const confusion = artifacts.get("confusion") as ConfusionMatrix;
    expect(confusion.classes).toEqual(["ham", "spam"]);
    expect(confusion.counts.flat().reduce((a, b) => a + b)).toBe(summary.tested);
    expect((artifacts.get("comparison") as ComparisonRow[]).map(({ role }) => role)).toEqual([
      "model",
      "baseline",
    ]);
    expect(artifacts.get("mistakes")).toEqual([] satisfies Mistake[]);
    const steps = curves.filter(([, values]) => "train/loss" in values).map(([step]) => step);
    expect(steps.at(-1)).toBe(summary.steps);
    expect(curves.filter(([, values]) => "valid/loss" in values)).toHaveLength(8);

    const answers = await predictTexts({
      model,
      texts: ["an old Gewinn near ships", "lunch again", ""],
    });
    expect(answers.map(({ label }) => label).slice(0, 2)).toEqual(["spam", "ham"]);
    for (const { scores, confidence } of answers) {
      expect(scores.ham! + scores.spam!).toBeCloseTo(1, 5);
      expect(confidence).toBe(Math.max(scores.ham!, scores.spam!));
    }
  });

  it("does the same again with the same seed, and something else with another", async () => {
    const weights = async (name: string, seed: number) =>
      (await train(name, two, { epochs: 1, seed })).artifacts.get("model/weights.safetensors");
    const first = await weights("first", 5);
    expect(await weights("second", 5)).toEqual(first);
    expect(await weights("third", 6)).not.toEqual(first);
  });

  it("stopped in the middle and continued, ends with the same weights and curves", async () => {
    const settings = { epochs: 3, seed: 2 };
    const whole = await train("whole", two, settings);
    await expect(train("cut", two, { ...settings, stopAt: 20 })).rejects.toThrow("abort");
    const rest = await train("rest", two, { ...settings, parent: "cut" });
    const file = "model/weights.safetensors";
    expect(rest.artifacts.get(file)).toEqual(whole.artifacts.get(file));
    const losses = ({ curves }: typeof whole) =>
      curves.map(([step, values]) => [step, values["train/loss"], values["valid/loss"]]);
    expect(losses(rest)).toEqual(losses(whole));
  });

  it("begins anew where the stopped run was of other data", async () => {
    const other = table("other.csv", { ham: "lunch", spam: "lottery" }, 150);
    await expect(train("old", other, { epochs: 2, stopAt: 4 })).rejects.toThrow("abort");
    const { summary } = await train("new", two, { epochs: 2, parent: "old" });
    expect(summary.epochs).toBe(2);
  });

  it("takes fifty rows of five classes", async () => {
    const signs = { eins: "одна", zwei: "二つ目", drei: "trois", vier: "vier", fünf: "cinque" };
    const { summary, model } = await train("five", table("five.csv", signs, 50), {});
    expect(summary.accuracy).toBeGreaterThan(0.5);
    expect(summary.auroc).toBeGreaterThan(0.8);
    const [answer] = await predictTexts({ model, texts: ["old ships and 二つ目 music"] });
    expect(answer!.label).toBe("zwei");
  });

  it("judges a saved model on another table, and refuses a label that it does not know", async () => {
    const model = join(folder.path, "two", "model");
    const data = table("more.csv", { ham: "lunch", spam: "Gewinn" }, 20) as Exclude<
      TextSource,
      string
    >;
    expect(await evaluateTexts({ model, data })).toMatchObject({
      tested: 20,
      wrong: 0,
      accuracy: 1,
    });
    const strange = table("strange.csv", { ham: "lunch", eggs: "Eier" }, 20);
    const issue = await issueOf(() => evaluateTexts({ model, data: strange as typeof data }));
    expect(issue.code).toBe("label-unseen");
    expect(issue.message).toContain('"eggs"');
  });
});

describe("bad input is refused with one clear error before anything is trained", () => {
  const columns = { textColumn: "text", labelColumn: "label" };
  const cases: [name: string, content: string | Uint8Array, code: string][] = [
    ["no-column.csv", "body,label\nhello,a\nbye,b\n", "column-missing"],
    ["empty.csv", "", "file-empty"],
    ["header.csv", "text,label\n", "text-empty"],
    ["one-class.csv", "text,label\nhello there,a\nbye now,a\n", "one-class"],
    [
      "encoding.csv",
      Buffer.concat([
        Buffer.from("text,label\nhello,a\n"),
        Buffer.of(0xff, 0xfe, 0xc3),
        Buffer.from(",b\n"),
      ]),
      "encoding",
    ],
    ["too-few.csv", "text,label\nhello there,a\nsomething else,b\n", "value"],
    ["unique.csv", "text,label\nhello there,1\nbye now,2\nwhat else,3\n", "too-many-classes"],
  ];
  it.each(cases)("%s", async (name, content, code) => {
    const path = folder.write(name, content);
    const issue = await issueOf(() => train(`bad-${name}`, { path, ...columns }));
    expect(issue.code).toBe(code);
    expect(issue.message).not.toContain("\n");
  });

  it("a line of 200 MB", async () => {
    const path = folder.write(
      "long.csv",
      Buffer.concat([
        Buffer.from("text,label\nhello,a\n"),
        Buffer.alloc(200e6, 120),
        Buffer.from(",b\n"),
      ]),
    );
    const issue = await issueOf(() => train("bad-long", { path, ...columns }));
    expect(issue.code).toBe("line-too-long");
  }, 20_000);

  it("a folder without a model, and one with half of it", async () => {
    const none = await issueOf(() => predictTexts({ model: folder.path, texts: ["x"] }));
    expect(none.code).toBe("file-missing");
    mkdirSync(join(folder.path, "half"), { recursive: true });
    writeFileSync(join(folder.path, "half", "config.json"), "{}");
    const half = await issueOf(() =>
      predictTexts({ model: join(folder.path, "half"), texts: ["x"] }),
    );
    expect(half.message).toContain("expected the config.json of a deepdive-text-classifier");
  });
});
