/** @file Entailment against the Hugging Face pipeline's answers, and what can be wrong with a model's folder. */
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { issueOf, testFolder } from "../../data/testing.ts";
import { classifyByEntailment, entailmentScores } from "./entailment.ts";
import { parseLabels } from "./labels.ts";
import { loadPairModel, type OnnxPairModel } from "./pair-model.ts";
import { parentLabels } from "./parents.ts";
import { type PairGolden, pairGolden, pairModelFolder, worstDifference } from "./testing/pairs.ts";

let model: OnnxPairModel;
let golden: PairGolden;

beforeAll(async () => {
  model = await loadPairModel(pairModelFolder);
  golden = await pairGolden();
});

describe("entailment scores", () => {
  const logits = [-1.2, 0.3, 2.1, 0.7, 0.1, -0.4, -0.3, 1.5, 0.9];
  const columns = { contradiction: 0, entailment: 2 };

  it("of one label among several are a softmax over the entailment logits", () => {
    const scores = entailmentScores(logits, 3, columns, false);
    [0.72292, 0.059341, 0.217739].forEach((want, i) => {
      expect(scores[i]).toBeCloseTo(want, 6);
    });
  });

  it("of labels by themselves are entailment against contradiction", () => {
    const scores = entailmentScores(logits, 3, columns, true);
    [0.964429, 0.24974, 0.768525].forEach((want, i) => {
      expect(scores[i]).toBeCloseTo(want, 6);
    });
    const alone = entailmentScores(logits.slice(0, 3), 3, columns, false);
    expect(alone[0]).toBeCloseTo(0.964429, 6);
  });
});

describe("entailment with a pair model", () => {
  it("gives the Hugging Face pipeline's labels, order and scores", async () => {
    for (const { template, labels, multi, answers } of golden.cases) {
      const options = { template, multi };
      const found = await classifyByEntailment(golden.texts, parseLabels(labels), model, options);
      expect(found.map((each) => each.labels)).toEqual(answers.map((each) => each.labels));
      expect(worstDifference(found, answers)).toBeLessThan(1e-5);
    }
  });

  it("says which texts were cut, and reads them whole in windows", async () => {
    const labels = parseLabels("politics, music");
    const cut = await classifyByEntailment(golden.texts, labels, model, { template: "{}" });
    expect(cut.map((each) => each.truncated === true)).toEqual(golden.truncated);
    const whole = await classifyByEntailment(golden.texts, labels, model, {
      template: "{}",
      windows: true,
    });
    expect(whole.some((each) => each.truncated)).toBe(false);
    whole.forEach((each, i) => {
      const same = Math.abs(each.scores[0]! - cut[i]!.scores[0]!) < 1e-5;
      expect(same).toBe(!golden.truncated[i]);
    });
  });

  it("takes labels of their own for each text", async () => {
    const [first, second] = [parseLabels("politics, phone"), parseLabels("music, sports, art")];
    const texts = [golden.texts[0]!, golden.texts[4]!];
    const both = await classifyByEntailment(texts, [first, second], model);
    const apart = [
      ...(await classifyByEntailment([texts[0]!], first, model)),
      ...(await classifyByEntailment([texts[1]!], second, model)),
    ];
    expect(both.map((each) => each.labels)).toEqual(apart.map((each) => each.labels));
    expect(worstDifference(both, apart)).toBeLessThan(1e-5);
  });

  it("gives parents the sum of their labels' probabilities, or with multi the highest", async () => {
    const labels = parseLabels([
      { name: "politics", parent: "news" },
      { name: "sports", parent: "news" },
      { name: "phone" },
    ]);
    const [text] = golden.texts;
    for (const multi of [false, true]) {
      const [apart] = await classifyByEntailment([text!], labels, model, { multi });
      const of = (name: string) => apart!.scores[apart!.labels.indexOf(name)]!;
      const [joined] = await classifyByEntailment([text!], parentLabels(labels), model, { multi });
      const both = [of("politics"), of("sports")] as const;
      const news = multi ? Math.max(...both) : both[0] + both[1];
      expect(joined!.scores[joined!.labels.indexOf("news")]).toBeCloseTo(news, 6);
      expect(joined!.scores[joined!.labels.indexOf("phone")]).toBeCloseTo(of("phone"), 6);
    }
  });

  it("wants a margin of labels that the model has seen in training", async () => {
    const labels = parseLabels("politics, phone");
    const [text] = golden.texts;
    const [plain] = await classifyByEntailment([text!], labels, model);
    const [first, second] = plain!.labels;
    const gap = Math.log(plain!.scores[0]! / plain!.scores[1]!);
    const withMargin = async (seen: string, seenMargin: number) =>
      (await classifyByEntailment([text!], labels, model, { seen: [seen], seenMargin }))[0]!;
    expect((await withMargin(first!, gap + 0.01)).labels).toEqual([second, first]);
    expect((await withMargin(first!, gap - 0.01)).labels).toEqual([first, second]);
    expect((await withMargin(second!, 1)).scores[0]).toBeGreaterThan(plain!.scores[0]!);
  });

  it("keeps texts without anything to judge, without a label", async () => {
    const texts = ["", "  \n", "漢字", "ok"];
    const found = await classifyByEntailment(texts, parseLabels("a, b"), model);
    expect(found.map((each) => each.reason)).toEqual(["empty", "empty", "empty", undefined]);
    expect(found[0]).toMatchObject({ labels: [], scores: [], abstained: true });
    expect(found[3]!.labels).toHaveLength(2);
  });

  it("bears lone surrogates and NUL", async () => {
    const texts = ["\ud83d ok \u0000", "ok \ufffd"];
    const [first] = await classifyByEntailment(texts, parseLabels("a, b"), model);
    expect(first!.labels).toHaveLength(2);
  });

  it("refuses a label that leaves no room for the text", async () => {
    const labels = parseLabels(["trains and money ".repeat(20)]);
    const issue = await issueOf(() => classifyByEntailment(["ok"], labels, model));
    expect(issue.field).toBe("labels");
    expect(issue.expected).toContain("48 tokens");
  });

  it("stops when it is told to", async () => {
    const stop = AbortSignal.abort(new Error("enough"));
    const running = classifyByEntailment(["ok"], parseLabels("a, b"), model, { signal: stop });
    await expect(running).rejects.toThrow("enough");
  });
});

