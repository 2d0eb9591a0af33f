// The labs' jobs, from files to reports: each on a model whose answer is known.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { randomKey, type Tensor, tensor } from "../../../engine/index.ts";
import { type Lab, type LabContext, parseInput } from "../../../lab/define.ts";
import { saveOnnx } from "../../../models/index.ts";
import { Flatten, Linear, Sequential } from "../../../nn/index.ts";
import * as labs from "../lab.ts";

const fixture = (name: string) =>
  fileURLToPath(new URL(`../predictors/fixtures/${name}`, import.meta.url));
let folder = "";
const artifacts = new Map<string, unknown>();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "deepdive-lime-"));
  process.env.DEEPDIVE_ALLOW_CODE = "1";
});
afterAll(async () => {
  delete process.env.DEEPDIVE_ALLOW_CODE;
  await rm(folder, { recursive: true, force: true });
});

/** Runs a lab in this process, on an input as a command line gives it. */
async function run(lab: unknown, input: object): Promise<Record<string, unknown>> {
  artifacts.clear();
  const context = {
    folder,
    signal: new AbortController().signal,
    progress: () => {},
    metrics: () => {},
    artifact: async (name: string, _kind: string, content: unknown) => {
      artifacts.set(name, content);
    },
  } as unknown as LabContext;
  const { run: work } = lab as Lab;
  return (await work(context, parseInput(lab as Lab, input) as never)) as Record<string, unknown>;
}

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

