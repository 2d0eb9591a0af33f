// Reports: what they hold, and that nothing of an example can become markup, a formula or a script.
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { readImage } from "../../../data/index.ts";
import type { Explanation } from "../api.ts";
import { explainEntities } from "../entities.ts";
import { explainImage } from "../image.ts";
import type { ImageLike } from "../segment/picture.ts";
import { TabularExplainer } from "../tabular.ts";
import { explainText } from "../text.ts";
import { explanationPng, explanationSvg } from "./bars.ts";
import { reportCsv } from "./csv.ts";
import { csvField, escapeMarkup, shorten } from "./escape.ts";
import { reportHtml } from "./html.ts";
import { reportJson } from "./json.ts";
import { encodePng, imageMask, overlay } from "./overlay.ts";
import { projectNeighbourhood } from "./projection.ts";
import { stabilityRibbon } from "./ribbon.ts";

const nasty = `good <script>alert("1")</script> & 'bad' \u0000 =cmd`;
const model = (texts: string[]) =>
  texts.map((text) => {
    const p = 0.3 + (text.includes("good") ? 0.4 : 0) + (text.includes("script") ? 0.1 : 0);
    return [1 - p, p];
  });
const explained = await explainText(nasty, model, { classNames: ["<b>no</b>", "<i>yes</i>"] });