describe("the folder of a pair model", () => {
  const folder = testFolder();
  afterAll(() => folder.remove());

  const copyWith = async (label2id: unknown): Promise<string> => {
    await cp(pairModelFolder, folder.path, { recursive: true });
    const file = join(folder.path, "config.json");
    const config = JSON.parse(await readFile(file, "utf8"));
    await writeFile(file, JSON.stringify({ ...config, label2id }));
    return folder.path;
  };

  it("tells the columns by the names in label2id, in any case", async () => {
    expect(model).toMatchObject({ entailment: 2, contradiction: 0 });
    const swapped = await copyWith({ Entails: 0, neutral: 1, contradicts: 2 });
    expect(await loadPairModel(swapped)).toMatchObject({ entailment: 0, contradiction: 2 });
  });

  it("with names that say nothing gives the last column and a warning", async () => {
    const other = await loadPairModel(await copyWith({ LABEL_0: 0, LABEL_1: 1, LABEL_2: 2 }));
    expect(other.entailment).toBe(2);
    expect(other.warning).toContain('{"LABEL_0":0,"LABEL_1":1,"LABEL_2":2}');
    const [found] = await classifyByEntailment(["ok"], parseLabels("a, b"), other);
    expect(found!.notes).toEqual([other.warning]);
  });

  it("without entailment is refused with its label2id, unless the user says which", async () => {
    const path = await copyWith({ bad: 0, fair: 1, good: 2 });
    const { field, received, hint } = await issueOf(() => loadPairModel(path));
    expect([field, received]).toEqual(["label2id", '{"bad":0,"fair":1,"good":2}']);
    expect(hint).toContain("entailment");
    expect((await loadPairModel(path, { entailment: "good" })).entailment).toBe(2);
    expect((await loadPairModel(path, { entailment: 1 })).entailment).toBe(1);
    const wrong = await issueOf(() => loadPairModel(path, { entailment: "best" }));
    expect(wrong).toMatchObject({ field: "entailment", received: '"best"' });
  });

  it("that is missing, or lacks its model, is named", async () => {
    const nowhere = await issueOf(() => loadPairModel(join(folder.path, "nowhere")));
    expect(nowhere.code).toBe("file-missing");
    const path = fileURLToPath(new URL("./fixtures", import.meta.url));
    const other = await issueOf(() => loadPairModel(path));
    expect(other.received).toContain("model.onnx");
    const wrongFile = await issueOf(() => loadPairModel(pairModelFolder, { file: "config.json" }));
    expect(wrongFile.expected).toContain("ONNX Runtime can run");
  });
});
