// Labels in all their forms, checked: lists, `a, b, c`, files of lines, JSON; and the sentences made of them.
import { readFile } from "node:fs/promises";
import { DataError, type DataIssue } from "../../data/errors.ts";
import type { Label, LabelSpec, Labels } from "./api.ts";

/** Checked labels: no blank, no two of one name. */
export interface LabelSet {
  readonly labels: readonly LabelSpec[];
  /** In the order of `labels`. */
  readonly names: readonly string[];
  /** Expected shares, where the labels have priors. */
  readonly priors?: readonly number[];
  /** What was merged. */
  readonly notes: readonly string[];
  /** Where the labels are larger classes: the labels that they are made of. */
  readonly members?: LabelMembers;
}

/** The labels of larger classes. */
export interface LabelMembers {
  readonly set: LabelSet;
  /** Number of each member's larger class. */
  readonly parentOf: readonly number[];
}

/** The templates whose mean stands for a label unless the user gives others (whole-corpus mode). */
export const ensembleTemplates = [
  "{}",
  "{}.",
  "This text is about {}.",
  "This example is {}.",
  "The topic is {}.",
  "I have a question about {}.",
] as const;

/**
 * Checks labels in any form. Names are trimmed; labels that differ in case or blanks only are merged
 * (their wordings together) with a note.
 *
 * @throws DataError naming `labels` where there is none, one is blank, or the priors are no shares
 */
export function parseLabels(labels: Labels | null | undefined): LabelSet {
  const given: readonly unknown[] =
    typeof labels === "string" ? labels.split(",") : Array.isArray(labels) ? labels : [];
  const blankText = typeof labels === "string" && labels.trim() === "";
  if (given.length === 0 || blankText) {
    const received = blankText
      ? "an empty text"
      : labels == null
        ? String(labels)
        : Array.isArray(labels)
          ? "an empty list"
          : `a value of type ${typeof labels}`;
    throw labelError("at least one label", received, 'Give them as ["a", "b"] or as "a, b".');
  }
  const merged = new Map<string, LabelSpec>();
  const notes: string[] = [];
  given.forEach((label, at) => {
    const spec = toSpec(label, at);
    const key = foldName(spec.name);
    const before = merged.get(key);
    if (before === undefined) {
      merged.set(key, spec);
      return;
    }
    merged.set(key, mergeSpecs(before, spec));
    notes.push(`label ${JSON.stringify(spec.name)} is given more than once: merged`);
  });
  const specs = [...merged.values()];
  const priors = checkPriors(specs);
  const names = specs.map((spec) => spec.name);
  return { labels: specs, names, ...(priors && { priors }), notes };
}

/** A name as names are compared: case and runs of blanks do not matter. */
export function foldName(name: string): string {
  return name.trim().replace(/\s+/g, " ").toLowerCase();
}

/** Number of the label of that name, case and blanks ignored; -1 where there is none. */
export function labelIndex(names: readonly string[], name: string): number {
  const exact = names.indexOf(name);
  if (exact >= 0) return exact;
  const wanted = foldName(name);
  return names.findIndex((each) => foldName(each) === wanted);
}

/** As `labelIndex`; a member of a larger class is known by that class. */
export function labelNumber({ names, members }: LabelSet, name: string): number {
  const own = labelIndex(names, name);
  if (own >= 0 || members === undefined) return own;
  return members.parentOf[labelIndex(members.set.names, name)] ?? -1;
}

/** Names of files of labels; what ends otherwise is labels itself. */
export const labelFiles = /\.(json|txt|lst|labels)$/i;

/**
 * Labels from what a command line gives: the path of a JSON file (`[{ "name": … }, …]` or
 * `["a", …]`), of a text file with one label per line, or the labels themselves, as `a, b, c` or as JSON.
 */
export async function readLabels(given: string): Promise<LabelSet> {
  if (given.trimStart().startsWith("[")) return parseLabels(parseJson(given));
  if (!labelFiles.test(given)) return parseLabels(given);
  const isJson = /\.json$/i.test(given);
  const text = await readFile(given, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new DataError(
      {
        code: cause.code === "ENOENT" ? "file-missing" : "file-unreadable",
        path: given,
        field: "labels",
        expected: "a file of labels",
        received: cause.code === "ENOENT" ? "a path where nothing is" : cause.message,
      },
      { cause },
    );
  });
  return inFile(given, () => parseLabels(isJson ? parseJson(text) : linesOf(text)));
}

/**
 * The sentences that stand for a label: each wording (the description if there is one, else the name;
 * and the synonyms) in each template. A label's own template comes in place of the others.
 */
export function labelSentences(label: LabelSpec, templates: readonly string[]): string[] {
  const own = label.template === undefined ? templates : [label.template];
  return wordings(label).flatMap((wording) => own.map((template) => fill(template, wording)));
}

/** What a label is called in sentences: its description or else its name, then its synonyms. */
export function wordings(label: LabelSpec): string[] {
  return [label.description ?? label.name, ...(label.synonyms ?? [])];
}

/** Puts a wording where the template has `{}`. */
export function fill(template: string, wording: string): string {
  // Not `replace` with a text: a wording may hold `$&`.
  return template.replace("{}", () => wording);
}

/**
 * Templates as a list, each checked.
 *
 * @throws DataError naming the template unless it has exactly one `{}`
 */
