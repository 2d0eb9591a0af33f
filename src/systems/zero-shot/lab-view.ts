// What a labelling run leaves for its page in the Studio: texts, maps, sources, advice, texts that are alike.

import type { LabContext } from "../../lab/define.ts";
import type { ArtifactContent } from "../../lab/run.ts";
import type { Encoder } from "../../models/encoders/encoder.ts";
import type { CorpusLabels, Projection } from "./api.ts";
import { balance } from "./balance.ts";
import { sourceAgreement } from "./combine.ts";
import { drawMaps } from "./corpus-map.ts";
import { bestTwo } from "./corpus-summary.ts";
import {
  doubtfulRows,
  labellingOf,
  mapRows,
  type RowLabels,
  shownText,
  similarRows,
  sixDigits,
  truthOf,
} from "./corpus-view.ts";
import { labelDoctor } from "./doctor.ts";
import { COSINE_SCALE } from "./finetune.ts";
import type { LabelledFile } from "./label-file.ts";
import { defaultEncoder, labelVectors } from "./label-vectors.ts";
import { compareProjection, loadProjection, mapThrough, wordVectorsFile } from "./projection.ts";
import { products, takeVectors, type Vectors, vectorsOf } from "./vectors.ts";
import type { CorpusView } from "./wire.ts";

/** What of a run's input the page depends on. */
export interface ViewSettings {
  readonly corpus: boolean;
  readonly abstain: number;
  readonly review: number;
  readonly truthColumn?: string | undefined;
}

/** Above so many rows the cosines alone label the texts of the map only. */
const COMPARED_ROWS = 20_000;
/** Texts that are compared with one another for the review desk, and for the doctor. */
const SIMILAR_TEXTS = 2000;
const DOCTOR_TEXTS = 5000;
/** With fewer texts for each label there are no clusters to compare spaces by. */
const LEAST_TEXTS = 3;

/**
 * Publishes the artifacts of the page one after the other, the quick ones first; the map while it forms.
 *
 * @param keywords words that speak for each label
 */
export async function publishView(
  ctx: LabContext,
  result: LabelledFile,
  settings: ViewSettings,
  keywords: readonly (readonly string[])[],
): Promise<void> {
  const { corpus, set } = result;
  const encoder = await defaultEncoder();
  const vectors = vectorsOf(corpus.vectors, encoder.dim);
  const put = (name: string, content: ArtifactContent) => ctx.artifact(name, "plot", content);
  const mapped = mapRows({ ...vectors, empty: result.emptyRows });
  // Fitted once, which takes its time; from then on it is in the cache.
  ctx.progress({ phase: "projection" });
  const projection = await projectionAtHand(encoder);
  const compared = vectors.count <= COMPARED_ROWS ? undefined : mapped;
  const view = await viewOf(result, settings, { encoder, vectors, mapped, compared, projection });
  await put("corpus.json", { ...view, keywords });
  if (corpus.voters.length > 1) await put("sources.json", sourcesOf(corpus, settings));
  await put("similar.json", await similarOf(corpus, vectors, settings.review));
  const texts = takeVectors(vectors, mapped);
  const { signal } = ctx;
  await put(
    "map.json",
    await drawMaps(texts, await labelVectors(encoder, set, ["{}"], signal), {
      projection,
      onMaps: (maps) => put("map.json", maps),
      onProgress: (progress) => ctx.progress(progress),
      signal,
    }),
  );
  ctx.progress({ phase: "check labels" });
  const looked = mapRows({ ...vectors, empty: result.emptyRows }, DOCTOR_TEXTS);
  const advice = await labelDoctor(
    Array.from(looked, (row) => corpus.rows[row]!.text),
    set.labels,
    { encoder, vectors: takeVectors(vectors, looked), signal },
  );
  await put(
    "doctor.json",
    advice.map((each) => ({ ...each, examples: each.examples.map(shownText) })),
  );
}

async function projectionAtHand(encoder: Encoder): Promise<Projection | undefined> {
  const file = wordVectorsFile();
  return file === undefined ? undefined : loadProjection(encoder, file);
}

interface Material {
  readonly encoder: Encoder;
  readonly vectors: Vectors;
  /** Rows of the map's texts. */
  readonly mapped: Int32Array;
  /** Rows that the cosines alone label; undefined: all. */
  readonly compared: Int32Array | undefined;
  readonly projection: Projection | undefined;
}

