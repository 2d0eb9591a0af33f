// Parity with the Python package on recorded cases, and the core fit on a neighbourhood without chance.
import { type Criterion, judge } from "../../../lab/criteria.ts";
import { explainImage, explainText, fitSurrogate, type ImageLike } from "../index.ts";
import {
  type GoldenCase,
  goldenExplainer,
  goldenOptions,
  goldenTableModel,
  goldenTextModel,
  largestDifference,
  readGolden,
  softmax,
  type TableGolden,
  type TextGolden,
} from "../testing.ts";

async function textDifferences(): Promise<number[]> {
  const golden = await readGolden<TextGolden>("text-golden.json");
  const differences: number[] = [];
  for (const each of golden.cases) {
    const { bow, charLevel, mask, split } = each;
    const given = Object.entries({ bow, charLevel, mask, split });
    const how = Object.fromEntries(given.filter(([, value]) => value !== undefined));
    const predict = goldenTextModel(golden, each);
    const found = await explainText(each.text, predict, { ...goldenOptions(each), ...how });
    differences.push(largestDifference(found.explanations, each.expected));
  }
  return differences;
}

async function tableDifferences(): Promise<number[]> {
  const golden = await readGolden<TableGolden>("table-golden.json");
  const differences: number[] = [];
  for (const each of golden.cases) {
    const { explainer, row } = goldenExplainer(golden, each);
    const predict = goldenTableModel(golden, each.mode);
    const found = await explainer.explain(row, predict, goldenOptions(each));
    differences.push(largestDifference(found.explanations, each.expected));
  }
  return differences;
}

interface ImageCase extends GoldenCase {
  readonly hideColor: readonly number[] | null;
  readonly merged: boolean;
}

async function imageDifferences(): Promise<number[]> {
  const { image, segments, weights, cases } = await readGolden<{
    image: number[];
    segments: number[];
    weights: number[][];
    cases: ImageCase[];
  }>("image-golden.json");
  const picture = { data: Uint8Array.from(image), shape: [9, 12, 3] as const };
  const predict = (batch: ImageLike[]) =>
    batch.map(({ data }) =>
      softmax(
        weights.map((each) =>
          each.reduce((sum, weight, i) => sum + (0.2 * weight * data[i]!) / 255, 0),
        ),
      ),
    );
  const differences: number[] = [];
  for (const each of cases) {
    const regions = Int32Array.from(segments, (id) => Math.floor(id / (each.merged ? 2 : 1)));
    const found = await explainImage(picture, predict, {
      ...goldenOptions(each),
      segments: regions,
      ...(each.hideColor !== null && { hideColor: [...each.hideColor] }),
    });
    differences.push(largestDifference(found.explanations, each.expected));
  }
  return differences;
}

/** All rows of 5 bits, all ones first, of y = 0.1 + 0.5a - 0.3b + 0.2ac + 0.05e. */
function fiveBits() {
  const bits: number[] = [];
  const outputs: number[] = [];
  const distances: number[] = [];
  for (let code = 31; code >= 0; code--) {
    const row = [16, 8, 4, 2, 1].map((bit) => ((code & bit) > 0 ? 1 : 0));
    const [a, b, c, , e] = row as [number, number, number, number, number];
    bits.push(...row);
    outputs.push(0.1 + 0.5 * a - 0.3 * b + 0.2 * a * c + 0.05 * e);
    const active = row.reduce((sum: number, bit) => sum + bit, 0);
    distances.push(active === 0 ? 1 : 1 - active / Math.sqrt(active * 5));
  }
  return {
    data: { rows: 32, columns: 5, values: Uint8Array.from(bits) },
    labels: { rows: 32, columns: 1, values: Float64Array.from(outputs) },
    distances: Float64Array.from(distances),
  };
}

export const parityCriteria: Criterion[] = [
  {
    system: "lime",
    name: "parity",
    target:
      "recorded texts, table rows and pictures of the Python package: weights, intercept, R2 and local prediction within 1e-6, features in the same order",
    async run() {
      const texts = await textDifferences();
      const rows = await tableDifferences();
      const pictures = await imageDifferences();
      const note = `largest difference over ${texts.length} texts, ${rows.length} table rows and ${pictures.length} pictures, seeds up to 2^32 - 1`;
      return judge(Math.max(...texts, ...rows, ...pictures), "at most", 1e-6, note);
    },
  },
  {
    system: "lime",
    name: "core",
    target: "32 rows of 5 bits, 3 features: weights, intercept and R2 as published, within 1e-11",
    run() {
      const { data, labels, distances } = fiveBits();
      const options = { features: 3, kernelWidth: 0.25 };
      const found = fitSurrogate(data, labels, distances, 0, options);
      const expected = [
        [0.49524785944, found.weights[0]?.weight],
        [-0.248392494583, found.weights[1]?.weight],
        [0.094898213656, found.weights[2]?.weight],
        [0.118035501529, found.intercept],
        [0.937479354363, found.r2],
      ];
      const differences = expected.map(([want, have]) => Math.abs(want! - have!));
      return Promise.resolve(judge(Math.max(...differences), "at most", 1e-11));
    },
  },
];
