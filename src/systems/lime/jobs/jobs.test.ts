// The jobs that explain, from files to reports: each on a model whose answer is known.
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { randomKey, type Tensor, tensor } from "../../../engine/index.ts";
import { type Lab, parseInput } from "../../../lab/define.ts";
import { saveOnnx } from "../../../models/index.ts";
import { Flatten, Linear, Sequential } from "../../../nn/index.ts";
import * as labs from "../lab.ts";
import { fixture, jobBench } from "./testing.ts";

const { run, file, path, artifacts } = jobBench();
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
    const onnx = path("corner.onnx");
    await saveOnnx(onnx, ({ x }: { x: Tensor }) => model.forward(x).softmax(), {
      x: tensor(new Float32Array(64), { shape: [1, 1, 8, 8] }),
    });
    const picture = path("white.png");
    await sharp({ create: { width: 8, height: 8, channels: 3, background: "#fff" } })
      .png()
      .toFile(picture);
    const options = { model: onnx, input: picture, grey: true, label: 1 };
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
