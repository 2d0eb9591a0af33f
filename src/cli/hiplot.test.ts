import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";

const main = fileURLToPath(new URL("main.ts", import.meta.url));
const run = promisify(execFile);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hiplot-cli-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function hiplot(
  ...words: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const args = [main, "hiplot", ...words];
  return run(process.execPath, args, { cwd: folder }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );
}

it("renders CSV to the standard output and JSON to a file, and notes what it left out", async () => {
  const csv = await hiplot("render", "demo_bool", "--format", "csv");
  expect(csv).toMatchObject({ code: 0, stdout: "uid,from_uid,bool\n0,,True\n1,,False\n" });
  const path = join(folder, "bad-settings.json");
  await writeFile(path, '{"datapoints": [{"uid": "a", "values": {"x": NaN}}], "colorby": "y"}');
  const json = await hiplot("render", path, "--format", "json", "--out", join(folder, "out.json"));
  expect(json.stderr).toBe('note: colorby: there is no column "y"; the nearest is "x"\n');
  expect(await readFile(join(folder, "out.json"), "utf8")).toContain('"values": {"x": NaN}');
}, 60_000);

it("says in one line what is wrong", async () => {
  const missing = await hiplot("render", "nowhere.csv");
  expect(missing).toMatchObject({ code: 1, stderr: "error: nowhere.csv: there is no such file\n" });
  const removed = await hiplot("track", "rm", "none", "such");
  expect(removed).toMatchObject({
    code: 1,
    stderr: "error: run such: there is none of this id in none\n",
  });
}, 60_000);

it("imports runs into the tracker, lists and exports them", async () => {
  await writeFile(join(folder, "runs.csv"), "uid,from_uid,epoch,loss\na,,0,3\nb,a,1,2\n");
  const imported = await hiplot("import", "runs.csv", "--experiment", "old");
  expect(imported.stdout).toBe("1 runs, 2 rows\n");
  const listed = JSON.parse((await hiplot("track", "ls", "--json")).stdout) as {
    experiment: string;
  }[];
  expect(listed.map(({ experiment }) => experiment)).toEqual(["old"]);
  const exported = await hiplot("track", "export", "old");
  expect(exported.stdout.split("\n")[0]).toBe("uid,from_uid,epoch,loss,run");
}, 60_000);
