// Labels a file of texts as a job: block by block, continued where it was cut off, with the doubtful ones set apart.
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { Encoder } from "../../models/encoders/encoder.ts";
import type {
  Balance,
  Classifier,
  CorpusLabels,
  CorpusRow,
  LabelledExample,
  LabellingFunction,
} from "./api.ts";
import { balance } from "./balance.ts";
import { type BlockOptions, Blocks, fingerprint } from "./blocks.ts";
import { withCalibration } from "./calibrated.ts";
import { loadClassifier } from "./classifier-file.ts";
import { labelEmbedded, sharesOf, taughtLabels } from "./corpus.ts";
import { type EmbeddedLabels, summarizeScores } from "./corpus-summary.ts";
import { fewShot } from "./few-shot.ts";
import { COSINE_SCALE } from "./finetune.ts";
import { type CorpusFileOptions, readCorpus } from "./formats/corpus-file.ts";
import { badRowsFile, writeBadRows, writeLabelled } from "./formats/labelled-file.ts";
import {
  defaultEncoder,
  type EmbeddedTexts,
  labelVectors,
  type OnProgress,
} from "./label-vectors.ts";
import { readRules, votesOf } from "./labelling.ts";
import { type LabelSet, optionError, parseLabels, parseTemplates, readLabels } from "./labels.ts";
import { parentLabels } from "./parents.ts";
import { chooseSpace, inSpace, type WantedProjection } from "./space.ts";
import { products } from "./vectors.ts";
import { scoreVoter, type Voter, withVotes } from "./voting.ts";

