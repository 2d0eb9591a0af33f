import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openStore } from "../../../lab/index.ts";
import { readRuns } from "../sources/runs.ts";

it("makes rows of a store's runs: one per validation, a continuation below its parent", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hiplot-store-"));
  const store = await openStore(folder);
  const first = await store.createRun({
    lab: "toy",
    name: "first",
    config: { lr: 0.1, data: { rows: 5 } },
  });
  first.metrics(1, { "train/loss": 3 });
  first.metrics(2, { "train/loss": 2, "valid/loss": 2.5 });
  first.metrics(4, { "valid/loss": Number.NaN });
  await first.finish({});
  const second = await store.createRun({ lab: "toy", name: "second", parent: first.id });
  await second.finish({ accuracy: 0.9 });
  await store.close();
  const made = await readRuns("toy", folder);
  expect(made.validate().datapoints).toEqual([
    {
      uid: `${first.id}_2`,
      fromUid: null,
      values: {
        run: "first",
        lab: "toy",
        status: "done",
        lr: 0.1,
        "data.rows": 5,
        step: 2,
        "train/loss": 2,
        "valid/loss": 2.5,
      },
    },
    {
      uid: `${first.id}_4`,
      fromUid: `${first.id}_2`,
      values: {
        run: "first",
        lab: "toy",
        status: "done",
        lr: 0.1,
        "data.rows": 5,
        step: 4,
        "train/loss": 2,
        "valid/loss": Number.NaN,
      },
    },
    {
      uid: second.id,
      fromUid: `${first.id}_4`,
      values: { run: "second", lab: "toy", status: "done", accuracy: 0.9 },
    },
  ]);
  await expect(readRuns("other", folder)).rejects.toThrow("there are no runs of other");
  await rm(folder, { recursive: true });
}, 60_000);
