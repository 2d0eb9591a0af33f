// The label doctor: looks at labels and texts together and says which labels will not work, and why.
import type { Encoder, LabelAdvice, Labels } from "./api.ts";
import { plainWords } from "./distil-terms.ts";
import { tellingTerms, termCounts } from "./doctor-terms.ts";
import { defaultEncoder, embedTexts, labelVectors } from "./label-vectors.ts";
import { ensembleTemplates, type LabelSet, parseLabels, wordings } from "./labels.ts";
import { meanVector, products, takeVectors, unitRows, type Vectors } from "./vectors.ts";

/** Options of `labelDoctor`. */
export interface LabelDoctorOptions {
  readonly encoder?: Encoder;
  /** Texts that are looked at; more are sampled evenly. Default 5,000. */
  readonly maxTexts?: number;
  /** The texts' unit vectors, where they are at hand. */
  readonly vectors?: Vectors;
  readonly signal?: AbortSignal;
}

/** Two labels whose scores rise and fall together this much cannot be told apart by their words. */
const OVERLAP = 0.75;
/** A label that is best for less than this part of its fair share says nothing about these texts. */
const RARE = 0.1;
/** A label that is best for so many times its fair share, with small leads, catches what is left over. */
const GREEDY = 4;
/** Texts as similar as this speak of one thing; a group needs so many, and this share of all. */
const SIMILAR = 0.5;
const GROUP_LEAST = 4;
const GROUP_SHARE = 0.005;
/** Share of the texts that fit their label worst, among which missing labels are looked for. */
const WORST_SHARE = 0.25;
/** A group fits no label where its best cosine is at most this part of what is usual. */
const MISFIT = 0.6;
/** A new wording must be nearer to the label's surest texts by this much cosine. */
const BETTER = 0.05;
const SUREST = 20;
const EXAMPLES = 3;

/** Texts and labels in one space, centred on their means, and what follows for each text. */
interface Examination {
  readonly texts: readonly string[];
  readonly set: LabelSet;
  readonly vectors: Vectors;
  readonly labelMean: Float64Array;
  /** Cosines [texts, labels]. */
  readonly scores: Float32Array;
  /** Best label of each text, its lead over the second, and its score. */
  readonly best: Int32Array;
  readonly lead: Float32Array;
  readonly top: Float32Array;
}

/**
 * Advice on labels for these texts, the strongest first:
 *
 * - vague: a label that is the best of hardly any text, or of very many by a hair;
 * - overlap: two labels whose scores rise and fall together;
 * - missing: a group of texts that are alike and fit no label;
 * - wording: words that the label's surest texts share and that bring it nearer to them.
 *
 * Nothing is known of the true labels: advice is a reason to look, not a verdict.
 *
 * @throws DataError for labels that cannot be used
 */
export async function labelDoctor(
  texts: readonly string[],
  labels: Labels,
  { encoder, maxTexts = 5000, vectors, signal }: LabelDoctorOptions = {},
): Promise<LabelAdvice[]> {
  const set = parseLabels(labels);
  const model = encoder ?? (await defaultEncoder());
  const rows = sampled(texts, maxTexts);
  const some = rows.map((row) => texts[row]!);
  const embedded = vectors ? takeVectors(vectors, rows) : await embedTexts(model, some, { signal });
  const patient = await examine(model, some, embedded, set, signal);
  if (patient.texts.length === 0) return [];
  const advice = [
    ...vagueLabels(patient),
    ...overlaps(patient),
    ...(await missingLabels(patient)),
    ...(await betterWordings(model, patient, signal)),
  ];
  return advice.sort((a, b) => b.strength - a.strength);
}

/** Rows of texts that are not blank, spread evenly where there are too many. */
function sampled(texts: readonly string[], most: number): number[] {
  const some = [...texts.keys()].filter((row) => texts[row]!.trim() !== "");
  if (some.length <= most) return some;
  return Array.from({ length: most }, (_, i) => some[Math.floor((i * some.length) / most)]!);
}

