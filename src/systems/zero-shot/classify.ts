// Labels for single texts by cosine or entailment: `classify`.
import type { Encoder } from "../../models/encoders/encoder.ts";
import type { Classification, ClassifyOptions, Labels, PairModel } from "./api.ts";
import { balance } from "./balance.ts";
import { emptyResult, ranked } from "./classifier.ts";
import { COSINE_SCALE } from "./finetune.ts";
import { cosineScore, keywordsOf } from "./keywords.ts";
import { defaultEncoder, type EmbeddedTexts, embedTexts, labelVectors } from "./label-vectors.ts";
import { type LabelSet, optionError, parseLabels, parseTemplates } from "./labels.ts";
import { parentLabels } from "./parents.ts";
import { chooseSpace, inSpace } from "./space.ts";
import { cleanText } from "./texts.ts";
import { products, takeVectors } from "./vectors.ts";
import { embedWindows } from "./windows.ts";

/**
 * Labels texts by the names (or descriptions) of the classes alone. `labels` is one list for all
 * texts, as a list or as `"a, b, c"`, or one list per text. By default a text and a label are compared
 * by the cosine of their sentence vectors, and scores are softmax(20 x cosine); with `multi`, or for a
 * single label, they are the raw cosines. With a pair model (`engine: "entailment"`) they are
 * probabilities that the text entails the label's sentence.
 *
 * @throws DataError naming `labels`, `template` or `engine` where they cannot be used
 */
export async function classify(
  texts: string | readonly string[],
  labels: Labels | readonly Labels[],
  options: ClassifyOptions = {},
): Promise<Classification[]> {
  const list = (typeof texts === "string" ? [texts] : texts).map((text) => cleanText(text).text);
  const sets = labelSets(labels, list.length, options.parents === true);
  const { model } = options;
  const engine = options.engine ?? (isPairModel(model) ? "entailment" : "embedding");
  if (engine === "entailment") {
    if (!isPairModel(model)) {
      const hint = "Load one with loadPairModel, or make one with `deepdive zero-shot train-nli`.";
      throw optionError(
        "model",
        "a pair model for entailment",
        model ? "an encoder" : "none",
        hint,
      );
    }
    const { classifyByEntailment } = await import("./entailment.ts");
    return classifyByEntailment(list, sets, model, options);
  }
  if (isPairModel(model)) throw optionError("model", "an encoder for embedding", "a pair model");
  const encoder = model ?? (await defaultEncoder());
  return byCosine(encoder, list, sets, options);
}

async function byCosine(
  encoder: Encoder,
  texts: readonly string[],
  sets: LabelSet | readonly LabelSet[],
  options: ClassifyOptions,
): Promise<Classification[]> {
  const { signal, windows = false } = options;
  const templates = parseTemplates(options.template, ["{}"]);
  const embedded = windows
    ? await embedWindows(encoder, texts, signal)
    : await embedTexts(encoder, texts, { signal });
  const results: Classification[] = [];
  const groups = isOneSet(sets)
    ? [{ set: sets, rows: Int32Array.from(texts.keys()) }]
    : [...Map.groupBy(texts.keys(), (row) => sets[row]!)].map(([set, rows]) => ({
        set,
        rows: Int32Array.from(rows),
      }));
  for (const { set, rows } of groups) {
    const vectors = await labelVectors(encoder, set, templates, signal);
    const own = takeVectors(embedded, rows);
    const space = await chooseSpace(options.projection, encoder, own, set, vectors);
    const cosines = await products(inSpace(own, space), inSpace(vectors, space));
    for (const [i, row] of rows.entries()) {
      const scores = cosines.subarray(i * set.names.length, (i + 1) * set.names.length);
      const notes = [...set.notes, ...space.notes];
      const result = decide(texts[row]!, scores, { ...set, notes }, embedded, row, options);
      const label = options.keywords ? set.names.indexOf(result.labels[0] ?? "") : -1;
      const keywords =
        label < 0
          ? undefined
          : await keywordsOf(
              texts[row]!,
              cosineScore(
                encoder,
                vectors.data.subarray(label * encoder.dim, (label + 1) * encoder.dim),
                signal,
              ),
            );
      results[row] = { ...result, ...(keywords && { keywords }) };
    }
  }
  return results;
}

function decide(
  text: string,
  cosines: Float32Array,
  set: LabelSet,
  embedded: EmbeddedTexts,
  row: number,
  { multi = false, abstainBelow }: ClassifyOptions,
): Classification {
  const notes = [...set.notes];
  if (embedded.empty[row] === 1) {
    return { ...emptyResult(text), ...(notes.length > 0 && { notes }) };
  }
  const raw = ranked(text, cosines, set.names);
  const single = set.names.length === 1;
  if (single) notes.push("one label: its score is the raw cosine");
  const shown = multi || single ? raw : { ...raw, scores: softmax(raw.scores) };
  const sureness = multi ? raw.scores[0]! : raw.margin;
  return {
    ...shown,
    margin: raw.margin,
    abstained: abstainBelow !== undefined && sureness < abstainBelow,
    outOfScope: raw.scores[0]!,
    ...(embedded.truncated[row] === 1 && { truncated: true }),
    ...(notes.length > 0 && { notes }),
  };
}

function softmax(cosines: readonly number[]): number[] {
  const table = { values: Float32Array.from(cosines), rows: 1, classes: cosines.length };
  return Array.from(balance(table, undefined, { temperature: 1 / COSINE_SCALE }));
}

/** One set for all texts, or one per text; equal lists share one set. */
function labelSets(
  labels: Labels | readonly Labels[],
  texts: number,
  parents: boolean,
): LabelSet | readonly LabelSet[] {
  const parse = (each: Labels) => (parents ? parentLabels(parseLabels(each)) : parseLabels(each));
  const perText =
    Array.isArray(labels) && labels.length > 0 && labels.every((each) => Array.isArray(each));
  if (!perText) return parse(labels as Labels);
  if (labels.length !== texts) {
    throw optionError("labels", `one list for each of ${texts} texts`, `${labels.length} lists`);
  }
  const known = new Map<string, LabelSet>();
  return (labels as readonly Labels[]).map((each) => {
    const key = JSON.stringify(each);
    const set = known.get(key) ?? parse(each);
    known.set(key, set);
    return set;
  });
}

function isOneSet(sets: LabelSet | readonly LabelSet[]): sets is LabelSet {
  return !Array.isArray(sets);
}

function isPairModel(model: Encoder | PairModel | undefined): model is PairModel {
  return model !== undefined && "judge" in model;
}