async function viewOf(
  { corpus, set, proposed }: LabelledFile,
  { corpus: together, abstain, truthColumn }: ViewSettings,
  { encoder, vectors, mapped, compared, projection }: Material,
): Promise<Omit<CorpusView, "keywords">> {
  const { rows, names, second, confidence } = corpus;
  const classes = names.length;
  const truth = truthOf(rows, names, truthColumn);
  const run: RowLabels = { guess: proposed, second, confidence };
  const named = await labelVectors(encoder, set, ["{}"]);
  const texts = compared ? takeVectors(vectors, compared) : vectors;
  // The texts of the map are all that is compared, or stand at their rows.
  const places = compared ? compared.map((_, i) => i) : mapped;
  const own = truth && compared ? Int32Array.from(compared, (row) => truth[row]!) : truth;
  const isPlain = !together && corpus.voters.length === 1;
  const labellings = [labellingOf("run", run, mapped, classes, truth)];
  if (!isPlain) {
    const plain = await byCosine(texts, named);
    labellings.push(labellingOf("plain", plain, places, classes, own));
  }
  if (projection) {
    const projected = await byCosine(mapThrough(texts, projection), mapThrough(named, projection));
    labellings.push(labellingOf("projected", projected, places, classes, own));
  }
  return {
    rows: rows.length,
    together,
    abstain,
    labels: set.labels,
    texts: {
      row: [...mapped],
      text: Array.from(mapped, (row) => shownText(rows[row]!.text)),
      ...(truth && { truth: Array.from(mapped, (row) => truth[row]!) }),
    },
    labellings,
    ...(projection &&
      classes > 1 &&
      mapped.length >= LEAST_TEXTS * classes && {
        projection: await compareProjection(takeVectors(vectors, mapped), named, projection),
      }),
  };
}

/** Labels by cosine, as `classify` gives them. */
async function byCosine(texts: Vectors, labels: Vectors): Promise<RowLabels> {
  const values = await products(texts, labels);
  const classes = labels.count;
  const table = { values, rows: texts.count, classes };
  const scores =
    classes === 1 ? values : balance(table, undefined, { temperature: 1 / COSINE_SCALE });
  const guess = new Int32Array(texts.count).fill(-1);
  const second = new Int32Array(texts.count).fill(-1);
  const confidence = new Float32Array(texts.count);
  for (let row = 0; row < texts.count; row++) {
    // A row of zeros has nothing to judge.
    if (texts.data.subarray(row * texts.dim, (row + 1) * texts.dim).every((x) => x === 0)) continue;
    const own = scores.subarray(row * classes, (row + 1) * classes);
    const [top, next] = bestTwo(own);
    guess[row] = top;
    second[row] = next;
    confidence[row] = own[top]!;
  }
  return { guess, second, confidence };
}

/** The artifact `sources.json`: how the sources of votes did, and how often they agree. */
function sourcesOf(
  { voters, votes, report, rows, names }: CorpusLabels,
  { truthColumn }: ViewSettings,
) {
  const count = voters.length;
  const agreement = sourceAgreement(votes, count);
  const truth = truthOf(rows, names, truthColumn);
  return {
    sources: voters.map((name, s) => ({
      name,
      ...report.sources?.[s],
      ...(truth && { right: rightShare(votes, count, s, truth) }),
    })),
    // Never on the same row: nothing to say.
    agreement: voters.map((_, a) =>
      voters.map((__, b) => {
        const share = agreement[a * count + b]!;
        return Number.isNaN(share) ? null : sixDigits(share);
      }),
    ),
  };
}

function rightShare(votes: Int32Array, sources: number, source: number, truth: Int32Array) {
  let [cast, right] = [0, 0];
  truth.forEach((label, row) => {
    const vote = votes[row * sources + source]!;
    if (label < 0 || vote < 0) return;
    cast++;
    if (vote === label) right++;
  });
  return cast === 0 ? null : right / cast;
}

async function similarOf(corpus: CorpusLabels, vectors: Vectors, review: number) {
  const rows = doubtfulRows(corpus, Math.min(review, SIMILAR_TEXTS));
  const own = takeVectors(vectors, rows);
  return similarRows(rows, await products(own, own));
}
