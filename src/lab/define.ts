// `defineLab`: one definition from which the CLI command, the HTTP route and the Studio's form come.
import { z } from "zod";
import type { JobProgress, Json, RunHandle } from "./run.ts";

/** What a lab's `run` gets beside its input: its run, a word for progress, and the signal to stop. */
export interface LabContext extends RunHandle {
  /** Says how far the work is; cheap, call it as often as there is news. */
  progress(progress: JobProgress): void;
  /** When it fires: keep what allows to go on (say `folder`/checkpoints), then throw its reason. */
  readonly signal: AbortSignal;
}

/** An input that works as it stands, shown in help, API and form. */
export interface LabExample<Input> {
  readonly title: string;
  readonly input: Input;
}

/** Argument of `defineLab`. */
export interface LabDefinition<Schema extends z.ZodObject> {
  /** One or two words, the words of its command: `text-classifier`, `zero-shot label`. */
  readonly name: string;
  /** What a person calls it, e.g. `Label texts`. */
  readonly title: string;
  /** What it does, in at most three sentences. */
  readonly summary: string;
  /** The paper or page that it follows. */
  readonly source: string;
  /** Fields carry `.describe("…")`: help, OpenAPI and form show it. Files: `dataFile()`. */
  readonly input: Schema;
  readonly examples: readonly LabExample<z.input<Schema>>[];
  /** The field that the command also takes without its flag; a list takes all words. */
  readonly positional?: Extract<keyof z.input<Schema>, string>;
  /**
   * True where an answer takes well under a second once the models are loaded: such a lab can also be
   * called without a run (`POST /api/labs/:id/call`) in a process that stays warm. State between
   * calls may be kept in the module.
   */
  readonly interactive?: boolean;
  /** Does the work; what it returns (plain JSON) becomes the run's summary, or a call's answer. */
  run(context: LabContext, input: z.output<Schema>): Promise<object>;
}

export { z };

const brand = Symbol.for("deepdive.lab");

/** A lab; made by `defineLab`. */
export interface Lab<Schema extends z.ZodObject = z.ZodObject> extends LabDefinition<Schema> {
  readonly [brand]: true;
  /** Its name in the store and in addresses: the words joined by `-`. */
  readonly id: string;
}

/** All about a lab that has a JSON form: what the listing, OpenAPI and the forms are made of. */
export interface LabInfo {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly source: string;
  readonly interactive: boolean;
  readonly positional?: string;
  /** JSON Schema (2020-12) of the input. */
  readonly input: LabInputSchema;
  readonly examples: readonly LabExample<Json>[];
}

/** The part of JSON Schema that inputs are made of; other words of it may stand there too. */
export interface LabFieldSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: Json;
  readonly enum?: readonly Json[];
  readonly const?: Json;
  readonly items?: LabFieldSchema;
  readonly anyOf?: readonly LabFieldSchema[];
  readonly properties?: Readonly<Record<string, LabFieldSchema>>;
  /** `file` marks a `dataFile`, `path` and `write-path` a `localPath`, `words-or-file` a `wordsOrFile`. */
  readonly format?: string;
  /** Words that a `dataFile` takes in place of a path. */
  readonly builtIn?: readonly string[];
  /** Pattern, in any case of letters, of what a `wordsOrFile` takes for a file. */
  readonly files?: string;
  readonly [word: string]: unknown;
}

/** JSON Schema of a lab's whole input. */
export interface LabInputSchema extends LabFieldSchema {
  readonly properties: Readonly<Record<string, LabFieldSchema>>;
  readonly required?: readonly string[];
}

const namePattern = /^[a-z][a-z0-9-]*( [a-z][a-z0-9-]*)?$/;

/**
 * Defines a lab. Put it (or an array of them) among the exports of `src/systems/<name>/lab.ts`, or of
 * a `lab.ts` in a folder named by `$DEEPDIVE_LABS`, and it has a command, a route and a form. Import
 * what is heavy inside `run`, so that listings stay quick.
 *
 * @throws Error when the name is not one or two lower-case words, or an example does not fit.
 */
export function defineLab<Schema extends z.ZodObject>(
  definition: LabDefinition<Schema>,
): Lab<Schema> {
  const { name, input, positional, examples } = definition;
  if (!namePattern.test(name)) {
    throw new Error(
      `defineLab: name ${JSON.stringify(name)} must be one or two words of lower-case letters, ` +
        'digits and "-", e.g. "zero-shot label"',
    );
  }
  if (positional !== undefined && !(positional in input.shape)) {
    throw new Error(`defineLab ${name}: positional "${positional}" is no field of its input`);
  }
  for (const example of examples) {
    const result = input.safeParse(example.input);
    if (result.success) continue;
    throw new Error(`defineLab ${name}: example "${example.title}": ${firstIssue(result.error)}`);
  }
  return { ...definition, id: name.replaceAll(" ", "-"), [brand]: true };
}

/** Whether a module's export is a lab. */
export function isLab(value: unknown): value is Lab {
  return typeof value === "object" && value !== null && brand in value;
}

/**
 * A field that names a data file. The CLI takes a path, the Studio offers an upload, and the lab gets
 * an absolute path of a file that exists, or one of the words in `builtIn`.
 */
export function dataFile({ builtIn = [] }: { readonly builtIn?: readonly string[] } = {}) {
  return z.string().min(1).meta({ format: "file", builtIn });
}

/**
 * A field that names a folder, or something to write, on this machine. A command may name any and the
 * lab gets it absolute; a request over HTTP may name none but folders of runs, `run:<id>/<folder>`, and
 * with `write` none at all: what a run makes are its artifacts.
 */
export function localPath({ write = false }: { readonly write?: boolean } = {}) {
  return z
    .string()
    .min(1)
    .meta({ format: write ? "write-path" : "path" });
}

/**
 * A field that holds words, or names the file with them: text that matches `files` and does not begin
 * with a bracket. A file is found as a `dataFile` is.
 */
export function wordsOrFile(files: RegExp) {
  return z.string().min(1).meta({ format: "words-or-file", files: files.source });
}

/** The lab's listing entry. */
export function describeLab(lab: Lab): LabInfo {
  const { id, name, title, summary, source, interactive = false, positional, examples } = lab;
  const { $schema: _, ...schema } = z.toJSONSchema(lab.input, { io: "input" });
  return {
    id,
    name,
    title,
    summary,
    source,
    interactive,
    ...(positional === undefined ? {} : { positional }),
    input: { properties: {}, ...schema } as LabInputSchema,
    examples: examples as readonly LabExample<Json>[],
  };
}

/** An input that does not fit its schema: which field, and why. */
export class LabInputError extends Error {
  override readonly name = "LabInputError";
  readonly field: string;

  constructor(field: string, message: string) {
    super(field ? `${field}: ${message}` : message);
    this.field = field;
  }
}

/** Checks an input and fills in defaults. @throws LabInputError */
export function parseInput(lab: Lab, input: unknown): Record<string, unknown> {
  const result = lab.input.strict().safeParse(input);
  if (result.success) return result.data;
  const issue = result.error.issues[0] as z.core.$ZodIssue;
  const missing = issue.code === "invalid_type" && valueAt(input, issue.path) === undefined;
  throw new LabInputError(issue.path.join("."), missing ? "is missing" : issue.message);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  );
}

function firstIssue(error: z.ZodError): string {
  const { path, message } = error.issues[0] as z.core.$ZodIssue;
  return path.length > 0 ? `${path.join(".")}: ${message}` : message;
}