async function examine(
  encoder: Encoder,
  given: readonly string[],
  embedded: Vectors,
  set: LabelSet,
  signal?: AbortSignal,
): Promise<Examination> {
  // A text without anything known has a vector of zeros.
  const kept = Int32Array.from(given.keys()).filter((row) =>
    embedded.data.subarray(row * embedded.dim, (row + 1) * embedded.dim).some((x) => x !== 0),
  );
  const own = takeVectors(embedded, kept);
  const vectors = unitRows(own, meanVector(own));
  const named = await labelVectors(encoder, set, ensembleTemplates, signal);
  const labelMean = meanVector(named);
  // One label has nothing to be compared with: it is taken as it is.
  const centred = set.labels.length > 1 ? unitRows(named, labelMean) : named;
  const scores = await products(vectors, centred);
  const classes = set.labels.length;
  const best = new Int32Array(kept.length);
  const lead = new Float32Array(kept.length);
  const top = new Float32Array(kept.length);
  for (let row = 0; row < kept.length; row++) {
    const line = scores.subarray(row * classes, (row + 1) * classes);
    const order = [...line.keys()].sort((a, b) => line[b]! - line[a]!);
    best[row] = order[0]!;
    top[row] = line[order[0]!]!;
    lead[row] = classes > 1 ? top[row]! - line[order[1]!]! : 0;
  }
  const texts = Array.from(kept, (row) => given[row]!);
  return { texts, set, vectors, labelMean, scores, best, lead, top };
}

function rowsOf({ best, top }: Examination, label: number): number[] {
  return [...best.keys()].filter((row) => best[row] === label).sort((a, b) => top[b]! - top[a]!);
}

function examplesOf({ texts }: Examination, rows: readonly number[]): string[] {
  return rows.slice(0, EXAMPLES).map((row) => texts[row]!);
}

function vagueLabels(patient: Examination): LabelAdvice[] {
  const { texts, set, lead } = patient;
  const fair = texts.length / set.labels.length;
  if (set.labels.length < 2 || fair < 3) return [];
  const middleLead = median([...lead]);
  return set.names.flatMap((name, label): LabelAdvice[] => {
    const own = rowsOf(patient, label);
    if (own.length < RARE * fair) {
      const count = own.length === 0 ? "no text" : `${own.length} of ${texts.length} texts`;
      return [
        {
          kind: "vague",
          labels: [name],
          message: `"${name}" is the best label of ${count}: nothing here speaks of it in these words`,
          examples: examplesOf(patient, own),
          strength: 0.6 + 0.4 * (1 - own.length / (RARE * fair)),
        },
      ];
    }
    const ownLead = median(own.map((row) => lead[row]!));
    if (own.length < GREEDY * fair || ownLead >= middleLead) return [];
    const nearest = [...own].sort((a, b) => lead[a]! - lead[b]!);
    return [
      {
        kind: "vague",
        labels: [name],
        message: `"${name}" catches ${own.length} of ${texts.length} texts, most by a hair: it is too general`,
        examples: examplesOf(patient, nearest),
        strength: Math.min(1, own.length / (2 * GREEDY * fair)),
      },
    ];
  });
}

function overlaps(patient: Examination): LabelAdvice[] {
  const { texts, set, scores, best } = patient;
  const classes = set.labels.length;
  const columns = set.names.map((_, label) =>
    Float64Array.from(texts, (_, row) => scores[row * classes + label]!),
  );
  const found: LabelAdvice[] = [];
  for (let a = 0; a < classes; a++) {
    for (let b = a + 1; b < classes; b++) {
      const together = correlation(columns[a]!, columns[b]!);
      if (together < OVERLAP) continue;
      const gap = (row: number) => Math.abs(columns[a]![row]! - columns[b]![row]!);
      const between = [...best.keys()]
        .filter((row) => best[row] === a || best[row] === b)
        .sort((x, y) => gap(x) - gap(y));
      const [one, other] = [set.names[a]!, set.names[b]!];
      found.push({
        kind: "overlap",
        labels: [one, other],
        message: `"${one}" and "${other}" are hard to tell apart here (correlation ${together.toFixed(2)}): describe the difference, or merge them`,
        examples: examplesOf(patient, between),
        strength: together,
      });
    }
  }
  return found;
}

