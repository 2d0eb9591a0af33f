import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import type { RunDetails, RunRecord } from "../lab/index.ts";
import { ServerProcess } from "./testing/server-process.ts";
import { survive } from "./testing/survival.ts";

const labs = fileURLToPath(new URL("../lab/fixtures/labs", import.meta.url));

it("a server killed at ten random moments loses nothing, and the run ends as an unbroken one", async () => {
  const input = { steps: 400, stepMs: 15 };
  const found = await survive({
    lab: "toy-count",
    input,
    labs,
    kills: 10,
    seed: 7,
    longestMs: 400,
  });
  expect(found.kills).toBe(10);
  expect(found.lost).toEqual([]);
  expect(found.broken).toMatchObject({ status: "done", attempt: 11 });
  expect(found.broken.summary).toEqual(found.unbroken.summary);
  expect(found.curves.broken).toEqual(found.curves.unbroken);
}, 180_000);

it("a sweep goes on after its server was killed, with each trial made once", async () => {
  const folder = await mkdtemp(join(tmpdir(), "deepdive-sweep-"));
  const first = await ServerProcess.start(folder, labs);
  const space = { rate: "0.1,0.2,0.3,0.4" };
  const { run } = await first.json<{ run: RunDetails }>("/api/sweeps", {
    lab: "toy-count",
    input: { steps: 30, stepMs: 10 },
    space,
    method: "grid",
    metric: "loss",
  });
  const trials = async (server: ServerProcess) =>
    (await server.json<{ trials: RunRecord[] }>(`/api/sweeps/${run.id}`)).trials;
  await first.until(run.id, ({ progress }) => (progress?.done ?? 0) >= 2);
  await first.kill();
  const second = await ServerProcess.start(folder, labs);
  const ended = await second.until(run.id);
  expect(ended).toMatchObject({ status: "done", summary: { trials: 4 } });
  const made = await trials(second);
  expect(made.map(({ status }) => status)).toEqual(Array(4).fill("done"));
  const rates = made.map(({ config }) => (config as { rate: number }).rate);
  expect(rates.toSorted()).toEqual([0.1, 0.2, 0.3, 0.4]);
  await second.kill();
  await rm(folder, { recursive: true });
}, 60_000);
