// Runs a lab in a worker process, its run in the store.
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { type LabFieldSchema, type LabInfo, LabInputError, parseInput } from "./define.ts";
import { type RunJobOptions, runJob } from "./job.ts";
import type { LabJob } from "./lab-job.ts";
import type { RunRecord } from "./records.ts";
import type { LabRegistry } from "./registry.ts";

const jobModule = new URL(
  import.meta.url.endsWith(".ts") ? "./lab-job.ts" : "./lab-job.js",
  import.meta.url,
);

/** Arguments of `runLab`. */
export interface RunLabOptions
  extends Pick<
    RunJobOptions,
    "store" | "name" | "parent" | "project" | "signal" | "onProgress" | "onStart"
  > {
  readonly registry: LabRegistry;
  /** The lab's id or name. */
  readonly lab: string;
  readonly input: unknown;
}

/**
 * Checks the input, then runs the lab in a process of its own. The run's config is the input with its
 * defaults.
 *
 * @throws LabInputError before there is a run; else as `runJob`.
 */
export async function runLab(options: RunLabOptions): Promise<RunRecord> {
  const { registry, lab: wanted, input, ...rest } = options;
  const { lab, module } = await registry.load(wanted);
  const config = await prepareInput(registry, wanted, input);
  return runJob({ ...rest, lab: lab.id, config, ...labJob(module, lab.id, config) });
}

/** The part of `runJob`'s arguments that makes it run a lab. */
export function labJob(labModule: string, labId: string, input: object) {
  const options: LabJob = { labModule, labId, input };
  return { module: jobModule, function: "runLabJob", options };
}

/** What a lab does with a place on the disk: reads a file, reads a folder, or writes. */
export type PathUse = "file" | "path" | "write-path";

/** Finds what a `dataFile` or a `localPath` names; throws an Error with the reason where it may not be had. */
export type FileResolver = (path: string, use: PathUse) => Promise<string>;

/** Paths as a command line means them. */
export const localFile: FileResolver = async (given, use) => {
  const path = resolve(given);
  if (use !== "file") return path;
  const file = await stat(path).catch(() => undefined);
  if (!file) throw new Error(`there is no file ${path}`);
  if (!file.isFile()) throw new Error(`${path} is not a file`);
  if (file.size === 0) throw new Error(`${path} is empty`);
  return path;
};

/** Checks an input, fills in defaults and makes its files absolute. @throws LabInputError */
export async function prepareInput(
  registry: LabRegistry,
  labName: string,
  input: unknown,
  resolveFile: FileResolver = localFile,
): Promise<Record<string, unknown>> {
  const { lab } = await registry.load(labName);
  const info = (await registry.find(labName)) as LabInfo;
  return resolveFiles(info, parseInput(lab, input), resolveFile);
}

/** Makes the files among the fields absolute. @throws LabInputError */
export async function resolveFiles(
  info: LabInfo,
  input: Readonly<Record<string, unknown>>,
  resolveFile: FileResolver = localFile,
): Promise<Record<string, unknown>> {
  const resolved: Record<string, unknown> = { ...input };
  for (const [field, value] of Object.entries(input)) {
    const schema = info.input.properties[field];
    if (!schema || value === undefined || value === null) continue;
    const convert = async (one: unknown, as: LabFieldSchema | undefined) => {
      const use = typeof one === "string" ? pathUse(as, one) : undefined;
      if (!use) return one;
      return resolveFile(one as string, use).catch((error: Error) => {
        throw new LabInputError(field, error.message);
      });
    };
    resolved[field] = Array.isArray(value)
      ? await Promise.all(value.map((one) => convert(one, schema.items)))
      : await convert(value, pathSchema(schema));
  }
  return resolved;
}

const pathFormats = new Set(["file", "path", "write-path", "words-or-file"]);

/** A field may be a file or something else, e.g. optional. */
function pathSchema(schema: LabFieldSchema): LabFieldSchema | undefined {
  return [schema, ...(schema.anyOf ?? [])].find(({ format }) => pathFormats.has(format ?? ""));
}

/** What a field's value names on the disk; undefined where it names nothing. */
function pathUse(schema: LabFieldSchema | undefined, value: string): PathUse | undefined {
  switch (schema?.format) {
    case "path":
    case "write-path":
      return schema.format;
    case "file":
      return schema.builtIn?.includes(value) ? undefined : "file";
    case "words-or-file": {
      const isFile = new RegExp(schema.files ?? "", "i").test(value);
      return isFile && !value.trimStart().startsWith("[") ? "file" : undefined;
    }
    default:
      return undefined;
  }
}