/** Bytes as NumPy saves them. */
function npy(data: Uint8Array, shape: readonly number[]): Uint8Array {
  const header = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(", ")}), }`;
  const padded = `${header.padEnd(117)}\n`;
  const magic = Uint8Array.of(0x93, ...Buffer.from("NUMPY"), 1, 0, padded.length, 0);
  return Buffer.concat([magic, Buffer.from(padded), data]);
}

const words = fixture("words.onnx");

describe("lime text", () => {
  it("explains a text and keeps its report in each form", async () => {
    const summary = await run(labs.textLab, { model: words, text: "a free prize, no meeting" });
    expect(summary).toMatchObject({ class: "ham", exact: true });
    expect(String(summary.weights)).toMatch(/^meeting 0\.\d+, prize -0\.\d+, free -0\.\d+/);
    // The class of "meeting" is ham by 1.2 to 1; without it free and prize decide.
    expect(String(summary.flip)).toMatch(/^without meeting: spam 0\.9\d+$/);
    expect(artifacts.get("explanations.json")).toMatchObject([{ flip: { from: 0, to: 1 } }]);
    expect(artifacts.get("report.html")).toMatch(
      /changes its mind without meeting: spam 0\.9\d+\./,
    );
    expect([...artifacts.keys()].sort()).toEqual(
      [
        ...["explanations.json", "neighbours.json", "report.html"],
        ...["weights.csv", "weights.png", "weights.svg"],
      ].sort(),
    );
  });

  it("explains rows of a table, with names given for the classes", async () => {
    const input = await file("mails.csv", 'body,label\n"free prize",1\nmeeting today,0\n');
    const summary = await run(labs.textLab, {
      ...{ model: words, input, textColumn: "body", row: 1, label: 0, classes: ["good,bad"] },
    });
    expect(summary).toMatchObject({ explained: 1, class: "good" });
    await expect(run(labs.textLab, { model: words, input, row: 9 })).rejects.toThrow("text");
    await expect(run(labs.textLab, { model: words })).rejects.toThrow(
      "text: expected a text, or `input` with a table, received neither.",
    );
    expect(() =>
      parseInput(labs.textLab as unknown as Lab, { model: "m", samples: "many" }),
    ).toThrow("samples: must be a number, auto or exact");
  });

  it("repeats the Python package's stream with --rng numpy", async () => {
    const options = { model: words, text: "one two three four free", rng: "numpy", samples: "50" };
    await run(labs.textLab, { ...options, seed: 3 });
    const first = JSON.stringify(artifacts.get("explanations.json"));
    await run(labs.textLab, { ...options, seed: 3 });
    expect(JSON.stringify(artifacts.get("explanations.json"))).toBe(first);
    await run(labs.textLab, { ...options, seed: 4 });
    expect(JSON.stringify(artifacts.get("explanations.json"))).not.toBe(first);
  });
});

describe("lime table", () => {
  it("explains a row under a scikit-learn export", async () => {
    const rows = Array.from(
      { length: 60 },
      (_, i) => `${Math.sin(i)},${Math.cos(i * 2)},${i % 5},x`,
    );
    const data = await file("rows.csv", `a,b,c,kind\n${rows.join("\n")}\n`);
    const input = { model: fixture("zipmap.onnx"), data, target: "kind", row: 7 };
    const summary = await run(labs.tableLab, { ...input, samples: "300" });
    expect(["setosa", "versicolor", "virginica"]).toContain(summary.class);
    const [{ cells }] = artifacts.get("explanations.json") as [{ cells: { column: string }[] }];
    expect(cells.map(({ column }) => column)).toEqual(["a", "b", "c"]);
    await expect(run(labs.tableLab, { ...input, row: 60 })).rejects.toThrow(
      "row: expected a row from 0 to 59, received 60.",
    );
  });
});

describe("lime mixed", () => {
  it("explains a text with the columns beside it under one ONNX file", async () => {
    const lines = Array.from(
      { length: 60 },
      (_, i) => `${i % 5},${i % 2 ? "web" : "app"},note ${i},x`,
    );
    const rows = `age,sender,body,kind\n${lines.join("\n")}\n2,web,a free prize,y\n`;
    const data = await file("tickets.csv", rows);
    const input = {
      model: fixture("mixed.onnx"),
      data,
      textColumn: "body",
      target: "kind",
      row: 60,
    };
    const summary = await run(labs.mixedLab, { ...input, label: 1, samples: "800" });
    // Of the logits' difference: prize 2, sender=web 0.8, free 1, age -0.1 a year.
    expect(String(summary.weights)).toMatch(/^prize 0\.\d+, /);
    expect(summary.class).toBe("spam");
    const [{ cells, features, text }] = artifacts.get("explanations.json") as [
      { cells: { column: string; value: string }[]; features: string[]; text: string },
    ];
    expect(text).toBe("a free prize");
    expect(features.slice(0, 3)).toEqual(["a", "free", "prize"]);
    expect(cells).toEqual([
      { column: "age", value: "2.00" },
      { column: "sender", value: "web" },
    ]);
    const report = String(artifacts.get("report.html"));
    expect(report).toMatch(/<mark [^>]*>prize<\/mark>/);
    expect(report).toMatch(/<th>sender<\/th><td>web<\/td><td>sender=web<\/td><td[^>]*>\+0\./);
    await expect(run(labs.mixedLab, { ...input, textColumn: "words" })).rejects.toThrow("words");
    const table = { ...input, model: fixture("plain.onnx") };
    await expect(run(labs.mixedLab, table)).rejects.toThrow("one input of strings for the text");
  });
});

describe("lime image", () => {
  it("explains a picture under an ONNX model, with a label map", async () => {
    const model = new Sequential(new Flatten(), new Linear({ in: 64, out: 2, key: randomKey(1) }));
    // Class 1 is the ink of the upper left quarter.
    const weight = new Float32Array(128);
    for (let i = 0; i < 32; i++) if (i % 8 < 4) weight[64 + i] = 0.5;
    (model.layers[1] as Linear).weight = tensor(weight, { shape: [2, 64] });
    (model.layers[1] as Linear).bias = tensor([0, -4]);
    const path = join(folder, "corner.onnx");
    await saveOnnx(path, ({ x }: { x: Tensor }) => model.forward(x).softmax(), {
      x: tensor(new Float32Array(64), { shape: [1, 1, 8, 8] }),
    });
    const picture = join(folder, "white.png");
    await sharp({ create: { width: 8, height: 8, channels: 3, background: "#fff" } })
      .png()
      .toFile(picture);
    const options = { model: path, input: picture, grey: true, label: 1 };
    const summary = await run(labs.imageLab, {
      ...{ ...options, segmenter: "grid", cell: 4, hideColor: [0] },
    });
    expect(String(summary.weights)).toMatch(/^region 0 0\.[89]/);
    expect(artifacts.has("overlay-1.png")).toBe(true);
    const map = await file("map.npy", "no array");
    await expect(run(labs.imageLab, { ...options, segments: map })).rejects.toThrow("map.npy");
  });
});

const taggerFile = `
import { createInterface } from "node:readline";
for await (const line of createInterface({ input: process.stdin })) {
  const tokens = JSON.parse(line);
  console.log(JSON.stringify(tokens.flatMap((_, t) => (tokens[t - 1] === "in" ? [0.1, 0.9] : [0.9, 0.1]))));
}
`;

describe("lime ner", () => {
  it("explains the entities of a CoNLL file under a command", async () => {
    const script = await file("tagger.mjs", taggerFile);
    const input = await file("corpus.conll", "He O\nwas O\nin O\nRome B-LOC\n\nNo O\none O\n");
    const model = `"${process.execPath}" "${script}"`;
    const summary = await run(labs.nerLab, { model, input, tags: ["O,B-LOC"], count: 2 });
    expect(summary).toMatchObject({ explained: 1, entities: "Rome (LOC)" });
    expect(String(summary.weights)).toMatch(/^in 0\./);
    const both = { model, text: "in Rome and in Paris", tags: ["O,B-LOC"] };
    expect((await run(labs.nerLab, both)).entities).toBe("Rome (LOC), Paris (LOC)");
    const lines = await file("corpus.jsonl", '{"tokens": ["in", "Rome"], "tags": ["O"]}');
    await expect(run(labs.nerLab, { model, input: lines, tags: ["O"] })).rejects.toThrow(
      "input, line 1: expected",
    );
  });
});

describe("lime fit", () => {
  it("fits a neighbourhood that NumPy saved", async () => {
    // The rows of the core fit's own check: 0.1 + 0.5 a - 0.3 b + 0.2 a c + 0.05 e over five bits.
    const input = fileURLToPath(new URL("./fixtures/bits.npz", import.meta.url));
    const summary = await run(labs.fitLab, { input, features: 3, kernelWidth: 0.25, label: 0 });
    expect(summary.intercept).toBeCloseTo(0.118035501529, 10);
    expect(summary.r2).toBeCloseTo(0.937479354363, 10);
    expect(summary.weights).toBe("0 0.4952, 1 -0.2484, 2 0.0949");
    // What a page needs to show it as it shows other explanations.
    expect(artifacts.get("explanations.json")).toMatchObject([
      { kind: "neighbourhood", features: ["0", "1", "2", "3", "4"], notes: [] },
    ]);
    expect(artifacts.get("neighbours.json")).toMatchObject([{ level: expect.any(Number) }]);
    await expect(run(labs.fitLab, { input, label: 1 })).rejects.toThrow("class");
    const npz = fileURLToPath(new URL("./fixtures/no-distances.npz", import.meta.url));
    await expect(run(labs.fitLab, { input: npz })).rejects.toThrow("an array distances in");
  });
});

describe("lime pick, eval, compare, ask", () => {
  const lines = ["free prize now", "a meeting at ten", "free lunch", "the prize is a meeting"];

  /** One picture with its light on the left, two with it on the right, and a model that looks for light. */
  async function cornerPictures(): Promise<{ model: string; images: string[] }> {
    const model = await file(
      "light.mjs",
      "export const predict = (all) => all.map(({ data }) => { const p = data.reduce((a, b) => a + (b > 200 ? 1 : 0), 0) / 96; return [1 - p, p]; });",
    );
    const images = await Promise.all(
      ["left", "right", "same"].map(async (name) => {
        const path = join(folder, `${name}.npy`);
        const data = Uint8Array.from({ length: 192 }, (_, i) => {
          const [x, y] = [Math.floor(i / 3) % 8, Math.floor(i / 24)];
          return y < 4 && x < 4 === (name === "left") ? 250 : 120;
        });
        await writeFile(path, npy(data, [8, 8, 3]));
        return path;
      }),
    );
    return { model, images };
  }

  it("picks texts that cover the words that matter", async () => {
    const data = await file(
      "texts.jsonl",
      lines.map((text) => JSON.stringify({ text })).join("\n"),
    );
    const summary = await run(labs.pickLab, { model: words, data, textColumn: "text", picks: 2 });
    expect(summary.explained).toBe(2);
    expect(summary.coverage).toBeGreaterThanOrEqual(summary.randomCoverage as number);
    const { picks } = artifacts.get("picks.json") as { picks: number[] };
    expect(new Set(picks).size).toBe(2);
  });

  it("measures faithfulness and stability", async () => {
    const input = await file(
      "texts.jsonl",
      lines.map((text) => JSON.stringify({ text })).join("\n"),
    );
    const found = await run(labs.evalLab, {
      measure: "faithfulness",
      model: words,
      input,
      count: 4,
    });
    expect(found.deletionAuc).toBeLessThan((found.randomAuc as number[])[0]!);
    const stable = await run(labs.evalLab, {
      ...{ measure: "stability", model: words, input, count: 2, seeds: 3 },
    });
    // Short texts are enumerated: every seed gives the same.
    expect(stable).toEqual({ examples: 2, seeds: 3, meanJaccard: 1 });
    const exact = await run(labs.evalLab, { measure: "exact", model: words, input, samples: "12" });
    expect(exact).toMatchObject({ examples: 4, enumerated: 2, jaccard: 1 });
    // Texts of four words and more have over 12 neighbours, of which 12 were drawn.
    expect(exact.error).toBeGreaterThan(0);
    await expect(
      run(labs.evalLab, {
        measure: "exact",
        model: words,
        input: await file("no.csv", 'text\n"!"\n'),
      }),
    ).rejects.toThrow("input: expected an example to explain, received no text with a word.");
  });

  it("measures rows of a table and pictures as well", async () => {
    const rows = Array.from(
      { length: 40 },
      (_, i) => `${Math.sin(i)},${Math.cos(2 * i)},${i % 5},x`,
    );
    const data = await file("measured.csv", `a,b,c,kind\n${rows.join("\n")}\n`);
    const table = { model: fixture("zipmap.onnx"), data, target: "kind", count: 6, row: 2 };
    const rowsFound = await run(labs.evalLab, { measure: "faithfulness", ...table });
    expect(rowsFound.examples).toBe(6);
    expect(rowsFound.deletionAuc).toBeLessThan((rowsFound.randomAuc as number[])[0]!);
    const stable = await run(labs.evalLab, { measure: "stability", ...table, seeds: 2, count: 2 });
    expect(stable).toEqual({ examples: 2, seeds: 2, meanJaccard: 1 });
    await expect(run(labs.evalLab, { measure: "exact", ...table })).rejects.toThrow(
      "3 features with endlessly many neighbours",
    );
    const pictures = {
      ...(await cornerPictures()),
      segmenter: "grid",
      cell: 4,
      hideColor: [0, 0, 0],
    };
    const found = await run(labs.evalLab, { measure: "faithfulness", ...pictures });
    expect(found.examples).toBe(3);
    expect(found.deletionAuc).toBeLessThan((found.randomAuc as number[])[0]!);
    const exact = await run(labs.evalLab, { measure: "exact", ...pictures, samples: "10" });
    expect(exact).toMatchObject({ examples: 3, sameFirst: 1, enumerated: 0 });
  });

  it("picks pictures whose regions differ", async () => {
    const input = {
      ...(await cornerPictures()),
      segmenter: "grid",
      cell: 4,
      hideColor: [0],
      picks: 2,
    };
    const summary = await run(labs.pickLab, input);
    // Two of the three are alike: one of these and the other one say it all.
    expect(summary).toMatchObject({ explained: 2, coverage: 1 });
    expect(String(summary.weights)).toMatch(/^(top|bottom) (left|right), white /);
    expect(String(summary.pictures).split(", ").sort()[0]).toBe("left.npy");
    expect([...artifacts.keys()]).toEqual(
      expect.arrayContaining(["picture.png", "picture-1.png", "regions.json", "regions-1.json"]),
    );
    await expect(run(labs.pickLab, { model: words })).rejects.toThrow(
      "data: expected a table to pick from, or pictures (`images`), received neither.",
    );
  });

  it("compares two models", async () => {
    const other = await file(
      "other.mjs",
      'export const predict = (texts) => texts.map((t) => (t.includes("lunch") ? [0.2, 0.8] : [0.7, 0.3]));',
    );
    const input = { models: [words, other], text: "free lunch" };
    const summary = await run(labs.compareLab, input);
    expect(String(summary.differences)).toMatch(/^lunch /);
    const html = artifacts.get("report.html") as string;
    expect(html.match(/<section>/g)).toHaveLength(2);
  });

  it("compares two models on a row of a table", async () => {
    const rows = Array.from({ length: 40 }, (_, i) => `${i % 7},${i % 5},${i % 3},x`);
    const data = await file("compared.csv", `a,b,c,kind\n${rows.join("\n")}\n`);
    const models = [fixture("plain.onnx"), fixture("columns.onnx")];
    const input = { models, data, target: "kind", row: 3, samples: "300" };
    // The same coefficients in two files: explanations are the same.
    const summary = await run(labs.compareLab, input);
    expect(summary.similarity).toBeCloseTo(1, 6);
    expect(summary.overlap).toBe(1);
  });

  it("leaves out texts without a word among many", async () => {
    const input = await file("some.csv", 'text\n"free prize"\n"!"\n"a meeting"\n');
    const summary = await run(labs.textLab, { model: words, input, count: 3 });
    expect(summary).toMatchObject({ explained: 2, textsWithoutWords: 1 });
  });

  it("asks, and keeps models open", async () => {
    const ask = () => run(labs.askLab, { model: words, texts: ["free prize", "meeting"] });
    const first = (await ask()) as { outputs: number[][]; classNames: string[] };
    expect(first.classNames).toEqual(["ham", "spam"]);
    expect(first.outputs[0]![1]).toBeGreaterThan(0.9);
    expect(await ask()).toEqual(first);
    const { outputs } = (await run(labs.askLab, {
      ...{
        model: fixture("zipmap.onnx"),
        rows: [
          [1, 2, 3],
          [-1, 0.5, 0],
        ],
      },
    })) as { outputs: number[][] };
    // What make.py worked out.
    expect(outputs[0]![0]).toBeCloseTo(0.286001408, 6);
    expect(outputs[1]![2]).toBeCloseTo(0.457498459, 6);
    const mixed = [{ text: "free prize", columns: [2, 1] }];
    const both = await run(labs.askLab, { model: fixture("mixed.onnx"), mixed });
    // Logits of spam above ham: 0.8 of the sender, 3 of the words, less 0.2 of the age and 0.6.
    expect((both.outputs as number[][])[0]![1]).toBeCloseTo(1 / (1 + Math.exp(-3)), 5);
    const { model } = await cornerPictures();
    const data = Buffer.from(new Uint8Array(192).fill(250)).toString("base64");
    const images = [{ shape: [8, 8, 3], data }];
    expect((await run(labs.askLab, { model, images })).outputs).toEqual([[-1, 2]]);
    await expect(run(labs.askLab, { model, images: [{ shape: [8, 8, 1], data }] })).rejects.toThrow(
      "images: expected 64 bytes for the shape 8 x 8 x 1, received 192.",
    );
    await expect(run(labs.askLab, { model })).rejects.toThrow("received none of them");
  });

  it("keeps outputs for a run that continues", async () => {
    await run(labs.textLab, { model: words, text: "free lunch" });
    const kept = await readFile(join(folder, "checkpoints", "outputs.json"), "utf8");
    expect(kept).toContain('"outputs":[');
    const cache = join(folder, "mine.jsonl");
    await run(labs.textLab, { model: words, text: "free lunch", cache });
    expect((await readFile(cache, "utf8")).trim().split("\n")).toHaveLength(4);
    delete process.env.DEEPDIVE_ALLOW_CODE;
    await expect(run(labs.textLab, { model: words, text: "free lunch", cache })).rejects.toThrow(
      "cache: expected no file of the server's",
    );
    process.env.DEEPDIVE_ALLOW_CODE = "1";
  });
});