/** Arguments of `labelFile`. */
export interface LabelFileOptions extends BlockOptions {
  /** `a, b, c`, or a file of labels; see `readLabels`. A `model` has its own. */
  readonly labels?: string;
  /** Label all texts together (`labelCorpus`) instead of one by one. Default false. */
  readonly corpus?: boolean;
  readonly balance?: Balance;
  readonly template?: string;
  /** Texts with a confidence below this get no label. Default 0. */
  readonly abstain?: number;
  readonly rules?: string;
  /** A table of a few texts with labels. */
  readonly examples?: string;
  /** A table of texts with labels that people have checked: they keep them and teach the rest. */
  readonly reviewed?: string;
  /** Compare in the space of word vectors; `auto` decides without labels. Default: no. */
  readonly projection?: WantedProjection;
  /** Label by the labels' parents. Default false. */
  readonly parents?: boolean;
  readonly labelColumn?: string;
  readonly idColumn?: string;
  /** Where the labelled table goes: .csv, .tsv, .jsonl or .parquet. */
  readonly out: string;
  /** Default: the one that comes with the package. */
  readonly encoder?: Encoder;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

/** What `labelFile` did. */
export interface LabelledFile {
  readonly corpus: CorpusLabels;
  /** The labels as they were read. */
  readonly set: LabelSet;
  /** Each row's label as it was before the doubtful ones lost theirs. */
  readonly proposed: Int32Array;
  /** 1 where a text has nothing to judge. */
  readonly emptyRows: Uint8Array;
  /** Rows that got no label as they are too doubtful. */
  readonly abstained: number;
  /** Rows in which something that is no text was replaced. */
  readonly replaced: number;
  readonly truncated: number;
  /** Rows that could not be read, with `skipBad`; in `badFile`. */
  readonly bad: number;
  readonly badFile?: string;
  /** Blocks that were there from before. */
  readonly continuedBlocks: number;
}

/**
 * Labels the texts of a file and writes them as a table. Vectors are kept block by block in
 * `checkpoints`, so a run that was killed goes on after the last finished block; rows that came with
 * a label keep it, and teach the others in whole-corpus mode.
 *
 * @throws DataError for what is wrong with the file, the labels, the rules or the examples
 */
export async function labelFile(options: LabelFileOptions): Promise<LabelledFile> {
  const { file, signal, onProgress, out } = options;
  const classifier = await classifierOf(options);
  const named = classifier ? parseLabels(classifier.labels) : await readLabels(options.labels!);
  const set = options.parents === true ? parentLabels(named) : named;
  const templates = parseTemplates(options.template, ["{}"]);
  const shares = sharesOf(options.balance, set);
  const rules = options.rules ? await readRules(options.rules, set.names) : [];
  const reviewed = options.reviewed === undefined ? [] : await readExamples(options.reviewed);
  const { rows, report } = readCorpus(file, columnsOf(options));
  const all: CorpusRow[] = [];
  for await (const row of rows) {
    signal?.throwIfAborted();
    all.push(row);
  }
  const encoder = classifier?.encoder ?? options.encoder ?? (await defaultEncoder());
  const started = performance.now();
  const blocks = new Blocks(options, encoder, await fingerprint(options));
  const vectors = await blocks.embed(all, onProgress, signal);
  const embedded = performance.now();
  const taught = taughtLabels(all, set, reviewed);
  const others = await otherVoters(options, all, set, vectors, rules, encoder);
  const { projection, corpus: together = false } = options;
  const { labels: found, calibratedOn } = await withCalibration(
    async (known) => {
      const settings = { shares, taught: known, rounds: 3, projection, onProgress, signal };
      const labelled = classifier
        ? await byClassifier(classifier, vectors, known)
        : together
          ? await labelEmbedded(encoder, vectors, set, settings)
          : await oneByOne(encoder, vectors, set, { templates, taught: known, projection, signal });
      const joined = withVotes(labelled, others, vectors.empty, set.names.length, known);
      return { ...joined, report: labelled.report };
    },
    taught,
    vectors.empty,
  );
  const { reports, report: labelReport, ...voted } = found;
  const seconds = {
    embed: (embedded - started) / 1000,
    label: (performance.now() - embedded) / 1000,
  };
  const corpus: CorpusLabels = {
    names: set.names,
    rows: all,
    ...voted,
    vectors: vectors.data,
    report: {
      ...labelReport,
      notes: [...set.notes, ...labelReport.notes],
      seconds,
      ...(calibratedOn > 0 && { calibratedOn }),
      ...(reports && { sources: reports }),
    },
  };
  const proposed = corpus.guess.slice();
  const abstained = abstain(corpus, taught, options.abstain ?? 0);
  await mkdir(dirname(out), { recursive: true });
  await writeLabelled(out, corpus);
  const badFile = report.bad.length > 0 ? badRowsFile(out) : undefined;
  if (badFile !== undefined) await writeBadRows(badFile, report.bad);
  return {
    corpus,
    set,
    proposed,
    emptyRows: vectors.empty,
    abstained,
    replaced: report.replaced,
    truncated: vectors.truncated.reduce((sum, flag) => sum + flag, 0),
    bad: report.bad.length,
    ...(badFile !== undefined && { badFile }),
    continuedBlocks: blocks.continued,
  };
}

function columnsOf({ textColumn, labelColumn, idColumn, skipBad }: LabelFileOptions) {
  return {
    ...(textColumn !== undefined && { textColumn }),
    ...(labelColumn !== undefined && { labelColumn }),
    ...(idColumn !== undefined && { idColumn }),
    ...(skipBad !== undefined && { skipBad }),
  };
}

interface OneByOne {
  readonly templates: readonly string[];
  readonly taught: Int32Array;
  readonly projection: WantedProjection;
  readonly signal: AbortSignal | undefined;
}

/** Each text by itself: the softmax of its cosines. */
async function oneByOne(
  encoder: Encoder,
  vectors: EmbeddedTexts,
  set: LabelSet,
  { templates, taught, projection, signal }: OneByOne,
): Promise<EmbeddedLabels> {
  const labels = await labelVectors(encoder, set, templates, signal);
  const space = await chooseSpace(projection, encoder, vectors, set, labels);
  const values = await products(inSpace(vectors, space), inSpace(labels, space));
  const classes = set.names.length;
  const table = { values, rows: vectors.count, classes };
  const scores =
    classes === 1 ? values : balance(table, undefined, { temperature: 1 / COSINE_SCALE });
  const single = classes === 1 ? ["one label: its confidence is the raw cosine"] : [];
  const notes = [...space.notes, ...single];
  return summarizeScores(scores, vectors.empty, classes, taught, { kind: "off", notes });
}

/** The classifier that shall label. @throws DataError where labels are missing, or do not go with it */
async function classifierOf(options: LabelFileOptions): Promise<Classifier | undefined> {
  const { model, labels, corpus, parents } = options;
  if (model === undefined) {
    if (labels !== undefined) return undefined;
    throw optionError("labels", "the labels, or the folder of a trained model", "neither");
  }
  const refused = Object.entries({ labels, corpus, parents }).find(([, value]) => value);
  if (refused) throw optionError(refused[0], "nothing beside a model, which has its own", "some");
  return loadClassifier(model);
}

async function byClassifier(
  classifier: Classifier,
  vectors: EmbeddedTexts,
  taught: Int32Array,
): Promise<EmbeddedLabels> {
  const { values, labels } = await classifier.scoreVectors(vectors.data);
  const settings = { kind: "off", notes: [] } as const;
  return summarizeScores(values, vectors.empty, labels.length, taught, settings);
}

/** The votes of the rules and of a classifier made of the examples. */
async function otherVoters(
  { examples, signal }: LabelFileOptions,
  rows: readonly CorpusRow[],
  set: LabelSet,
  vectors: EmbeddedTexts,
  rules: readonly LabellingFunction[],
  encoder: Encoder,
): Promise<Voter[]> {
  const votes = votesOf(rules, rows, set.names);
  const voters: Voter[] = rules.map(({ name }, rule) => ({ name, votes: votes[rule]! }));
  if (examples === undefined) return voters;
  const settings = { encoder, ...(signal && { signal }) };
  const classifier = await fewShot(await readExamples(examples), set.labels, settings);
  const { values } = await classifier.scoreVectors(vectors.data);
  return [...voters, scoreVoter(`few-shot ${classifier.method}`, values, set.names.length)];
}

/** The labelled rows of a table. */
export async function readExamples(
  path: string,
  columns: CorpusFileOptions = {},
): Promise<LabelledExample[]> {
  const examples: LabelledExample[] = [];
  for await (const { text, label } of readCorpus(path, columns).rows) {
    if (label !== undefined && label !== "") examples.push({ text, label });
  }
  return examples;
}

/** Takes the label from rows that are too doubtful; gives their number. */
function abstain(corpus: CorpusLabels, taught: Int32Array, below: number): number {
  let abstained = 0;
  corpus.confidence.forEach((value, row) => {
    if (value >= below || corpus.guess[row]! < 0 || taught[row]! >= 0) return;
    corpus.guess[row] = -1;
    abstained++;
  });
  return abstained;
}
