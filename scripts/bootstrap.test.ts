import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root } from "./entries.ts";

const bootstrap = join(root, "scripts", "bootstrap.mjs");
let folder: string;
const task = (name: string, source: string) => {
  const file = join(folder, name);
  writeFileSync(file, source);
  return relative(root, file);
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bootstrap-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("a task runs on the pinned Node, with its arguments, and its exit status comes through", () => {
  const file = task(
    "status.ts",
    "const status: number = 7;\nconsole.log(process.version, ...process.argv.slice(2));\nprocess.exit(status);\n",
  );
  const { status, stdout } = spawnSync(process.execPath, [bootstrap, file, "--json", "a b"], {
    encoding: "utf8",
  });
  const pinned = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).devDependencies.node;
  expect(stdout).toBe(`v${pinned} --json a b\n`);
  expect(status).toBe(7);
});

test("a signal reaches the task, which may end in its own way", async () => {
  const file = task(
    "signal.ts",
    'process.on("SIGTERM", () => process.exit(3));\nsetInterval(() => {}, 1000);\nconsole.log("ready");\n',
  );
  const child = spawn(process.execPath, [bootstrap, file], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([3, null]);
});

test.each([
  ["scripts/accept.ts", "no system is called"],
  ["bench/run.ts", "no benchmark is called"],
  ["recipes/run.ts", "no recipe is called"],
])("%s refuses an unknown name with one clear line and status 1", (file, message) => {
  const args = [join(root, file), "no-such-thing"];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect(stderr.trim().split("\n").at(-1)).toContain(`${message} "no-such-thing"`);
  expect(status).toBe(1);
});
