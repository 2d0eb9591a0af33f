import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text as readAll } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeStoreFolder } from "../lab/testing.ts";

const entry = fileURLToPath(new URL("./fixtures/cli.ts", import.meta.url));
const realEntry = fileURLToPath(new URL("./main.ts", import.meta.url));

let folder: string;
let table: string;
beforeAll(async () => {
  folder = await makeStoreFolder();
  table = join(folder, "mails.csv");
  await writeFile(table, "body,label\nhello,ham\n");
});
afterAll(() => rm(folder, { recursive: true }));

function launch(args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  const stdio = ["pipe", "pipe", "pipe"] as const;
  return spawn(process.execPath, [entry, ...args], {
    stdio: [...stdio],
    env: { ...process.env, DEEPDIVE_HOME: folder, DEEPDIVE_DEBUG: "", ...env },
  });
}

async function run(args: readonly string[], input = "", env: Record<string, string> = {}) {
  const child = launch(args, env);
  child.stdin?.end(input);
  const [stdout, stderr, [code]] = await Promise.all([
    readAll(child.stdout as NodeJS.ReadableStream),
    readAll(child.stderr as NodeJS.ReadableStream),
    once(child, "close"),
  ]);
  return { stdout, stderr, code: code as number };
}

/** Reads a running command's output until it holds `wanted`. */
async function readUntil(child: ChildProcess, wanted: RegExp): Promise<string> {
  let all = "";
  for await (const chunk of child.stdout as NodeJS.ReadableStream) {
    all += chunk;
    if (wanted.test(all)) return all;
  }
  throw new Error(`the command ended without ${wanted}: ${all}`);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const trainArgs = () => ["train", "text", "--data", table, "--text-column", "body"];

describe("help", () => {
  it("is there for every command, with an example", async () => {
    const commands = [["start"], ["train", "text"], ["predict"], ["evaluate"], ["runs"], ["serve"]];
    const answers = await Promise.all(commands.map((command) => run([...command, "--help"])));
    for (const [index, { code, stdout }] of answers.entries()) {
      expect(code).toBe(0);
      expect(stdout).toContain(`Usage: deepdive ${commands[index].join(" ")}`);
      expect(stdout).toMatch(/Examples?:\n {2}\$ deepdive /);
      expect(stdout).toContain("--json");
    }
  });

  it("comes from the real entry without loading what only the commands need", async () => {
    const child = spawn(process.execPath, [realEntry, "--help"]);
    const before = performance.now();
    const help = await readAll(child.stdout);
    expect(help).toContain("start [options]");
    expect(performance.now() - before).toBeLessThan(2_000);
  });
});

describe("bad input", () => {
  it("gets one clear line on stderr, nothing on stdout, and exit code 1", async () => {
    const empty = join(folder, "empty.csv");
    await writeFile(empty, "");
    const missing = join(folder, "missing.csv");
    const cases: [string[], string][] = [
      [["trian"], "error: unknown command 'trian'\n(Did you mean train?)"],
      [["train", "text"], "error: required option '--data <file>' not specified"],
      [["train", "text", "--data", missing], `error: --data: there is no file ${missing}`],
      [["train", "text", "--data", folder], `error: --data: ${folder} is not a file`],
      [["train", "text", "--data", empty], `error: --data: ${empty} is empty`],
      [trainArgs(), "error: --label-column: name the column of the table with the labels"],
      [
        [...trainArgs(), "--epochs", "1.5"],
        "error: option '--epochs <count>' argument '1.5' is invalid. It must be a whole number from 1.",
      ],
      [["predict", "--model", "nosuch", "x"], "error: --model: nosuch is neither a model's folder"],
      [["predict", "--file", missing], `error: --file: ${missing} cannot be read (ENOENT)`],
      [["predict"], "error: texts: there is nothing to label"],
      [["runs", "nosuch"], "error: id: there is no run nosuch"],
      [["serve", "--port", "70000"], "error: option '--port <port>' argument '70000' is invalid."],
    ];
    for (const [args, message] of cases) {
      const { code, stdout, stderr } = await run(args);
      expect(stderr, args.join(" ")).toContain(message);
      expect(stderr.trim().split("\n").length, stderr).toBeLessThanOrEqual(2);
      expect(stdout).toBe("");
      expect(code).toBe(1);
    }
  });

  it("shows the stack to those who ask for it", async () => {
    const { stderr } = await run(["runs", "nosuch"], "", { DEEPDIVE_DEBUG: "1" });
    expect(stderr).toMatch(/\n {4}at /);
  });

  it("found by the job fails that run and leaves earlier ones as they were", async () => {
    const good = await run([...trainArgs(), "--label-column", "label", "--json"]);
    expect(good.code).toBe(0);
    const bad = await run([...trainArgs(), "--label-column", "absent"]);
    expect(bad.code).toBe(1);
    expect(bad.stderr).toBe(
      `error: ${table}: there is no column "absent"; the file has: body, label\n`,
    );
    const runs = JSON.parse((await run(["runs", "--json"])).stdout);
    expect(runs.map((row: { status: string }) => row.status)).toEqual(["failed", "done"]);
    expect(runs[1]).toEqual(JSON.parse(good.stdout).run);
  });
});

describe("train, predict and runs", () => {
  it("prints plain progress, the table of results, and what to do next", async () => {
    const { stdout, code } = await run([...trainArgs(), "--label-column", "label"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/✓ read {7}8,646 mails/);
    expect(stdout).toMatch(/train {6}60% · loss 0.04/);
    expect(stdout).toMatch(/Transformer, 2 layers +98\.9% +0\.980 +0\.999 +1 min 11 s/);
    expect(stdout).toMatch(/TF-IDF \+ logistic regression +97\.8%/);
    expect(stdout).toContain("19 of 1,729 held-out texts wrong");
    expect(stdout).toMatch(/deepdive predict --model [0-9a-z]{10}/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that none is there is the point.
    expect(stdout).not.toMatch(/\x1b/);
  });

  it("labels texts with the latest model, from arguments and from stdin", async () => {
    const { stdout } = await run(["predict", "win a prize", "see you at eight"]);
    expect(stdout).toMatch(/^label +sure +text\nspam +97\.0% +win a prize\nham +98\.0% +see you/);
    const piped = await run(["predict", "--json"], "a prize\n\nhello\r\n");
    expect(JSON.parse(piped.stdout)).toMatchObject([
      { text: "a prize", label: "spam", confidence: 0.97, scores: { spam: 0.97 } },
      { text: "hello", label: "ham" },
    ]);
  });

  it("shows one run by the beginning of its id", async () => {
    const [{ id }] = JSON.parse((await run(["runs", "--json"])).stdout);
    const { stdout } = await run(["runs", id.slice(0, 6)]);
    expect(stdout).toContain(`id         ${id}`);
    expect(stdout).toContain("model/weights.safetensors");
    expect(JSON.parse((await run(["runs", id, "--json"])).stdout)).toMatchObject({ id });
  });

  it("stops at Ctrl-C, keeps the run as stopped, and exits with 130", async () => {
    const child = launch([...trainArgs(), "--label-column", "label", "--seed", "99"]);
    await readUntil(child, /train {6}100%/);
    child.kill("SIGINT");
    const [code] = await once(child, "exit");
    expect(code).toBe(130);
    const [latest] = JSON.parse((await run(["runs", "--json"])).stdout);
    expect(latest.status).toBe("stopped");
  });

  it("survives kill -9: the worker goes too, and the run is found interrupted", async () => {
    const child = launch([...trainArgs(), "--label-column", "label", "--seed", "99"]);
    await readUntil(child, /train {6}100%/);
    child.kill("SIGKILL");
    await once(child, "exit");
    const [latest] = JSON.parse((await run(["runs", "--json"])).stdout);
    expect(latest).toMatchObject({ status: "interrupted", name: "mails.csv" });
    const worker = Number(await readFile(join(folder, "runs", latest.id, "worker.pid"), "utf8"));
    await expect.poll(() => isAlive(worker)).toBe(false);
  });
});

describe("start and serve", () => {
  it("runs the main job, serves the Studio, and ends at Ctrl-C; a second start goes on from there", async () => {
    const args = ["start", "--port", "0"];
    const child = launch(args);
    const output = await readUntil(child, /Ctrl-C stops/);
    expect(output).toMatch(/Follow it at http:\/\/127\.0\.0\.1:\d+/);
    expect(output).toContain("TF-IDF + logistic regression");
    expect(output).toMatch(/Label by names alone +80\.0% +3 of 20/);
    // Each step went on from the one before it.
    for (const step of [1, 2, 3, 4]) expect(output).toContain(`Step ${step} of a chain.`);
    const url = new URL(/http:\S+\/projects\/\S+/.exec(output)?.[0] ?? "");
    expect((await fetch(url)).headers.get("content-type")).toContain("text/html");
    const answer = await fetch(new URL("/api/runs?project=SpamAssassin%20mails", url));
    const { runs } = (await answer.json()) as {
      runs: { id: string; status: string; sweep: string | null }[];
    };
    expect(new Set(runs.map(({ status }) => status))).toEqual(new Set(["done"]));
    expect(runs.filter(({ sweep }) => sweep === null)).toHaveLength(6);
    expect(runs.filter(({ sweep }) => sweep !== null)).toHaveLength(12);

    const listed = JSON.parse((await run(["runs", "ls", "--limit", "100", "--json"])).stdout);
    const ids = (list: { id: string }[]) => list.map(({ id }) => id);
    expect(ids(listed)).toEqual(expect.arrayContaining(ids(runs)));
    const second = await run(["keys", "list"]);
    expect(second.stderr).toMatch(/is in use by process \d+ \(the Studio at http:.*\); stop that/);
    expect((await run(["predict", "a prize"])).stdout).toContain("spam");

    child.kill("SIGINT");
    expect(await once(child, "exit")).toEqual([0, null]);

    const again = launch([...args, "--json"]);
    const ready = JSON.parse(await readUntil(again, /\n/));
    expect(ready.url).toContain(url.pathname);
    expect(ready.steps.map(({ run }: { run: { id: string } }) => run.id).toSorted()).toEqual(
      runs.flatMap(({ sweep, id }) => (sweep === null ? [id] : [])).toSorted(),
    );
    again.kill("SIGTERM");
    expect(await once(again, "exit")).toEqual([0, null]);
    // Eighteen runs, each in a process of its own.
  }, 60_000);

  it("serves what is there", async () => {
    const child = launch(["serve", "--port", "0", "--json"]);
    const { url } = JSON.parse(await readUntil(child, /\n/));
    expect((await (await fetch(`${url}/api/health`)).json()).status).toBe("ok");
    child.kill("SIGINT");
    expect(await once(child, "exit")).toEqual([0, null]);
  });
});
