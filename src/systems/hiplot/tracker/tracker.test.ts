import { appendFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { Experiment } from "../public-experiment.ts";
import { loadUri } from "../sources/uri.ts";
import { importRunsInto } from "./import-runs.ts";
import { classMeasures, regressionMeasures } from "./measures.ts";
import { listRuns, readRun, runsExperiment } from "./runs.ts";
import { track } from "./tracker.ts";

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "hiplot-tracker-"));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

it("records epochs as a chain of rows, settings on each", async () => {
  const run = track({ experiment: "chain", dataDir, params: { lr: 0.1 }, name: "first" });
  run.log({ epoch: 0, "train/loss": 2, "valid/loss": 2.1 });
  run.log({ epoch: 1, "train/loss": Number.NaN, "valid/loss": Infinity });
  run.finish();
  const made = await loadUri("run://chain", { dataDir });
  expect(made.datapoints.map(({ uid, fromUid }) => [uid, fromUid])).toEqual([
    [`${run.id}_0`, null],
    [`${run.id}_1`, `${run.id}_0`],
  ]);
  expect(made.datapoints[1]!.values).toMatchObject({
    run: "first",
    lr: 0.1,
    epoch: 1,
    "train/loss": Number.NaN,
    "valid/loss": Infinity,
  });
  expect(await listRuns(dataDir, "chain")).toMatchObject([{ experiment: "chain", id: run.id }]);
});

it("draws a tree where runs are forked", () => {
  const parent = track({ experiment: "tree", dataDir, params: { lr: 0.1 } });
  parent.log({ loss: 3 });
  parent.log({ loss: 2 });
  const child = parent.fork({ lr: 0.01 });
  parent.log({ loss: 1.5 });
  child.log({ loss: 1 });
  for (const run of [parent, child]) run.finish();
  const runs = [parent, child].map(({ id }) => readRun(dataDir, "tree", id));
  const made = runsExperiment(runs).validate();
  const fork = made.datapoints.find(({ uid }) => uid === `${child.id}_2`)!;
  expect(fork.fromUid).toBe(`${parent.id}_1`);
  expect(fork.values.lr).toBe(0.01);
});

it("goes on after a crash with the next epoch, a torn line cut off", async () => {
  const run = track({ experiment: "torn", dataDir });
  run.log({ epoch: 0, loss: 2 });
  run.log({ epoch: 1, loss: 1 });
  run.flush();
  const path = join(dataDir, "hiplot", "torn", `${run.id}.jsonl`);
  await appendFile(path, '{"epoch": 2, "lo');
  const again = track({ experiment: "torn", dataDir, resume: run.id });
  expect(again.epoch).toBe(1);
  again.log({ loss: 0.5 });
  again.finish();
  expect([...readRun(dataDir, "torn", run.id).epochs]).toEqual([
    [0, { loss: 2 }],
    [1, { loss: 1 }],
    [2, { loss: 0.5 }],
  ]);
});

it("replaces a repeated epoch and keeps its history; warns once of what it cannot use", async () => {
  const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  const run = track({ experiment: "odd", dataDir });
  run.log({ epoch: 3, loss: 1, model: {}, uid: "x" });
  run.log({ epoch: 3, loss: 2, model: {} });
  run.log({ epoch: 1, loss: 9 });
  run.finish();
  expect(warn.mock.calls.map(([message]) => message)).toEqual([
    `run ${run.id}: model: expected a number, got object; it is left out`,
    `run ${run.id}: uid is the tracker's own and is left out`,
    `run ${run.id}: epoch 3 was logged before and is replaced`,
  ]);
  warn.mockRestore();
  expect([...readRun(dataDir, "odd", run.id).epochs]).toEqual([
    [1, { loss: 9 }],
    [3, { loss: 2 }],
  ]);
  const journal = await readFile(join(dataDir, "hiplot", "odd", `${run.id}.jsonl`), "utf8");
  expect(journal.match(/"epoch": 3/g)).toHaveLength(2);
  expect(() => run.log({ loss: 1 })).toThrow("log() after finish()");
});

it("refuses names that are no names of files, and runs that are not there", () => {
  expect(() => track({ experiment: "../up", dataDir })).toThrow(
    "expected an experiment's name of letters",
  );
  expect(() => track({ experiment: "torn", dataDir, resume: "none" })).toThrow(
    "there is no run none of torn",
  );
  expect(() => readRun(dataDir, "torn", "none")).toThrow(
    "run none: there is none of this id in torn",
  );
});

it("imports chains of other tools as runs, branches as forks", () => {
  const source = Experiment.fromIterable([
    { uid: "a", epoch: 0, loss: 3 },
    { uid: "b", from_uid: "a", epoch: 1, loss: 2 },
    { uid: "c", from_uid: "a", epoch: 1, loss: 1 },
  ]);
  expect(importRunsInto(source, { experiment: "imported", dataDir })).toBe(2);
});

it("measures splits by the names that badges know", () => {
  expect(regressionMeasures("valid", [1, 2, 3], [1, 2, 5])).toEqual({
    "valid/mae": 2 / 3,
    "valid/mse": 4 / 3,
    "valid/rmse": Math.sqrt(4 / 3),
    // Variance of 1, 2, 5 is 26/9.
    "valid/r2": 1 - 4 / 3 / (26 / 9),
  });
  expect(classMeasures("train", [1, 0, 1, 1], [1, 0, 0, 1])).toEqual({
    "train/accuracy": 0.75,
    "train/f1": 0.8,
  });
});
