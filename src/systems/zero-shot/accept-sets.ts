// The real test sets of the acceptance criteria: intents (CLINC150, BANKING77, SNIPS) and WordNet's glosses.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readTable } from "../../data/index.ts";
import { nineTopics, readWordNet, sampleTopics } from "./wordnet.ts";

/** Texts with a label each. */
export interface LabelledSet {
  readonly name: string;
  readonly labels: readonly string[];
  readonly texts: readonly string[];
  /** Number of each text's label. */
  readonly truth: Int32Array;
}

/** Where the sets lie: `$DEEPDIVE_DATA/zero-shot`, or beside the repository. Undefined where they are not. */
export function setsFolder(): string | undefined {
  const folders = [process.env.DEEPDIVE_DATA, "../shared/data"].filter(
    (each) => each !== undefined,
  );
  return folders.map((each) => join(each, "zero-shot")).find((each) => existsSync(each));
}

/** What a criterion says where the sets are missing. */
export const noSets = "the intent sets are not there: put them into $DEEPDIVE_DATA/zero-shot";

type Pairs = readonly (readonly [string, string])[];

function toSet(name: string, pairs: Pairs, labels: readonly string[]): LabelledSet {
  return {
    name,
    labels: labels.map((label) => label.replaceAll("_", " ")),
    texts: pairs.map(([text]) => text),
    truth: Int32Array.from(pairs, ([, label]) => labels.indexOf(label)),
  };
}

const distinct = (pairs: Pairs) => [...new Set(pairs.map(([, label]) => label))].sort();

/** CLINC150 (Larson et al. 2019): 150 intents and out-of-scope queries. */
export async function readClinc(folder: string) {
  const parts = JSON.parse(await readFile(join(folder, "clinc150_full.json"), "utf8")) as Record<
    "train" | "test" | "oos_test",
    Pairs
  >;
  const labels = distinct(parts.train);
  return {
    train: toSet("CLINC150", parts.train, labels),
    test: toSet("CLINC150", parts.test, labels),
    outOfScope: parts.oos_test.map(([text]) => text),
  };
}

/** BANKING77 (Casanueva et al. 2020): 77 intents of customers of a bank. */
export async function readBanking(folder: string) {
  const read = async (part: string): Promise<Pairs> => {
    const { columns } = await readTable(join(folder, `banking77_${part}.csv`));
    const [texts, labels] = columns.map((column) => column.values as string[]);
    return texts!.map((text, row) => [text, labels![row]!] as const);
  };
  const [train, test] = [await read("train"), await read("test")];
  const labels = distinct(train);
  return { train: toSet("BANKING77", train, labels), test: toSet("BANKING77", test, labels) };
}

/** Wording of the labels of SNIPS (Coucke et al. 2018). */
const snips = {
  AddToPlaylist: "add to playlist",
  BookRestaurant: "book a restaurant",
  GetWeather: "get the weather",
  PlayMusic: "play music",
  RateBook: "rate a book",
  SearchCreativeWork: "search for a creative work",
  SearchScreeningEvent: "search for a movie screening",
} as const;

/** The validation part of SNIPS: 7 intents, 100 queries each. */
export async function readSnips(folder: string): Promise<LabelledSet> {
  const pairs: [string, string][] = [];
  for (const [intent, label] of Object.entries(snips)) {
    const file = await readFile(join(folder, `snips_validate_${intent}.json`), "utf8");
    const queries = JSON.parse(file)[intent] as { data: { text: string }[] }[];
    for (const { data } of queries) pairs.push([data.map(({ text }) => text).join(""), label]);
  }
  return toSet("SNIPS", pairs, Object.values(snips));
}

/** WordNet's glosses of nine topics, 120 of each. */
export async function readGlosses(seed = 1): Promise<LabelledSet> {
  const { texts, labels } = sampleTopics(await readWordNet(), nineTopics, 120, seed);
  return { name: "WordNet", labels: nineTopics, texts, truth: labels };
}

/** The four sets of the whole-corpus criterion. */
export async function readSets(folder: string): Promise<LabelledSet[]> {
  const [clinc, banking] = [await readClinc(folder), await readBanking(folder)];
  return [clinc.test, banking.test, await readSnips(folder), await readGlosses()];
}

/** Share of the texts whose label is right. */
export function accuracyOf(guess: ArrayLike<number>, truth: Int32Array): number {
  return truth.reduce((sum, label, row) => sum + (guess[row] === label ? 1 : 0), 0) / truth.length;
}