describe("html", () => {
  it("marks the words in place and escapes everything of the example", async () => {
    const html = await reportHtml([explained], "<title>");
    expect(html).not.toMatch(/<script|<i>|<b>/);
    expect(html).not.toContain("\0");
    expect(html).toContain("&lt;i&gt;yes&lt;/i&gt;");
    expect(html).toContain(">good</mark> &lt;<mark");
    expect(html).toContain("&lt;title&gt;");
    expect(html).not.toMatch(/(src|href)="(?!data:)/);
  });

  it("shows rows, sentences and pictures", async () => {
    const rows = Array.from({ length: 40 }, (_, i) => [i, (i * 7) % 11]);
    const explainer = new TabularExplainer({ names: ["<a>", "b"], rows });
    const row = await explainer.explain(rows[9]!, (batch) =>
      batch.map(([a]) => [1 - a! / 40, a! / 40]),
    );
    const tags = ["O", "B-X"];
    const entities = await explainEntities(
      ["see", "<Bo>"],
      (batch) =>
        batch.map((tokens) => tokens.flatMap((t) => (t === "<Bo>" ? [0.1, 0.9] : [0.9, 0.1]))),
      { tags },
    );
    const image: ImageLike = { data: new Uint8Array(64).fill(200), shape: [8, 8, 1] };
    const picture = await explainImage(
      image,
      (batch) => batch.map(({ data }) => [1 - data[0]! / 255, data[0]! / 255]),
      {
        segments: { method: "grid", cell: 4 },
        hideColor: [0],
      },
    );
    const html = await reportHtml([row, ...entities, picture]);
    expect(html).toContain("<th>&lt;a&gt;</th>");
    expect(html).toContain(">&lt;Bo&gt;</mark>");
    expect(html).toContain("data:image/png;base64,iVBOR");
    for (const each of [row, ...entities, picture]) {
      expect(JSON.parse(JSON.stringify(reportJson(each)))).toMatchObject({ kind: each.kind });
    }
  });
});

describe("svg, png, csv", () => {
  it("draws a bar per weight that XML readers accept", async () => {
    const svg = explanationSvg(explained.explanations[0]!);
    const bars = svg.match(/<rect x=/g)!;
    expect(bars).toHaveLength(explained.explanations[0]!.weights.length);
    const { width, height } = await sharp(Buffer.from(svg)).metadata();
    expect([width, height]).toEqual([580, Number(/height="(\d+)"/.exec(svg)![1])]);
    const png = await explanationPng(explained.explanations[0]!);
    expect((await readImage(png)).shape[1]).toBe(1160);
  });

  it("keeps formulas from spreadsheets and quotes what must be", () => {
    expect(csvField("=1+1")).toBe("'=1+1");
    expect(csvField('a "b", c')).toBe('"a ""b"", c"');
    expect(csvField(-0.5)).toBe("-0.5");
    const csv = reportCsv([explained]);
    expect(csv.split("\r\n")[0]).toBe("example,label,class,feature,name,weight,low,high");
    expect(csv.split("\r\n")).toHaveLength(explained.explanations[0]!.weights.length + 2);
  });

  it("escapes and shortens", () => {
    expect(escapeMarkup("<&\"'>\ud800\u0001")).toBe("&lt;&amp;&quot;&#39;&gt;\ufffd\ufffd");
    expect(escapeMarkup("😀")).toBe("😀");
    expect(shorten("😀😀😀", 2)).toBe("😀…");
  });
});

describe("overlay", () => {
  const explanation = {
    weights: [0.5, -0.3, 0.01].map((weight, feature) => ({ feature, weight })),
  } as unknown as Explanation;
  const segments = Int32Array.of(0, 0, 1, 1, 2, 2, 3, 3);
  const image: ImageLike = { data: new Float64Array(8).fill(0.5), shape: [2, 4, 1] };

  it("marks what was asked for", () => {
    const mask = (options: object) => Array.from(imageMask({ segments }, explanation, options));
    expect(mask({})).toEqual([1, 1, -1, -1, 1, 1, 0, 0]);
    expect(mask({ sign: "positive", minWeight: 0.1 })).toEqual([1, 1, 0, 0, 0, 0, 0, 0]);
    expect(mask({ sign: "negative" })).toEqual([0, 0, -1, -1, 0, 0, 0, 0]);
    expect(mask({ features: 1 })).toEqual([1, 1, 0, 0, 0, 0, 0, 0]);
  });

  it("tints in colour and keeps the size", async () => {
    const tinted = overlay({ image, segments }, explanation, { sign: "positive", features: 1 });
    expect(tinted.shape).toEqual([2, 4, 3]);
    // An outline in the full colour, as the region below is another one; the rest as it was.
    expect(Array.from(tinted.data.slice(0, 3))).toEqual([33, 102, 172]);
    expect(Array.from(tinted.data.slice(21))).toEqual([127, 127, 127]);
    const png = await encodePng(tinted, 100);
    expect((await readImage(png)).shape).toEqual([50, 100, 3]);
  });
});

describe("ribbon", () => {
  it("ends with the explanation itself, and its intervals narrow", async () => {
    const text = Array.from({ length: 20 }, (_, i) => `w${i}`).join(" ");
    const noisy = (texts: string[]) =>
      texts.map((t) => {
        const p = 0.2 + (t.includes("w3") ? 0.4 : 0) + (t.length % 7) / 30;
        return [1 - p, p];
      });
    const { neighbourhood, explanations } = await explainText(text, noisy, { samples: 800 });
    const ribbon = stabilityRibbon(neighbourhood, explanations[0]!, { kernelWidth: 25 })!;
    expect(ribbon.samples).toEqual([50, 100, 200, 400, 600, 800]);
    const [{ name, values }] = ribbon.features as [(typeof ribbon.features)[0]];
    expect(name).toBe("w3");
    expect(values.at(-1)![0]).toBeCloseTo(explanations[0]!.weights[0]!.weight, 12);
    const width = ([, low, high]: readonly number[]) => high! - low!;
    expect(width(values.at(-1)!)).toBeLessThan(0.5 * width(values[0]!));
    const short = await explainText("w3 w4", noisy);
    expect(stabilityRibbon(short.neighbourhood, short.explanations[0]!, {})).toBeUndefined();
  });
});

describe("projection", () => {
  it("puts neighbours on their principal axes and the line where the surrogate crosses 0.5", () => {
    // y = 0.2 + 0.6 a; the surrogate sees a little of b too, and c does not vary.
    const rows = [
      [1, 1, 7],
      [0, 1, 7],
      [1, 0.9, 7],
      [0, 0.9, 7],
    ];
    const outputs = rows.flatMap(([a]) => [0.8 - 0.6 * a!, 0.2 + 0.6 * a!]);
    const { points, line, level } = projectNeighbourhood(
      {
        data: { rows: 4, columns: 3, values: Float64Array.from(rows.flat()) },
        outputs: { rows: 4, columns: 2, values: Float64Array.from(outputs) },
        distances: Float64Array.of(0, 1, 0, 1),
      },
      {
        ...{ label: 1, intercept: 0.01 },
        weights: [
          { feature: 0, weight: 0.6 },
          { feature: 1, weight: 0.2 },
        ],
      } as unknown as Explanation,
      { kernelWidth: 1e6 },
    );
    expect(level).toBe(0.5);
    expect(points).toHaveLength(4);
    for (const { x, y, output } of points) {
      // Half of each column's range, times its weight.
      expect(Math.abs(x)).toBeCloseTo(0.3, 9);
      expect(Math.abs(y)).toBeCloseTo(0.01, 9);
      expect(Math.sign(line.a * x + line.b * y - line.c)).toBe(Math.sign(output - level));
    }
  });
});