/** Groups of alike texts among those that fit their label worst: the densest first, at most five. */
async function missingLabels(patient: Examination): Promise<LabelAdvice[]> {
  const { texts, vectors, top } = patient;
  const worst = [...top.keys()].sort((a, b) => top[a]! - top[b]!);
  const some = worst.slice(0, Math.min(2000, Math.ceil(WORST_SHARE * worst.length)));
  const own = takeVectors(vectors, some);
  const alike = await products(own, own);
  const least = Math.max(GROUP_LEAST, Math.ceil(GROUP_SHARE * texts.length));
  const free = new Set(some.keys());
  const words = texts.map(plainWords);
  const counts = termCounts(words);
  const usual = median([...top]);
  const found: LabelAdvice[] = [];
  while (found.length < 5) {
    let group: number[] = [];
    for (const seed of free) {
      const near = [...free].filter((other) => alike[seed * some.length + other]! > SIMILAR);
      if (near.length > group.length) group = near;
    }
    if (group.length < least) break;
    for (const member of group) free.delete(member);
    const rows = group.map((member) => some[member]!);
    const fit = median(rows.map((row) => top[row]!));
    if (fit > MISFIT * usual) continue;
    const terms = tellingTerms(
      rows.map((row) => words[row]!),
      counts,
      texts.length,
    ).slice(0, 3);
    found.push({
      kind: "missing",
      labels: [],
      message: `${rows.length} texts are alike and fit no label: ${terms.length > 0 ? terms.join(", ") : "see the examples"}`,
      ...(terms.length > 0 && { proposal: terms.join(", ") }),
      examples: examplesOf(patient, rows),
      strength: Math.max(0, Math.min(1, 1 - fit / Math.max(usual, 1e-6))),
    });
  }
  return found;
}

async function betterWordings(
  encoder: Encoder,
  patient: Examination,
  signal?: AbortSignal,
): Promise<LabelAdvice[]> {
  const { texts, set, vectors, labelMean } = patient;
  const words = texts.map(plainWords);
  const counts = termCounts(words);
  const tries = set.labels.flatMap((spec, label) => {
    const rows = rowsOf(patient, label).slice(0, SUREST);
    if (rows.length < GROUP_LEAST) return [];
    const known = new Set(wordings(spec).flatMap((each) => plainWords(each).split(" ")));
    const terms = tellingTerms(
      rows.map((row) => words[row]!),
      counts,
      texts.length,
    ).filter((term) => !term.split(" ").every((word) => known.has(word)));
    return terms
      .slice(0, 4)
      .map((term) => ({ label, rows, wording: `${wordings(spec)[0]}, ${term}` }));
  });
  if (tries.length === 0 || set.labels.length < 2) return [];
  const candidates = parseLabels(
    tries.map(({ wording }, i) => ({ name: `${i}`, description: wording })),
  );
  const embedded = await labelVectors(encoder, candidates, ensembleTemplates, signal);
  const nearness = await products(vectors, unitRows(embedded, labelMean));
  const gains = tries.map(({ label, rows }, i) => {
    const mean = (values: Float32Array, width: number, column: number) =>
      rows.reduce((sum, row) => sum + values[row * width + column]!, 0) / rows.length;
    const before = mean(patient.scores, set.labels.length, label);
    const after = mean(nearness, tries.length, i);
    return { before, after, gain: after - before };
  });
  return set.names.flatMap((name, label): LabelAdvice[] => {
    const own = tries.flatMap((each, i) => (each.label === label ? [i] : []));
    const [first] = own.sort((a, b) => gains[b]!.gain - gains[a]!.gain);
    if (first === undefined || gains[first]!.gain < BETTER) return [];
    const { before, after, gain } = gains[first]!;
    const { wording, rows } = tries[first]!;
    const figures = `${before.toFixed(2)} to ${after.toFixed(2)}`;
    return [
      {
        kind: "wording",
        labels: [name],
        message: `"${wording}" is nearer to the surest texts of "${name}" (cosine ${figures})`,
        proposal: wording,
        examples: examplesOf(patient, rows),
        strength: Math.min(1, 2 * gain),
      },
    ];
  });
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0 ? 0 : sorted[sorted.length >> 1]!;
}

function correlation(a: Float64Array, b: Float64Array): number {
  const mean = (values: Float64Array) => values.reduce((sum, x) => sum + x, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [both, squaresA, squaresB] = [0, 0, 0];
  a.forEach((value, i) => {
    const [x, y] = [value - meanA, b[i]! - meanB];
    both += x * y;
    squaresA += x * x;
    squaresB += y * y;
  });
  return both / (Math.sqrt(squaresA * squaresB) || 1);
}
