// What a labelling run leaves for its page: the types of its JSON artifacts, which the Studio reads too.

/** A class as a user describes it. Only the name is needed; the rest makes its meaning clearer. */
export interface LabelSpec {
  /** What the class is called in the results. */
  readonly name: string;
  /** What is embedded or judged in the name's place, e.g. "a message in a technical discussion". */
  readonly description?: string;
  /** Further wordings; the label's vector is the mean over all of them. */
  readonly synonyms?: readonly string[];
  /** A larger class that this one belongs to. */
  readonly parent?: string;
  /** Sentence for this label alone, with one `{}` where the wording goes. */
  readonly template?: string;
  /** Expected share of this class, 0 to 1; either all labels have one (with sum 1) or none. */
  readonly prior?: number;
}

/** Advice of the label doctor on one label, or on a label that is missing. */
export interface LabelAdvice {
  readonly kind: "vague" | "overlap" | "missing" | "wording";
  /** Names of the labels it is about; empty for a missing one. */
  readonly labels: readonly string[];
  /** One sentence for a person. */
  readonly message: string;
  /** A better wording, or words that a missing label might be made of. */
  readonly proposal?: string;
  /** Texts that show it. */
  readonly examples: readonly string[];
  /** How strongly it is meant, 0 to 1. */
  readonly strength: number;
}

/** Who gave the labels: the run itself, or the cosines alone, before or after the projection. */
export type LabellingKind = "run" | "plain" | "projected";

/** What is kept when only the surest texts are labelled: entry q of each list is for the surest q%. */
export interface Thresholds {
  /** Texts with a confidence of at least this keep their label. */
  readonly least: readonly number[];
  /** Texts kept, [labels][101]. */
  readonly kept: readonly (readonly number[])[];
  /** Texts kept whose true label is known, and of these the rightly labelled ones. */
  readonly known?: readonly number[];
  readonly right?: readonly number[];
}

/** One labelling, of the texts on the map and in figures of all of its rows. */
export interface Labelling {
  readonly kind: LabellingKind;
  /** Rows that it labelled. */
  readonly rows: number;
  /** By text of the map: number of the label, -1 where there is none. */
  readonly guess: readonly number[];
  readonly second: readonly number[];
  readonly confidence: readonly number[];
  readonly thresholds: Thresholds;
}

/** The artifact `corpus.json`. */
export interface CorpusView {
  readonly rows: number;
  /** Whether the texts were labelled together. */
  readonly together: boolean;
  /** The confidence below which the run gave no label. */
  readonly abstain: number;
  readonly labels: readonly LabelSpec[];
  /** Words that speak for each label. */
  readonly keywords: readonly (readonly string[])[];
  /** The texts of the map, by column. */
  readonly texts: {
    readonly row: readonly number[];
    readonly text: readonly string[];
    /** True label, -1 where it is not known. */
    readonly truth?: readonly number[];
  };
  readonly labellings: readonly Labelling[];
  /** How the projection's labels and the plain ones agree with clusters of the texts (0 to 1). */
  readonly projection?: { readonly plain: number; readonly projected: number };
}

/** Positions on a map, whole numbers from 0 to 10,000, y downwards. */
export interface MapView {
  readonly kind: "plain" | "projected";
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** Where the labels stand. */
  readonly flags: readonly (readonly [number, number])[];
}

/** The artifact `map.json`. */
export interface MapsView {
  /** Iterations done of those to do, over all maps. */
  readonly done: number;
  readonly total: number;
  readonly maps: readonly MapView[];
}

/** Rows whose guess a person should see, with the rows among them that are alike (cosine, falling). */
export type SimilarRows = Readonly<Record<string, readonly (readonly [number, number])[]>>;