export function parseTemplates(
  template: string | readonly string[] | undefined,
  otherwise: readonly string[],
): readonly string[] {
  if (template === undefined) return otherwise;
  const list = typeof template === "string" ? [template] : template;
  if (list.length === 0) throw optionError("template", "at least one template", "an empty list");
  for (const each of list) checkTemplate(each);
  return list;
}

function checkTemplate(template: string, field = "template"): void {
  const places = template.split("{}").length - 1;
  // Doubled braces are how some languages write a brace that is no place: every label would be the same text.
  const doubled = template.includes("{{}}");
  if (places === 1 && !doubled) return;
  const received = doubled ? "doubled braces" : places === 0 ? "none" : `${places} of them`;
  throw optionError(
    field,
    "one {} where the label goes",
    `${received} in ${JSON.stringify(template)}`,
    'For example "This text is about {}."',
  );
}

function toSpec(label: unknown, at: number): LabelSpec {
  const field = `labels[${at}]`;
  const spec = typeof label === "string" ? { name: label } : label;
  if (typeof spec !== "object" || spec === null || Array.isArray(spec)) {
    throw labelError(
      "a name or { name, … }",
      JSON.stringify(label) ?? "undefined",
      undefined,
      field,
    );
  }
  const given = spec as Label & object;
  const name = textOf(given.name, `${field}.name`);
  if (name === undefined || name === "") {
    throw labelError(
      "a name that is not blank",
      JSON.stringify(given.name) ?? "none",
      undefined,
      field,
    );
  }
  const description = textOf(given.description, `${field}.description`) || undefined;
  const parent = textOf(given.parent, `${field}.parent`) || undefined;
  const template = textOf(given.template, `${field}.template`);
  if (template !== undefined) checkTemplate(template, `${field}.template`);
  const { synonyms = [], prior } = given;
  if (!Array.isArray(synonyms)) {
    throw labelError("a list of texts", JSON.stringify(synonyms), undefined, `${field}.synonyms`);
  }
  const more = synonyms.map((each, i) => textOf(each, `${field}.synonyms[${i}]`) ?? "");
  if (prior !== undefined && !(typeof prior === "number" && prior >= 0 && prior <= 1)) {
    throw labelError("a share from 0 to 1", JSON.stringify(prior), undefined, `${field}.prior`);
  }
  return {
    name,
    ...(description !== undefined && { description }),
    ...(more.length > 0 && { synonyms: more.filter((each) => each !== "") }),
    ...(parent !== undefined && { parent }),
    ...(template !== undefined && { template }),
    ...(prior !== undefined && { prior }),
  };
}

function textOf(value: unknown, field: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value.trim();
  throw labelError("a text", JSON.stringify(value) ?? typeof value, undefined, field);
}

function mergeSpecs(a: LabelSpec, b: LabelSpec): LabelSpec {
  const own = wordings(a);
  const added = wordings(b).filter(
    (wording) => !own.some((each) => foldName(each) === foldName(wording)),
  );
  const synonyms = [...(a.synonyms ?? []), ...added];
  const prior = a.prior === undefined ? b.prior : a.prior + (b.prior ?? 0);
  return {
    ...b,
    ...a,
    ...(synonyms.length > 0 && { synonyms }),
    ...(prior !== undefined && { prior }),
  };
}

function checkPriors(specs: readonly LabelSpec[]): readonly number[] | undefined {
  const priors = specs.map((spec) => spec.prior);
  const given = priors.filter((prior) => prior !== undefined);
  if (given.length === 0) return undefined;
  if (given.length < specs.length) {
    const without = specs.find((spec) => spec.prior === undefined)!;
    const received = `none for ${JSON.stringify(without.name)}`;
    throw labelError("a prior for each label or for none", received);
  }
  return checkShares(given, specs.length, "labels[].prior");
}

/**
 * Shares of classes, checked.
 *
 * @throws DataError naming the value that is negative or no number, or the sum that is not 1
 */
export function checkShares(
  shares: readonly number[],
  classes: number,
  field: string,
): readonly number[] {
  if (shares.length !== classes) {
    throw optionError(field, `${classes} shares, one per label`, `${shares.length}`);
  }
  const bad = shares.findIndex((share) => !(share >= 0 && Number.isFinite(share)));
  if (bad >= 0) throw optionError(field, "shares of at least 0", `${shares[bad]} at place ${bad}`);
  const sum = shares.reduce((total, share) => total + share, 0);
  if (Math.abs(sum - 1) > 1e-6) {
    throw optionError(field, "shares whose sum is 1", `the sum ${Number(sum.toPrecision(6))}`);
  }
  return shares;
}

function parseJson(text: string): Labels {
  try {
    return JSON.parse(text) as Labels;
  } catch (cause) {
    throw labelError("JSON, a list of labels", (cause as Error).message);
  }
}

function linesOf(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line.trim() !== "");
}

function inFile<T>(path: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new DataError({ ...error.issue, path } as DataIssue, { cause: error });
  }
}

function labelError(
  expected: string,
  received: string,
  hint?: string,
  field = "labels",
): DataError {
  return optionError(field, expected, received, hint);
}

/** The error for a value that a user gave and that cannot be used. */
export function optionError(
  field: string,
  expected: string,
  received: string,
  hint?: string,
): DataError {
  return new DataError({ code: "option", field, expected, received, ...(hint && { hint }) });
}
