// The finished product: a small classifier distilled from a labelled corpus, which runs on its own.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomically } from "../../data/atomic-file.ts";
import { DataError } from "../../data/errors.ts";
import { permutation } from "../../data/random.ts";
import type { CorpusLabels } from "./api.ts";
import { classifierCard } from "./distil-card.ts";
import { encodeClassifier } from "./distil-onnx.ts";
import { learnTerms, plainWords, type Terms, termRows } from "./distil-terms.ts";
import { fitSparseSoftmax, type SparseSoftmax, scoreRow } from "./sparse-softmax.ts";

/** Options of `distil`. */
export interface DistilOptions {
  /** What the card calls it. Default `text classifier`. */
  readonly name?: string;
  /** Words and pairs of words at most; the commonest are kept. Default 50,000. */
  readonly maxTerms?: number;
  /** Texts that a term must be in. Default 1 up to 20,000 rows, 2 above. */
  readonly minTexts?: number;
  /** Passes over the rows. Default 30. */
  readonly epochs?: number;
  readonly seed?: number;
  readonly onProgress?: (progress: { phase: string; done: number; total?: number }) => void;
  readonly signal?: AbortSignal;
}

/** Figures of a distilled classifier, as its card shows them. */
export interface DistilFigures {
  readonly rows: number;
  readonly terms: number;
  readonly bytes: number;
  /** Share of the corpus's rows that get the corpus's label. */
  readonly agreement: number;
  /** The same for a fifth of the rows, by a classifier that learnt from the others. */
  readonly agreementUnseen: number;
  /** Rows per label. */
  readonly counts: readonly number[];
}

/** A classifier as a file, and what is to be known of it. */
export interface DistilledModel {
  readonly labels: readonly string[];
  /** The bytes of `classifier.onnx`. */
  readonly onnx: Uint8Array;
  /** Markdown: what it is, how it was made, how to run it, its figures. */
  readonly card: string;
  readonly figures: DistilFigures;
  /** Writes `classifier.onnx`, `labels.json` and the card as `README.md` into a folder. */
  save(folder: string): Promise<void>;
}

interface Student {
  readonly terms: Terms;
  readonly model: SparseSoftmax;
}

/**
 * Distils the labels of a corpus into a linear classifier over words and pairs of words: an ONNX file
 * that takes texts and gives labels and probabilities, by ONNX Runtime alone.
 *
 * @throws DataError where no row is labelled
 */
export async function distil(
  corpus: Pick<CorpusLabels, "names" | "rows" | "guess">,
  options: DistilOptions = {},
): Promise<DistilledModel> {
  const { names } = corpus;
  const labelled = [...corpus.rows.keys()].filter((row) => corpus.guess[row]! >= 0);
  if (labelled.length === 0) {
    const expected = "a corpus with labelled rows";
    const received = `${corpus.rows.length} rows, none of them labelled`;
    throw new DataError({ code: "option", field: "corpus", expected, received });
  }
  const texts = labelled.map((row) => plainWords(corpus.rows[row]!.text));
  const labels = Int32Array.from(labelled, (row) => corpus.guess[row]!);
  const order = permutation(texts.length, options.seed ?? 1);
  const cut = Math.floor(texts.length / 5);
  const part = (rows: Int32Array) =>
    [Array.from(rows, (row) => texts[row]!), Int32Array.from(rows, (row) => labels[row]!)] as const;
  const learn = (phase: string, [own, truth]: ReturnType<typeof part>) =>
    teach(own, truth, names.length, phase, options);
  const held = learn("check", part(order.subarray(cut)));
  const agreementUnseen = cut === 0 ? Number.NaN : agreement(held, ...part(order.subarray(0, cut)));
  const student = learn("distil", [texts, labels]);
  const metadata = { labels: JSON.stringify(names), input: "lower-case words, one blank between" };
  const onnx = encodeClassifier(student.terms, student.model, names, metadata);
  const counts = names.map((_, label) => labels.filter((each) => each === label).length);
  const figures: DistilFigures = {
    rows: texts.length,
    terms: student.terms.names.length,
    bytes: onnx.length,
    agreement: agreement(student, texts, labels),
    agreementUnseen,
    counts,
  };
  const card = classifierCard(options.name ?? "text classifier", names, figures);
  return {
    labels: names,
    onnx,
    card,
    figures,
    async save(folder) {
      await mkdir(folder, { recursive: true });
      await writeFileAtomically(join(folder, "classifier.onnx"), [onnx]);
      await writeFile(join(folder, "labels.json"), `${JSON.stringify(names, null, 2)}\n`);
      await writeFile(join(folder, "README.md"), card);
    },
  };
}

function teach(
  texts: readonly string[],
  labels: Int32Array,
  classes: number,
  phase: string,
  { maxTerms = 50_000, minTexts, epochs, seed, onProgress, signal }: DistilOptions,
): Student {
  const terms = learnTerms(texts, maxTerms, minTexts ?? (texts.length > 20_000 ? 2 : 1));
  const model = fitSparseSoftmax(termRows(texts, terms), labels, classes, {
    ...(epochs !== undefined && { epochs }),
    ...(seed !== undefined && { seed }),
    onEpoch(done, total) {
      signal?.throwIfAborted();
      onProgress?.({ phase, done, total });
    },
  });
  return { terms, model };
}

function agreement(
  { terms, model }: Student,
  texts: readonly string[],
  labels: Int32Array,
): number {
  const rows = termRows(texts, terms);
  const scores = new Float32Array(model.classes);
  let same = 0;
  for (let row = 0; row < texts.length; row++) {
    scoreRow(model, rows, row, scores);
    if (scores.indexOf(Math.max(...scores)) === labels[row]) same++;
  }
  return same / texts.length;
}
