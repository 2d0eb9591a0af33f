import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

const script = join(import.meta.dirname, "fixtures", "resumable-run.ts");
const root = mkdtempSync(join(tmpdir(), "deepdive-resume-"));
afterAll(() => rmSync(root, { recursive: true }));

function train(folder: string, ...hit: [step: string, signal: NodeJS.Signals] | []) {
  const args = [script, join(root, folder), ...hit];
  return spawnSync(process.execPath, args, { encoding: "utf8" });
}

const weights = (folder: string) => readFileSync(join(root, folder, "final.safetensors"));

test("a run killed in the middle ends with the same bits as an unbroken one", () => {
  const whole = train("whole");
  expect(whole.stderr).not.toMatch(/error/i);
  const killed = train("killed", "8", "SIGKILL");
  expect(killed.signal).toBe("SIGKILL");
  expect(readdirSync(join(root, "killed"))).toEqual(["checkpoint.safetensors"]);

  const resumed = train("killed");
  expect(resumed.stderr).toContain("continuing after step 6");
  expect(JSON.parse(resumed.stdout)).toEqual(JSON.parse(whole.stdout));
  expect(JSON.parse(whole.stdout)).toMatchObject({ steps: 20, stopped: "finished" });
  expect(weights("killed").equals(weights("whole"))).toBe(true);
}, 30_000);

test("Ctrl-C saves and stops; the rest ends with the same bits", () => {
  const stopped = train("stopped", "7", "SIGINT");
  expect([stopped.status, stopped.signal]).toEqual([0, null]);
  const { steps, stopped: reason } = JSON.parse(stopped.stdout);
  expect(reason).toBe("interrupted");
  // On a busy machine the signal may arrive in the middle of the next step, which is then finished.
  expect([7, 8]).toContain(steps);
  const resumed = train("stopped");
  expect(resumed.stderr).toContain(`continuing after step ${steps}`);
  expect(weights("stopped").equals(weights("whole"))).toBe(true);
}, 30_000);

test("a finished run is not trained again, and ends with the same weights", () => {
  const before = weights("whole");
  const again = train("whole");
  expect(again.stderr).toContain("continuing after step 20");
  expect(weights("whole").equals(before)).toBe(true);
}, 30_000);
