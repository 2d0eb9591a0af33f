// What a labelling run left for its page, and what follows from where the slider stands.
import type {
  CorpusView,
  LabelAdvice,
  Labelling,
  LabelSpec,
  MapView,
} from "../../systems/zero-shot/wire.ts";

export type {
  CorpusView,
  LabelAdvice,
  Labelling,
  LabelSpec,
  MapsView,
  MapView,
} from "../../systems/zero-shot/wire.ts";

/** The artifact `sources.json`. */
export interface Sources {
  readonly sources: readonly {
    readonly name: string;
    readonly coverage?: number;
    readonly overlap?: number;
    readonly conflict?: number;
    /** As the model of the votes estimates it. */
    readonly accuracy?: number;
    /** Where true labels are known. */
    readonly right?: number | null;
  }[];
  /** Share of the texts that both vote on where they agree; null where there are none. */
  readonly agreement: readonly (readonly (number | null)[])[];
}

/** The labelling that is shown: the run's own, or that of the cosines in the space of the map. */
export function chosenLabelling(view: CorpusView, map: MapView["kind"], own: boolean): Labelling {
  const byKind = (kind: Labelling["kind"]) => view.labellings.find((each) => each.kind === kind);
  return (own ? undefined : byKind(map)) ?? view.labellings[0];
}

/** Whether the run's own labels are more than the cosines' alone. */
export function hasOwn(view: CorpusView): boolean {
  return view.labellings.some(({ kind }) => kind === "plain");
}

/** Where the slider stands at first: at the confidence below which the run gave no label. */
export function firstShare(view: CorpusView): number {
  const { least } = view.labellings[0].thresholds;
  return view.abstain === 0
    ? 100
    : Math.max(
        0,
        least.findLastIndex((each) => each >= view.abstain),
      );
}

/** What the slider keeps, over all rows of the run. */
export interface Kept {
  readonly kept: number;
  readonly without: number;
  /** Texts with a confidence below this lose their label. */
  readonly least: number;
  /** By label. */
  readonly byLabel: readonly number[];
  /** Of the kept texts with a true label: how many there are, and the share that is right. */
  readonly known: number;
  readonly accuracy: number | null;
}

/** Counts at a share of the surest texts, 0 to 100. */
export function keptAt({ thresholds, rows }: Labelling, share: number): Kept {
  const byLabel = thresholds.kept.map((list) => list[share]);
  const kept = byLabel.reduce((sum, count) => sum + count, 0);
  const known = thresholds.known?.[share] ?? 0;
  const right = thresholds.right?.[share] ?? 0;
  return {
    kept,
    without: rows - kept,
    least: thresholds.least[share],
    byLabel,
    known,
    accuracy: known > 0 ? right / known : null,
  };
}

/** A text that a person has judged. */
export interface Judged {
  readonly guess: string | null;
  readonly answer: string | null;
  /** 1 less the confidence of the guess. */
  readonly doubt: number;
}

/** Fewer answers than this say nothing of accuracy. */
const judgedLeast = 10;

/** The labelling with what people said in place of true labels, where none are known. */
export function judgedBy(labelling: Labelling, judged: readonly Judged[]): Labelling {
  const { thresholds } = labelling;
  if (thresholds.known || judged.length < judgedLeast) return labelling;
  const count = (right: boolean) =>
    thresholds.least.map(
      (least) =>
        // The doubt has lost a digit on its way from the confidence.
        judged.filter(
          ({ guess, answer, doubt }) => 1 - doubt >= least - 1e-6 && (!right || guess === answer),
        ).length,
    );
  return { ...labelling, thresholds: { ...thresholds, known: count(false), right: count(true) } };
}

/** Points of the curve over the shares from 1 to 100: accuracy where it is known, else confidence. */
export function curveOf({ thresholds }: Labelling): readonly (number | null)[] {
  const { least, known, right } = thresholds;
  return least.map((confidence, share) => {
    if (share === 0) return null;
    if (!known || !right) return confidence;
    return known[share] > 0 ? right[share] / known[share] : null;
  });
}

/** Places of the texts that the table shows: of one label, with some words, the most doubtful first. */
export function tableTexts(
  { texts }: CorpusView,
  { guess, confidence }: Labelling,
  { label, words }: { readonly label: number | null; readonly words: string },
): number[] {
  const wanted = words.trim().toLowerCase();
  return texts.text
    .flatMap((text, i) => {
      const fits = label === null || guess[i] === label;
      return fits && (wanted === "" || text.toLowerCase().includes(wanted)) ? [i] : [];
    })
    .sort((a, b) => confidence[a] - confidence[b]);
}

/** The labels after a piece of advice was taken: reworded, merged, or one more. */
export function adviseLabels(
  labels: readonly LabelSpec[],
  { kind, labels: about }: Pick<LabelAdvice, "kind" | "labels">,
  words: string,
): LabelSpec[] {
  const wording = words.trim();
  if (kind === "missing") {
    // Shares that are given for the others would no longer sum to 1.
    return [...labels.map(({ prior: _, ...label }) => label), { name: wording }];
  }
  if (kind === "overlap") {
    const [one, other] = about.map((name) => labels.find((label) => label.name === name));
    if (!one || !other) return [...labels];
    const synonyms = [
      ...(one.synonyms ?? []),
      other.description ?? other.name,
      ...(other.synonyms ?? []),
    ];
    const prior = one.prior === undefined ? {} : { prior: one.prior + (other.prior ?? 0) };
    const merged = {
      ...one,
      name: wording,
      description: one.description ?? one.name,
      synonyms,
      ...prior,
    };
    return labels.flatMap((label) => (label === one ? [merged] : label === other ? [] : [label]));
  }
  return labels.map((label) =>
    label.name === about[0] ? { ...label, description: wording } : label,
  );
}

/** A table of checked labels, as labs take it. */
export function checkedCsv(
  rows: readonly { readonly text: string; readonly label: string }[],
): string {
  const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;
  return `${["text,label", ...rows.map(({ text, label }) => `${cell(text)},${cell(label)}`)].join("\r\n")}\r\n`;
}
