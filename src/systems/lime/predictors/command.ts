// A model as a command that stays open: one JSON value per line in, one line of numbers out, in order.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import {
  type BlackBox,
  type BlackBoxOptions,
  checkRows,
  describe,
  type InputKind,
  type InputKinds,
  softmaxRows,
  toJson,
} from "./black-box.ts";

/** Characters of the command's error output that a message shows, from the end. */
const shownErrors = 400;

interface Waiting {
  readonly count: number;
  readonly lines: string[];
  readonly resolve: (lines: string[]) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A command (a line for the shell) that reads inputs as JSON Lines and answers each with a line: a
 * list of numbers, or one number. It is started at the first batch, kept for all others, and started
 * again after it has ended.
 */
export function commandModel<K extends InputKind>(
  command: string,
  options: BlackBoxOptions = {},
): BlackBox<InputKinds[K]> {
  const { outputs = "probabilities", timeoutMs = 60_000 } = options;
  let running: Conversation | undefined;
  return {
    async predict(batch) {
      if (running === undefined || running.ended) running = new Conversation(command);
      const lines = await running.ask(
        batch.map((input) => JSON.stringify(toJson(input))),
        timeoutMs,
      );
      const answers = lines.map((line) => {
        try {
          return JSON.parse(line) as unknown;
        } catch (cause) {
          throw new Error(`${command}: expected a JSON line, received ${describe(line)}`, {
            cause,
          });
        }
      });
      const rows = checkRows(answers, batch.length, command);
      return outputs === "logits" ? softmaxRows(rows) : rows;
    },
    async close() {
      await running?.end();
    },
  };
}

/** A running command and the batch that waits for its lines. */
class Conversation {
  ended = false;
  readonly #command: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #closed: Promise<void>;
  #waiting: Waiting | undefined;
  #errors = "";

  constructor(command: string) {
    this.#command = command;
    // A group of its own where there are groups: ending it also ends what the shell has started.
    const detached = process.platform !== "win32";
    const child = spawn(command, { shell: true, stdio: "pipe", detached });
    this.#child = child;
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#errors = (this.#errors + text).slice(-shownErrors);
    });
    // A command that has ended says so through `close`; the broken pipe is no further news.
    child.stdin.on("error", () => {});
    createInterface({ input: child.stdout }).on("line", (line) => this.#take(line));
    this.#closed = new Promise((resolve) => {
      child.on("error", (error) => this.#fail(error.message));
      child.on("close", (code, signal) => {
        this.#fail(`it ended with ${signal ?? `code ${code}`}`);
        resolve();
      });
    });
  }

  ask(lines: readonly string[], timeoutMs: number): Promise<string[]> {
    return new Promise<string[]>((resolve, reject) => {
      const late = setTimeout(() => {
        this.#fail(`no answer to ${lines.length} lines within ${timeoutMs} ms`);
        this.#kill();
      }, timeoutMs);
      this.#waiting = {
        count: lines.length,
        lines: [],
        resolve: (answer) => {
          clearTimeout(late);
          resolve(answer);
        },
        reject: (error) => {
          clearTimeout(late);
          reject(error);
        },
      };
      this.#child.stdin.write(`${lines.join("\n")}\n`);
    });
  }

  async end(): Promise<void> {
    this.#child.stdin.end();
    const patience = setTimeout(() => this.#kill(), 1_000);
    await this.#closed;
    clearTimeout(patience);
  }

  #take(line: string): void {
    const waiting = this.#waiting;
    if (line.trim() === "" || waiting === undefined) return;
    if (waiting.lines.push(line) < waiting.count) return;
    this.#waiting = undefined;
    waiting.resolve(waiting.lines);
  }

  #fail(why: string): void {
    this.ended = true;
    const said = this.#errors.trim();
    const errors = said === "" ? "" : `; it said: ${said}`;
    this.#waiting?.reject(new Error(`${this.#command}: ${why}${errors}`));
    this.#waiting = undefined;
  }

  #kill(): void {
    const { pid } = this.#child;
    try {
      if (pid !== undefined && process.platform !== "win32") process.kill(-pid, "SIGTERM");
      else this.#child.kill();
    } catch {
      // It has ended in the meantime.
    }
  }
}
