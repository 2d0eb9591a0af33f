// How long an explanation takes besides the model, against the Python package's published times.
import { cpus } from "node:os";
import { uniformStream } from "../../../data/index.ts";
import { type Criterion, judge } from "../../../lab/criteria.ts";
import {
  explainImage,
  explainText,
  type ImageLike,
  type TableRow,
  TabularExplainer,
} from "../index.ts";

/** Runs of a second or less each, and of what takes hundredths, which the machine disturbs more. */
const runs = 5;
const shortRuns = 20;

/** Seconds of the quickest of some runs, in which other work on the machine disturbs least. */
async function quickest(work: () => Promise<unknown>, times = runs): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < times; run++) {
    const start = performance.now();
    await work();
    best = Math.min(best, (performance.now() - start) / 1000);
  }
  return Math.round(best * 1000) / 1000;
}

const text = Array.from({ length: 300 }, (_, i) => `word${i}`).join(" ");
/** As cheap as a model can be, but not constant. */
const byLength = (texts: string[]) =>
  texts.map((each) => {
    const p = each.length / 4000;
    return [1 - p, p];
  });

function wideTable() {
  const uniform = uniformStream(1);
  const names = Array.from({ length: 30 }, (_, j) => `column${j}`);
  const rows = Array.from({ length: 1000 }, () => names.map(() => uniform()));
  return { explainer: new TabularExplainer({ names, rows }), row: rows[0]! };
}

const firstCell = (rows: TableRow[]) => rows.map((row) => [1 - row[0]!, row[0]!]);

/** A picture of soft waves with noise, 224 x 224. */
function wavyPicture(): ImageLike {
  const side = 224;
  const uniform = uniformStream(2);
  const data = Uint8Array.from({ length: side * side * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3);
    const [x, y] = [pixel % side, Math.floor(pixel / side)];
    const wave = [Math.sin(x / 20), Math.cos(y / 25), Math.sin((x + y) / 30)][i % 3]!;
    return 120 + 90 * wave + 20 * uniform();
  });
  return { data, shape: [side, side, 3] };
}

const onePixel = (pictures: ImageLike[]) =>
  pictures.map(({ data }) => [data[75_000]! / 255, 1 - data[75_000]! / 255]);

function processor(times = runs): string {
  return `quickest of ${times} on one core of ${cpus()[0]?.model.trim() || "an unnamed processor"}`;
}

export const speedCriteria: Criterion[] = [
  {
    system: "lime",
    name: "text-time",
    target: "a text of 300 words, 5,000 samples, select weights: at most 0.39 s",
    async run() {
      const options = { select: "weights" as const };
      const seconds = await quickest(() => explainText(text, byLength, options));
      return judge(seconds, "at most", 0.39, processor());
    },
  },
  {
    system: "lime",
    name: "text-forward-time",
    target: "a text of 300 words, 5,000 samples, forward selection of 6: at most 0.63 s",
    async run() {
      const options = { select: "forward" as const, features: 6 };
      const seconds = await quickest(() => explainText(text, byLength, options));
      return judge(seconds, "at most", 0.63, processor());
    },
  },
  {
    system: "lime",
    name: "table-time",
    target: "a row of 30 columns, 5,000 samples: at most 0.06 s",
    async run() {
      const { explainer, row } = wideTable();
      const seconds = await quickest(() => explainer.explain(row, firstCell), shortRuns);
      return judge(seconds, "at most", 0.06, processor(shortRuns));
    },
  },
  {
    system: "lime",
    name: "image-time",
    target: "a picture of 224 x 224, 1,000 samples, its regions found by quickshift: under 1.5 s",
    async run() {
      const picture = wavyPicture();
      const seconds = await quickest(() => explainImage(picture, onePixel));
      return judge(seconds, "at most", 1.5, processor());
    },
  },
];
