// Labels a file of texts as a job: block by block, continued where it was cut off, with the doubtful ones set apart.
import { createHash } from "node:crypto";
import { mkdir, readFile, rename, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { writeFileAtomically } from "../../data/atomic-file.ts";
import type { Encoder } from "../../models/encoders/encoder.ts";
import type {
  Balance,
  CorpusLabels,
  CorpusRow,
  LabelledExample,
  LabellingFunction,
} from "./api.ts";
import { balance } from "./balance.ts";
import { labelEmbedded, sharesOf, taughtLabels } from "./corpus.ts";
import { type EmbeddedLabels, summarizeScores } from "./corpus-summary.ts";
import { fewShot } from "./few-shot.ts";
import { COSINE_SCALE } from "./finetune.ts";
import { readCorpus } from "./formats/corpus-file.ts";
import { writeBadRows, writeLabelled } from "./formats/labelled-file.ts";
import {
  defaultEncoder,
  type EmbeddedTexts,
  embedTexts,
  labelVectors,
  type OnProgress,
} from "./label-vectors.ts";
import { readRules, votesOf } from "./labelling.ts";
import { type LabelSet, parseTemplates, readLabels } from "./labels.ts";
import { products } from "./vectors.ts";
import { scoreVoter, type Voter, withVotes } from "./voting.ts";

/** Arguments of `labelFile`. */
export interface LabelFileOptions {
  readonly file: string;
  /** `a, b, c`, or a file of labels; see `readLabels`. */
  readonly labels: string;
  /** Label all texts together (`labelCorpus`) instead of one by one. Default false. */
  readonly corpus?: boolean;
  readonly balance?: Balance;
  readonly template?: string;
  /** Texts with a confidence below this get no label. Default 0. */
  readonly abstain?: number;
  readonly rules?: string;
  /** A table of a few texts with labels. */
  readonly examples?: string;
  readonly textColumn?: string;
  readonly labelColumn?: string;
  readonly idColumn?: string;
  /** Leave out rows that cannot be read; they are listed in a file of their own. */
  readonly skipBad?: boolean;
  /** Where the labelled table goes: .csv, .tsv, .jsonl or .parquet. */
  readonly out: string;
  /** Folder of finished blocks; those of a run that was cut off are looked for in both. */
  readonly checkpoints: string;
  readonly formerCheckpoints?: string;
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

/** Rows of a block: what a kill costs at most. */
const BLOCK_ROWS = 2048;

/**
 * Labels the texts of a file and writes them as a table. Vectors are kept block by block in
 * `checkpoints`, so a run that was killed goes on after the last finished block; rows that came with
 * a label keep it, and teach the others in whole-corpus mode.
 *
 * @throws DataError for what is wrong with the file, the labels, the rules or the examples
 */
export async function labelFile(options: LabelFileOptions): Promise<LabelledFile> {
  const { file, signal, onProgress, out } = options;
  const set = await readLabels(options.labels);
  const templates = parseTemplates(options.template, ["{}"]);
  const shares = sharesOf(options.balance, set);
  const rules = options.rules ? await readRules(options.rules, set.names) : [];
  const { rows, report } = readCorpus(file, columnsOf(options));
  const all: CorpusRow[] = [];
  for await (const row of rows) {
    signal?.throwIfAborted();
    all.push(row);
  }
  const encoder = options.encoder ?? (await defaultEncoder());
  const started = performance.now();
  const blocks = new Blocks(options, encoder, await fingerprint(options));
  const vectors = await blocks.embed(all, onProgress, signal);
  const embedded = performance.now();
  const taught = taughtLabels(all, set);
  const labelled =
    options.corpus === true
      ? await labelEmbedded(encoder, vectors, set, {
          shares,
          taught,
          rounds: 3,
          ...(onProgress && { onProgress }),
          ...(signal && { signal }),
        })
      : await oneByOne(encoder, vectors, set, templates, taught, signal);
  const others = await otherVoters(options, all, set, vectors, rules, encoder);
  const classes = set.names.length;
  const { reports, ...voted } = withVotes(labelled, others, vectors.empty, classes, taught);
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
      ...labelled.report,
      notes: [...set.notes, ...labelled.report.notes],
      seconds,
      ...(reports && { sources: reports }),
    },
  };
  const proposed = corpus.guess.slice();
  const abstained = abstain(corpus, taught, options.abstain ?? 0);
  await mkdir(dirname(out), { recursive: true });
  await writeLabelled(out, corpus);
  const badFile = report.bad.length > 0 ? out.replace(/(\.[^.]+)?$/, ".bad.jsonl") : undefined;
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

/** Each text by itself: the softmax of its cosines. */
async function oneByOne(
  encoder: Encoder,
  vectors: EmbeddedTexts,
  set: LabelSet,
  templates: readonly string[],
  taught: Int32Array,
  signal: AbortSignal | undefined,
): Promise<EmbeddedLabels> {
  const values = await products(vectors, await labelVectors(encoder, set, templates, signal));
  const classes = set.names.length;
  const table = { values, rows: vectors.count, classes };
  const scores =
    classes === 1 ? values : balance(table, undefined, { temperature: 1 / COSINE_SCALE });
  const notes = classes === 1 ? ["one label: its confidence is the raw cosine"] : [];
  return summarizeScores(scores, vectors.empty, classes, taught, { kind: "off", notes });
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

async function readExamples(path: string): Promise<LabelledExample[]> {
  const examples: LabelledExample[] = [];
  for await (const { text, label } of readCorpus(path).rows) {
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

/** Tells runs of other input apart: their blocks are of no use. */
async function fingerprint({ file, textColumn = "", skipBad = false }: LabelFileOptions) {
  const { size, mtimeMs } = await stat(file);
  const key = JSON.stringify([file, size, mtimeMs, textColumn, skipBad, BLOCK_ROWS]);
  return createHash("sha256").update(key).digest("hex").slice(0, 16);
}

/** Finished blocks of vectors on disk. */
class Blocks {
  /** Blocks that were there from before. */
  continued = 0;
  readonly #options: LabelFileOptions;
  readonly #encoder: Encoder;
  readonly #key: string;

  constructor(options: LabelFileOptions, encoder: Encoder, key: string) {
    this.#options = options;
    this.#encoder = encoder;
    this.#key = `${key}-${encoder.name}`;
  }

  async embed(
    rows: readonly CorpusRow[],
    onProgress: OnProgress | undefined,
    signal: AbortSignal | undefined,
  ): Promise<EmbeddedTexts> {
    const { dim } = this.#encoder;
    const data = new Float32Array(rows.length * dim);
    const empty = new Uint8Array(rows.length);
    const truncated = new Uint8Array(rows.length);
    await mkdir(this.#options.checkpoints, { recursive: true });
    for (let from = 0; from < rows.length; from += BLOCK_ROWS) {
      signal?.throwIfAborted();
      const texts = rows.slice(from, from + BLOCK_ROWS).map((row) => row.text);
      const block = await this.#block(from / BLOCK_ROWS, texts, signal);
      data.set(block.data, from * dim);
      empty.set(block.empty, from);
      truncated.set(block.truncated, from);
      onProgress?.({ phase: "embed", done: from + texts.length, total: rows.length });
    }
    return { data, count: rows.length, dim, empty, truncated };
  }

  async #block(
    number: number,
    texts: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<Pick<EmbeddedTexts, "data" | "empty" | "truncated">> {
    const name = `${this.#key}-${String(number).padStart(6, "0")}.block`;
    const path = join(this.#options.checkpoints, name);
    const floats = texts.length * this.#encoder.dim;
    const bytes = (await this.#kept(path, name)) ?? Buffer.alloc(0);
    if (bytes.length === 4 * floats + 2 * texts.length) {
      this.continued++;
      const copy = Uint8Array.from(bytes);
      const flags = copy.subarray(4 * floats);
      return {
        data: new Float32Array(copy.buffer, 0, floats),
        empty: flags.subarray(0, texts.length),
        truncated: flags.subarray(texts.length),
      };
    }
    const { data, empty, truncated } = await embedTexts(this.#encoder, texts, { signal });
    const vectors = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    await writeFileAtomically(path, [vectors, empty, truncated]);
    return { data, empty, truncated };
  }

  /** A block of this run, or one taken over from the run that it continues. */
  async #kept(path: string, name: string): Promise<Buffer | undefined> {
    const own = await readFile(path).catch(() => undefined);
    const { formerCheckpoints } = this.#options;
    if (own !== undefined || formerCheckpoints === undefined) return own;
    await rename(join(formerCheckpoints, name), path).catch(() => {});
    return readFile(path).catch(() => undefined);
  }
}
