// Sources of votes: rules of a user (patterns, word lists, tests of fields), models' guesses, people.
import { readFile } from "node:fs/promises";
import { DataError, type DataIssue } from "../../data/errors.ts";
import type { CorpusRow, LabellingFunction } from "./api.ts";
import { labelIndex, optionError } from "./labels.ts";

/**
 * A rule as `rules.json` holds it: one label, and one test. Rules with the same `name` are one source
 * (the first that holds decides); without a name each is its own.
 */
export interface Rule {
  readonly label: string;
  readonly name?: string;
  /** A regular expression in the text; upper and lower case are the same unless `flags` is given. */
  readonly regex?: string;
  readonly flags?: string;
  /** Whole words or phrases in the text, in any case. */
  readonly words?: readonly string[];
  /** A column of the table; with it one of `is`, `above`, `below`, or else `regex` or `words` for its text. */
  readonly field?: string;
  /** The value, or one of the values, that the field must have. */
  readonly is?: unknown;
  /** Numbers that the field must be above or below. */
  readonly above?: number;
  readonly below?: number;
}

type Test = (row: CorpusRow) => boolean;

/**
 * Makes labelling functions of rules.
 *
 * @throws DataError naming the rule without a test, with a pattern that is none, or with a label that
 *   is not among `names`
 */
export function rulesToFunctions(
  rules: readonly Rule[],
  names: readonly string[],
): LabellingFunction[] {
  if (!Array.isArray(rules)) throw optionError("rules", "a list of rules", typeof rules);
  const groups = new Map<string, { label: number; test: Test }[]>();
  rules.forEach((rule: Rule, at) => {
    const field = `rules[${at}]`;
    if (typeof rule !== "object" || rule === null) {
      throw optionError(field, "an object with a label and a test", JSON.stringify(rule));
    }
    const label = labelIndex(names, String(rule.label));
    if (label < 0) {
      const expected = `one of ${names.map((name) => JSON.stringify(name)).join(", ")}`;
      throw optionError(`${field}.label`, expected, JSON.stringify(rule.label) ?? "none");
    }
    const name = rule.name ?? `rule ${at + 1}: ${rule.label}`;
    const group = groups.get(name) ?? [];
    group.push({ label, test: testOf(rule, field) });
    groups.set(name, group);
  });
  return [...groups].map(([name, group]) => ({
    name,
    vote: (row) => group.find(({ test }) => test(row))?.label ?? -1,
  }));
}

/** Reads a file of rules (JSON, a list) as labelling functions. @throws DataError naming file and rule */
export async function readRules(
  path: string,
  names: readonly string[],
): Promise<LabellingFunction[]> {
  try {
    const text = await readFile(path, "utf8");
    return rulesToFunctions(JSON.parse(text) as Rule[], names);
  } catch (cause) {
    if (cause instanceof DataError) {
      throw new DataError({ ...cause.issue, path } as DataIssue, { cause });
    }
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    const received = missing ? "a path where nothing is" : (cause as Error).message;
    const code = missing ? "file-missing" : "malformed";
    throw new DataError({ code, path, expected: "a JSON list of rules", received }, { cause });
  }
}

function testOf(rule: Rule, field: string): Test {
  const textOf = (row: CorpusRow): string =>
    rule.field === undefined ? row.text : String(row.fields?.[rule.field] ?? "");
  const kinds = (["regex", "words", "is", "above", "below"] as const).filter(
    (kind) => rule[kind] !== undefined,
  );
  const isRange = kinds.every((kind) => kind === "above" || kind === "below");
  if (kinds.length === 0 || (kinds.length > 1 && !isRange)) {
    const received = kinds.length === 0 ? "none" : kinds.join(" and ");
    throw optionError(field, "one test: regex, words, is, or above and below", received);
  }
  if (kinds[0] === "regex") {
    const pattern = compilePattern(rule.regex!, rule.flags, `${field}.regex`);
    return (row) => pattern.test(textOf(row));
  }
  if (kinds[0] === "words") {
    const pattern = wordPattern(rule.words!, `${field}.words`);
    return (row) => pattern.test(textOf(row));
  }
  if (rule.field === undefined) {
    throw optionError(`${field}.field`, `the column that ${kinds[0]} is about`, "none");
  }
  if (kinds[0] === "is") {
    const wanted = (Array.isArray(rule.is) ? rule.is : [rule.is]).map(String);
    return (row) => wanted.includes(textOf(row));
  }
  const { above = -Infinity, below = Infinity } = rule;
  return (row) => {
    const text = textOf(row).trim();
    const value = text === "" ? Number.NaN : Number(text);
    return value > above && value < below;
  };
}

function compilePattern(source: string, flags = "iu", field: string): RegExp {
  try {
    // Without `g` and `y`, which would make a pattern remember where it stopped.
    return new RegExp(source, flags.replace(/[gy]/g, ""));
  } catch (cause) {
    throw optionError(field, "a regular expression", (cause as Error).message);
  }
}

function wordPattern(words: readonly string[], field: string): RegExp {
  const usable = Array.isArray(words) ? words.filter((word) => String(word).trim() !== "") : [];
  if (usable.length === 0) throw optionError(field, "a list of words", JSON.stringify(words));
  const escaped = usable.map((word) => word.trim().replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"));
  return new RegExp(`(?<![\\p{L}\\p{N}_])(?:${escaped.join("|")})(?![\\p{L}\\p{N}_])`, "iu");
}

/** Votes of labelling functions, one column each. @throws DataError where one votes for no class */
export function votesOf(
  functions: readonly LabellingFunction[],
  rows: readonly CorpusRow[],
  names: readonly string[],
): Int32Array[] {
  return functions.map((each) =>
    Int32Array.from(rows, (row, at) => {
      const vote = each.vote(row, names);
      if (Number.isInteger(vote) && vote >= -1 && vote < names.length) return vote;
      const expected = `a label's number from 0 to ${names.length - 1}, or -1`;
      throw optionError(`source ${JSON.stringify(each.name)}`, expected, `${vote} for row ${at}`);
    }),
  );
}

/** Votes of a model: its guesses, with those of too small a margin withheld. */
export function modelVotes(
  guess: ArrayLike<number>,
  margin: ArrayLike<number>,
  least: number,
): Int32Array {
  return Int32Array.from(guess, (label, row) => (margin[row]! >= least ? label : -1));
}

/** Votes of a person: the labels that rows bear, -1 where they have none. */
export function personVotes(rows: readonly CorpusRow[], names: readonly string[]): Int32Array {
  return Int32Array.from(rows, ({ label }) =>
    label === undefined ? -1 : labelIndex(names, label),
  );
}

/** Columns of votes as one table, [rows, columns] row by row, as `combine` takes them. */
export function joinVotes(columns: readonly ArrayLike<number>[]): Int32Array {
  const rows = columns[0]?.length ?? 0;
  const table = new Int32Array(rows * columns.length);
  columns.forEach((column, c) => {
    if (column.length !== rows) {
      throw optionError("votes", `columns of ${rows} votes`, `${column.length} in column ${c}`);
    }
    for (let row = 0; row < rows; row++) table[row * columns.length + c] = column[row]!;
  });
  return table;
}
