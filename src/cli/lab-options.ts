// From a lab's input schema to the options of its command, and from parsed options back to an input.
import { type Command, InvalidArgumentError, Option } from "commander";
import type { LabFieldSchema, LabInfo, LabInputSchema } from "../lab/define.ts";

/** `maxSeconds` -> `max-seconds`. */
export function toFlag(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Whether a lab writes its result to a place of the user's choice, `save`; `--out` then means that. */
export function savesItself(lab: LabInfo): boolean {
  return "save" in lab.input.properties;
}

/** What a value on the command line can be. */
type Kind = "string" | "number" | "integer" | "boolean" | "list" | "json";

/** A nullable or optional field as what it is when it has a value. */
function plain(schema: LabFieldSchema): LabFieldSchema {
  const choices = schema.anyOf?.filter(({ type }) => type !== "null");
  return choices?.length === 1 ? { ...schema, ...choices[0], anyOf: undefined } : schema;
}

function kindOf(schema: LabFieldSchema): Kind {
  if (schema.enum || schema.type === "string") return "string";
  switch (schema.type) {
    case "number":
    case "integer":
    case "boolean":
      return schema.type;
    case "array":
      return ["list", "json"].includes(kindOf(plain(schema.items ?? {}))) ? "json" : "list";
  }
  // A file or a word, a number or a word …: taken as text where text is one of the choices.
  return schema.anyOf?.some(({ type }) => type === "string") ? "string" : "json";
}

function parseOne(kind: Kind, schema: LabFieldSchema, text: string): unknown {
  switch (kind) {
    case "number":
    case "integer": {
      const value = Number(text);
      if (text.trim() === "" || Number.isNaN(value)) {
        throw new InvalidArgumentError("It must be a number.");
      }
      if (kind === "integer" && !Number.isSafeInteger(value)) {
        throw new InvalidArgumentError("It must be a whole number.");
      }
      return value;
    }
    case "boolean":
      if (text === "true" || text === "false") return text === "true";
      throw new InvalidArgumentError("It must be true or false.");
    case "json":
      try {
        return JSON.parse(text);
      } catch {
        throw new InvalidArgumentError("It must be JSON.");
      }
    default:
      if (schema.enum && !schema.enum.includes(text)) {
        throw new InvalidArgumentError(`Allowed choices are ${schema.enum.join(", ")}.`);
      }
      return text;
  }
}

/** Reads one word of the command line as a value of the field. @throws InvalidArgumentError */
export function parseField(schema: LabFieldSchema, text: string): unknown {
  const field = plain(schema);
  const kind = kindOf(field);
  const item = plain(field.items ?? {});
  if (kind !== "list") return parseOne(kind, field, text);
  return text.split(",").map((part) => parseOne(kindOf(item), item, part));
}

const placeholders: Readonly<Record<Kind, string>> = {
  string: "text",
  number: "number",
  integer: "count",
  boolean: "",
  list: "values...",
  json: "json",
};

function makeOptions(field: string, schema: LabFieldSchema, required: boolean): Option[] {
  const value = plain(schema);
  const kind = kindOf(value);
  const flag = toFlag(field);
  const fallback = schema.default;
  const words = [value.description ?? schema.description ?? ""];
  const item = plain(value.items ?? {});
  const choices = item.enum;
  if (choices) words.push(`(choices: ${choices.join(", ")})`);
  if (fallback !== undefined && fallback !== false && !isEmptyList(fallback)) {
    words.push(`(default: ${typeof fallback === "string" ? fallback : JSON.stringify(fallback)})`);
  }
  if (required) words.push("(required)");
  const description = words.filter((word) => word !== "").join(" ");
  if (kind === "boolean") {
    const on = new Option(`--${flag}`, description);
    return fallback === true ? [new Option(`--no-${flag}`, `not: ${description}`), on] : [on];
  }
  const isFile = value.format === "file" || item.format === "file";
  const isPath = value.format === "path" || value.format === "write-path";
  const usual = isPath ? "path" : placeholders[kind];
  const placeholder = isFile ? (kind === "list" ? "files..." : "file") : usual;
  const option = new Option(`--${flag} <${placeholder}>`, description);
  option.argParser<unknown>((text, earlier) => {
    if (kind !== "list") return parseOne(kind, value, text);
    const list = Array.isArray(earlier) ? earlier : [];
    // Numbers may also stand together: `--mean 0.5,0.5,0.5`. In words a comma may be meant.
    const parts = ["number", "integer"].includes(kindOf(item)) ? text.split(",") : [text];
    return [...list, ...parts.map((part) => parseOne(kindOf(item), item, part))];
  });
  if (value.enum) option.argChoices = value.enum.map(String);
  return [option];
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** Adds an option per field, and the positional argument. */
export function addLabOptions(command: Command, lab: LabInfo): void {
  const { positional, input } = lab;
  if (positional !== undefined) {
    const field = plain(input.properties[positional]);
    const list = kindOf(field) === "list";
    command.argument(`[${toFlag(positional)}${list ? "..." : ""}]`, field.description ?? "");
  }
  for (const [field, schema] of Object.entries(input.properties)) {
    const required = input.required?.includes(field) ?? false;
    for (const option of makeOptions(field, schema, required)) command.addOption(option);
  }
}

/** The input that a command line stands for. Fields that were not named are left to the schema. */
export function toInput(
  lab: LabInfo,
  words: string | readonly string[] | undefined,
  options: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  for (const [field, schema] of Object.entries(lab.input.properties)) {
    const value = options[camel(toFlag(field))];
    // Commander sets a flag that has a --no- form to true by itself.
    if (value !== undefined && value !== plain(schema).default) input[field] = value;
  }
  if (savesItself(lab) && options.out !== undefined) input.save ??= options.out;
  const { positional } = lab;
  const given = Array.isArray(words) ? words.length > 0 : words !== undefined;
  if (positional === undefined || !given) return input;
  if (input[positional] !== undefined) {
    throw new Error(`${positional} is given twice: as a word and as --${toFlag(positional)}`);
  }
  const field = plain(lab.input.properties[positional]);
  const item = plain(field.items ?? {});
  const parse = (text: string) => {
    try {
      return kindOf(field) === "list"
        ? parseOne(kindOf(item), item, text)
        : parseField(field, text);
    } catch (error) {
      throw new Error(`${positional}: ${JSON.stringify(text)}: ${(error as Error).message}`);
    }
  };
  input[positional] = Array.isArray(words) ? words.map(parse) : parse(words as string);
  return input;
}

/** As Commander names an option's value. */
function camel(flag: string): string {
  return flag.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** An input as the words of a command line, for examples. */
export function toWords(lab: LabInfo, input: Readonly<Record<string, unknown>>): string {
  const { properties } = lab.input satisfies LabInputSchema;
  const words = Object.entries(input).map(([field, value]) => {
    const flag = `--${toFlag(field)}`;
    const schema = plain(properties[field] ?? {});
    if (value === true) return flag;
    if (value === false) return `--no-${toFlag(field)}`;
    const text =
      kindOf(schema) === "list"
        ? (value as unknown[]).map((one) => quote(String(one))).join(" ")
        : quote(typeof value === "object" ? JSON.stringify(value) : String(value));
    return field === lab.positional && !text.startsWith("-") ? text : `${flag} ${text}`;
  });
  // A list of words comes last, so that nothing after it is read as one more of them.
  const isPositional = (word: string) => (word.startsWith("--") ? 0 : 1);
  return [...words].sort((a, b) => isPositional(b) - isPositional(a)).join(" ");
}

function quote(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `"${text.replace(/(["\\$`])/g, "\\$1")}"`;
}
