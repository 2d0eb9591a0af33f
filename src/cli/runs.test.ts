import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeStoreFolder } from "../lab/testing.ts";

const entry = fileURLToPath(new URL("./main.ts", import.meta.url));
const labs = fileURLToPath(new URL("../lab/fixtures/labs", import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await makeStoreFolder();
});
afterAll(() => rm(folder, { recursive: true }));

function launch(...args: string[]): ChildProcess {
  return spawn(process.execPath, [entry, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, DEEPDIVE_HOME: folder, DEEPDIVE_LABS: labs, DEEPDIVE_DEBUG: "" },
  });
}

async function run(...args: string[]) {
  const child = launch(...args);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout as NodeJS.ReadableStream),
    text(child.stderr as NodeJS.ReadableStream),
    once(child, "close"),
  ]);
  return { stdout, stderr, code: code as number };
}

async function runJson<T>(...args: string[]): Promise<T> {
  const { stdout, stderr, code } = await run(...args, "--json");
  expect(stderr).not.toContain("error");
  expect(code).toBe(0);
  return JSON.parse(stdout) as T;
}

/** Asks until somebody answers that the run has come so far. */
async function untilRunning(): Promise<{ id: string; status: string }> {
  for (let attempt = 0; attempt < 40; attempt++) {
    const { stdout, code } = await run("runs", "ls", "--status", "running", "--json");
    const [found] = code === 0 ? (JSON.parse(stdout) as { id: string; status: string }[]) : [];
    if (found) return found;
  }
  throw new Error("no run was seen at work");
}

describe("deepdive runs", { timeout: 120_000 }, () => {
  let stopped: string;

  it("stops a run of another terminal, which keeps its checkpoint", async () => {
    const other = launch("toy", "count", "--steps", "80", "--step-ms", "100");
    const said = text(other.stderr as NodeJS.ReadableStream);
    const ended = once(other, "close");
    const { id } = await untilRunning();
    const answer = await runJson<{ runs: object[] }>("runs", "stop", id);
    expect(answer.runs).toEqual([{ id, name: "toy-count", status: "stopped" }]);
    expect(await ended).toEqual([130, null]);
    expect(await said).toContain(`run ${id} was stopped`);
    stopped = id;
  });

  it("lets it go on here, in the same run, where it was", async () => {
    const { runs } = await runJson<{ runs: object[] }>("runs", "resume", stopped.slice(0, 6));
    expect(runs).toEqual([{ id: stopped, name: "toy-count", status: "done" }]);
    const shown = await runJson<{ attempt: number }>("runs", "show", stopped);
    expect(shown).toMatchObject({ attempt: 2, summary: { steps: 80 } });
    const curves = await run("runs", "export", stopped);
    const lines = curves.stdout.trim().split(/\r?\n/);
    expect(lines[0]).toContain("loss");
    expect(lines.slice(1).map((line) => Number(line.split(",")[0]))).toEqual(
      Array.from({ length: 80 }, (_, step) => step + 1),
    );
  });

  it("writes a table of all runs, and one run's files to a folder", async () => {
    const table = (await run("runs", "export")).stdout.split(/\r?\n/);
    expect(table[0]).toMatch(/^id,lab,name,status,.*config\.steps.*summary\.loss/);
    expect(table[1]).toMatch(new RegExp(`^${stopped},toy-count,toy-count,done,`));
    const out = join(folder, "exported");
    await runJson("runs", "export", stopped, "--out", out);
    expect((await readdir(out)).sort()).toEqual([
      "artifacts",
      "log.txt",
      "metrics.csv",
      "run.json",
    ]);
    expect(JSON.parse(await readFile(join(out, "run.json"), "utf8")).id).toBe(stopped);
    expect(await readdir(join(out, "artifacts"))).not.toHaveLength(0);
  });

  it("does the same through a server that asks for keys, and knows the owner of the folder", async () => {
    await runJson("keys", "add", "somebody else");
    const server = launch("serve", "--port", "0", "--json");
    const [line] = await once(server.stdout as NodeJS.ReadableStream, "data");
    const { url } = JSON.parse(String(line)) as { url: string };
    try {
      expect((await fetch(`${url}/api/runs`)).status).toBe(401);
      const again = await run("runs", "resume", stopped);
      expect(again.stderr).toBe(`error: Run ${stopped} is done; there is nothing to resume.\n`);
      expect(await runJson("runs", "rm", stopped)).toEqual({ removed: [stopped] });
      expect(existsSync(join(folder, "runs", stopped))).toBe(false);
      expect(await runJson("runs")).toEqual([]);
    } finally {
      server.kill("SIGTERM");
      await once(server, "close");
    }
  });

  it("says in one line what is wrong, with exit code 1", async () => {
    for (const [args, message] of [
      [["runs", "show", "zzzz"], "error: id: there is no run zzzz"],
      [["runs", "stop", "zzzz"], "error: id: there is no run zzzz"],
      [["runs", "ls", "--status", "odd"], "Allowed choices are queued, running"],
      [["runs", "rm"], "error: missing required argument 'ids'"],
    ] as const) {
      const { code, stderr, stdout } = await run(...args);
      expect(stderr).toContain(message);
      expect([code, stdout]).toEqual([1, ""]);
    }
  });
});
