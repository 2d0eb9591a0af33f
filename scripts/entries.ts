// What the small runners (bench, recipe, accept) share: finding what there is and reading a command line.

import { globSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The repository's root folder. */
export const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** An error whose message is all that a user of a command needs to see. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Files under `base` that match one of the patterns, sorted, with forward slashes. */
export function findFiles(patterns: readonly string[], base: string = root): string[] {
  const exclude = ["**/node_modules/**", "**/dist/**"];
  return globSync([...patterns], { cwd: base, exclude })
    .map((path) => path.replaceAll("\\", "/"))
    .sort();
}

/**
 * Imports one export of a file.
 *
 * @throws UsageError when the file does not export that name.
 */
export async function loadExport<T>(file: string, name: string, base: string = root): Promise<T> {
  const module: Record<string, unknown> = await import(pathToFileURL(join(base, file)).href);
  if (module[name] === undefined) throw new UsageError(`${file} must export \`${name}\``);
  return module[name] as T;
}

/**
 * Takes `--name VALUE` or `--name=VALUE` out of a list of arguments.
 *
 * @returns the value, undefined when the option is not there, and the other arguments.
 * @throws UsageError when the value is missing.
 */
export function takeOption(
  args: readonly string[],
  name: string,
): { value: string | undefined; rest: string[] } {
  const at = args.findIndex((arg) => arg === name || arg.startsWith(`${name}=`));
  if (at < 0) return { value: undefined, rest: [...args] };
  const inline = args[at].startsWith(`${name}=`);
  const value = inline ? args[at].slice(name.length + 1) : args[at + 1];
  if (value === undefined || value === "") throw new UsageError(`${name} needs a value after it`);
  return { value, rest: args.toSpliced(at, inline ? 1 : 2) };
}

/** Takes a flag without a value out of a list of arguments. */
export function takeFlag(
  args: readonly string[],
  ...names: readonly string[]
): { on: boolean; rest: string[] } {
  const rest = args.filter((arg) => !names.includes(arg));
  return { on: rest.length < args.length, rest };
}

/** The one of `names` that was asked for. @throws UsageError that lists what there is. */
export function pick(kind: string, wanted: string, names: readonly string[]): string {
  if (names.includes(wanted)) return wanted;
  const known = names.length > 0 ? `there are: ${names.join(", ")}` : "there is none yet";
  throw new UsageError(`no ${kind} is called "${wanted}"; ${known}`);
}

/** Runs a command's body: a usage error prints its message alone, any other error its stack. */
export async function runCommand(body: (args: string[]) => Promise<void>): Promise<void> {
  try {
    await body(process.argv.slice(2));
  } catch (error) {
    const text = error instanceof UsageError ? error.message : (error as Error).stack;
    process.stderr.write(`${text ?? error}\n`);
    process.exitCode = 1;
  }
}
