// Options that many commands share, and how their values are read.
import { type Command, InvalidArgumentError, Option } from "commander";

/** Options that every command takes. */
export interface CommonOptions {
  readonly dataDir: string;
  /** URL of a PostgreSQL server in place of the folder's own database. */
  readonly database?: string;
  readonly json?: boolean;
}

/** How long a command waits for another that looks something up in the data folder. */
export const patienceMs = 3_000;

/** Adds the options that every command takes which looks into the store. */
export function withCommon(command: Command): Command {
  return command
    .addOption(
      new Option("--data-dir <folder>", "where runs are kept")
        .env("DEEPDIVE_HOME")
        .default(".deepdive"),
    )
    .addOption(
      new Option("--database <url>", "PostgreSQL server that holds the runs").env(
        "DEEPDIVE_DATABASE",
      ),
    )
    .option("--json", "print the result as JSON; progress goes to stderr");
}

/** Adds the options of commands that serve the Studio. */
export function withServer(command: Command): Command {
  return command
    .option("--port <port>", "port of the Studio (default: 7331, or a free one)", portNumber)
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option(
      "--workers <count>",
      "runs to work on at a time (0: leave them to others)",
      wholeFrom(0),
      1,
    );
}

/** Examples as help shows them. */
export function examples(...lines: string[]): string {
  if (lines.length === 0) return "";
  const title = lines.length === 1 ? "Example" : "Examples";
  return `\n${title}:\n${lines.map((line) => `  $ ${line}`).join("\n")}`;
}

/** A parser of whole numbers not below `least`. */
export function wholeFrom(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least}.`);
  };
}

/** Parses a number above 0. */
export function positive(text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError("It must be a number above 0.");
}

function portNumber(text: string): number {
  const value = wholeFrom(0)(text);
  if (value <= 65_535) return value;
  throw new InvalidArgumentError("It must be at most 65535.");
}
