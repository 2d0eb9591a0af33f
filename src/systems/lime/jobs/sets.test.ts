// The jobs that pick, measure, compare and ask: each on a model whose answer is known.
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import * as labs from "../lab.ts";
import { fixture, jobBench } from "./testing.ts";

const { run, file, path, artifacts } = jobBench();
const words = fixture("words.onnx");

/** Bytes as NumPy saves them. */
function npy(data: Uint8Array, shape: readonly number[]): Uint8Array {
  const header = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(", ")}), }`;
  const padded = `${header.padEnd(117)}\n`;
  const magic = Uint8Array.of(0x93, ...Buffer.from("NUMPY"), 1, 0, padded.length, 0);
  return Buffer.concat([magic, Buffer.from(padded), data]);
}

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
        const data = Uint8Array.from({ length: 192 }, (_, i) => {
          const [x, y] = [Math.floor(i / 3) % 8, Math.floor(i / 24)];
          return y < 4 && x < 4 === (name === "left") ? 250 : 120;
        });
        return file(`${name}.npy`, npy(data, [8, 8, 3]));
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
    const kept = await readFile(path("checkpoints/outputs.json"), "utf8");
    expect(kept).toContain('"outputs":[');
    const cache = path("mine.jsonl");
    await run(labs.textLab, { model: words, text: "free lunch", cache });
    expect((await readFile(cache, "utf8")).trim().split("\n")).toHaveLength(4);
  });
});
