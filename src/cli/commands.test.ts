import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeStoreFolder } from "../lab/testing.ts";
import { complete, completionScript, shells } from "./completion.ts";
import { createProgram } from "./program.ts";

const entry = fileURLToPath(new URL("./main.ts", import.meta.url));
const labs = fileURLToPath(new URL("../lab/fixtures/labs", import.meta.url));
const fixtures = new URL("./fixtures/jobs.ts", import.meta.url);

let folder: string;
let program: Command;
beforeAll(async () => {
  folder = await makeStoreFolder();
  process.env.DEEPDIVE_LABS = labs;
  program = await createProgram(
    {
      mainJob: new URL("./fixtures/jobs.ts", import.meta.url),
      predictText: fixtures,
      evaluateText: fixtures,
    },
    ["", "", ""],
  );
});
afterAll(() => rm(folder, { recursive: true }));

/** All commands that do something. */
function leaves(command: Command): Command[] {
  const inner = command.commands.filter((one) => !["help", "__complete"].includes(one.name()));
  return inner.length === 0 ? [command] : inner.flatMap(leaves);
}

const nameOf = (command: Command): string =>
  command.parent?.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name();

async function run(...args: string[]) {
  const child = spawn(process.execPath, [entry, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, DEEPDIVE_HOME: folder, DEEPDIVE_LABS: labs, DEEPDIVE_DEBUG: "" },
  });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  return { stdout, stderr, code: code as number };
}

describe("every command", () => {
  it("has a description, an example that begins with it, and --json", () => {
    const commands = leaves(program);
    expect(commands.map(nameOf)).toEqual(
      expect.arrayContaining(["start", "train text", "keys add", "sweep", "worker", "toy count"]),
    );
    for (const command of commands) {
      let help = "";
      const writeOut = (words: string) => {
        help += words;
      };
      command.configureOutput({ writeOut }).outputHelp();
      const name = nameOf(command);
      expect(help, name).toMatch(/\nExamples?:\n {2}\$ deepdive /);
      expect(help, name).toContain(`$ deepdive ${name}`);
      expect(help, name).toContain("--json");
      expect(command.description(), name).not.toBe("");
    }
  });

  it("is proposed by the completion, with its options and their choices", () => {
    expect(complete(program, ["swe"])).toEqual(["sweep"]);
    expect(complete(program, [""])).toEqual(expect.arrayContaining(["runs", "toy", "completion"]));
    expect(complete(program, ["toy", ""])).toContain("count");
    expect(complete(program, ["runs", "re"])).toEqual(["resume"]);
    expect(complete(program, ["toy", "count", "--st"])).toEqual(["--steps", "--step-ms"]);
    expect(complete(program, ["toy", "count", "--mode", ""])).toEqual(["up", "down"]);
    expect(complete(program, ["completion", ""])).toEqual([...shells]);
    for (const shell of shells) expect(completionScript(shell)).toContain("deepdive __complete");
  });
});

describe("exit codes", () => {
  it("are 0 where all went well, with nothing but JSON on stdout", async () => {
    const counted = await run("toy", "count", "--steps", "3", "--tags", "a", "b", "--json");
    expect(counted.code).toBe(0);
    const { run: record, files } = JSON.parse(counted.stdout);
    expect(record).toMatchObject({ status: "done", config: { steps: 3, tags: ["a", "b"] } });
    expect(files.walk).toContain(join(folder, "runs", record.id));
    const listed = await run("keys", "list", "--json");
    expect([listed.code, JSON.parse(listed.stdout)]).toEqual([0, []]);
    const said = await run("echo", "hello there", "--json");
    expect(JSON.parse(said.stdout).run.summary.text).toBe("hello there");
  });

  it("are 1 with one line on stderr where the input was wrong or the work failed", async () => {
    const out = await mkdtemp(join(tmpdir(), "deepdive-out-"));
    const yaml = join(out, "sweep.yaml");
    await writeFile(yaml, "method: random\nparameters: {}\n");
    const cases: [string[], string][] = [
      [["toy", "count", "--steps", "0"], "error: --steps: Too small"],
      [["toy", "count", "--steps", "many"], "It must be a number."],
      [["toy", "count", "--mode", "left"], "Allowed choices are up, down."],
      [["toy", "count", "nosuch.csv"], "error: --file: there is no file"],
      [["toy", "count", "--fail-at", "1"], "error: step 1 was told to fail"],
      [["echo"], "error: --text: is missing"],
      [["sweep", "nosuch", "--metric", "x"], 'error: lab: there is no lab "nosuch"'],
      [["sweep", "toy", "count"], "error: --metric: name what decides"],
      [["sweep", yaml], "error: sweep file: lab: name the lab"],
      [["completion", "tcsh"], "Allowed choices are bash, zsh, fish."],
      [["serve", "--host", "0.0.0.0"], "error: --host: 0.0.0.0 can be reached from other machines"],
      [["keys", "remove", "dd_nosuch"], "error: id: there is no key dd_nosuch"],
    ];
    // Those that open the data folder wait for each other's lock: they come one by one, the rest together.
    const opens = ([args]: (typeof cases)[number]) =>
      args.includes("--fail-at") || args[0] === "keys" || args[0] === "serve";
    const answers = new Map(
      await Promise.all(
        cases.filter((one) => !opens(one)).map(async (one) => [one, await run(...one[0])] as const),
      ),
    );
    for (const one of cases.filter(opens)) answers.set(one, await run(...one[0]));
    for (const [[args, message], { code, stdout, stderr }] of answers) {
      expect(stderr, args.join(" ")).toContain(message);
      expect(stdout, args.join(" ")).not.toContain("error");
      expect(code, args.join(" ")).toBe(1);
    }
    await rm(out, { recursive: true });
  }, 120_000);

  it("is 130 after Ctrl-C", async () => {
    const child = spawn(
      process.execPath,
      [entry, "toy", "count", "--steps", "10000", "--step-ms", "5"],
      {
        stdio: ["ignore", "pipe", "ignore"],
        env: { ...process.env, DEEPDIVE_HOME: folder, DEEPDIVE_LABS: labs },
      },
    );
    for await (const _ of child.stdout) {
      child.kill("SIGINT");
      break;
    }
    const [code] = await once(child, "close");
    expect(code).toBe(130);
  });
});
