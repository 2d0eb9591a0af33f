// Between a JSON schema and what a form holds: every field is text until it is sent.
import type { Json } from "../api.ts";
import type { Schema } from "./api.ts";

/** How a field is shown. */
export type FieldKind = "text" | "file" | "number" | "switch" | "choice" | "list" | "json";

/** One field of a form. */
export interface Field {
  readonly name: string;
  readonly kind: FieldKind;
  readonly schema: Schema;
  readonly required: boolean;
  /** Values of a choice. */
  readonly options: readonly Json[];
}

/**
 * The fields of a schema in its own order; those that must be filled come first. Where to write on the
 * server's disk is no question for a form.
 */
export function toFields(schema: Schema): Field[] {
  const required = new Set(schema.required ?? []);
  const all = Object.entries(schema.properties ?? {}).map(([name, given]) => {
    const inner = plainSchema(given);
    const needed = required.has(name) && given.default === undefined;
    return { name, schema: { ...inner, ...given }, required: needed, ...shape(inner) };
  });
  const fields = all.filter((field) => field.schema.format !== "write-path");
  return [...fields.filter((field) => field.required), ...fields.filter((f) => !f.required)];
}

/** Of several possible shapes the first that is not null, so that an optional field stays simple. */
function plainSchema(schema: Schema): Schema {
  const alternatives = (schema.anyOf ?? []).filter(({ type }) => type !== "null");
  const constants = alternatives.filter((one) => one.const !== undefined);
  if (constants.length > 0 && constants.length === alternatives.length) {
    return { enum: constants.map((one) => one.const as Json) };
  }
  return alternatives.length === 1 ? alternatives[0] : schema;
}

function shape(schema: Schema): { kind: FieldKind; options: readonly Json[] } {
  const kinds = typeof schema.type === "string" ? [schema.type] : (schema.type ?? []);
  const type = kinds.find((kind) => kind !== "null");
  if (schema.enum) return { kind: "choice", options: schema.enum };
  if (type === "boolean") return { kind: "switch", options: [] };
  if (type === "number" || type === "integer") return { kind: "number", options: [] };
  if (schema.format === "file") return { kind: "file", options: schema.builtIn ?? [] };
  if (type === "string") return { kind: "text", options: [] };
  const items = schema.items?.type;
  if (type === "array" && (items === "string" || items === "number" || items === "integer")) {
    return { kind: "list", options: [] };
  }
  return { kind: "json", options: [] };
}

/** What a form shows for a value: lists one entry a line, anything nested as JSON. */
export function toText(field: Field, value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  if (field.kind === "list" && Array.isArray(value)) return value.join("\n");
  if (field.kind === "json") return JSON.stringify(value, null, 2);
  return String(value);
}

/** The texts that a form starts with: an example's, else the defaults. */
export function startTexts(fields: readonly Field[], example?: Json): Record<string, string> {
  const given = (example ?? {}) as Record<string, Json>;
  return Object.fromEntries(
    fields.map((field) => [field.name, toText(field, given[field.name] ?? field.schema.default)]),
  );
}

/**
 * The input that a form's texts stand for. Empty fields are left out, so that the lab's own default
 * holds.
 *
 * @throws Error that names the field whose text does not fit.
 */
export function toInput(
  fields: readonly Field[],
  texts: Readonly<Record<string, string>>,
): { [name: string]: Json } {
  const filled = fields.filter(({ name }) => (texts[name] ?? "").trim() !== "");
  return Object.fromEntries(filled.map((field) => [field.name, toValue(field, texts[field.name])]));
}

function toValue(field: Field, text: string): Json {
  switch (field.kind) {
    case "number":
      return toNumber(field, text);
    case "switch":
      return text === "true";
    case "choice":
      return field.options.find((option) => String(option) === text) ?? text;
    case "list": {
      const lines = text.split("\n").map((line) => line.trim());
      const entries = lines.filter((line) => line !== "");
      if (field.schema.items?.type === "string") return entries;
      return entries.map((entry) => toNumber(field, entry));
    }
    case "json":
      try {
        return JSON.parse(text) as Json;
      } catch (error) {
        throw new Error(`${field.name}: ${(error as Error).message}`);
      }
    default:
      return text;
  }
}

function toNumber(field: Field, text: string): number {
  const value = Number(text.trim());
  if (Number.isFinite(value)) return value;
  throw new Error(`${field.name}: expected a number, got ${JSON.stringify(text)}`);
}
