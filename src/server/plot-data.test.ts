import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Store } from "../lab/index.ts";
import { makeStore } from "../lab/testing.ts";
import { decodeFrame } from "../systems/hiplot/core/wire.ts";
import { columnsType } from "../systems/hiplot/serve.ts";
import { createApp } from "./app.ts";

let app: FastifyInstance;
let store: Store;
let discard: () => Promise<void>;
let given: string;

beforeAll(async () => {
  ({ store, discard } = await makeStore());
  given = await mkdtemp(join(tmpdir(), "plots-"));
  await mkdir(join(store.folder, "files"));
  await writeFile(join(store.folder, "files", "inside.csv"), "lr,loss\n0.1,3\n0.2,2\n");
  await writeFile(join(store.folder, "secret.csv"), "key\nhidden\n");
  await symlink(join(store.folder, "secret.csv"), join(store.folder, "files", "link.csv"));
  await writeFile(join(given, "given.csv"), "a\n1\n2\n3\n");
  app = await createApp({ store, plotFolders: [given] });
});
afterAll(async () => {
  await app.close();
  await discard();
  await rm(given, { recursive: true });
});

const ask = (uri: string, accept = "application/json") =>
  app.inject({ url: `/api/plot/data?uri=${encodeURIComponent(uri)}`, headers: { accept } });

it("reads files of the data folder and of folders that were given, as columns or as HiPlot's JSON", async () => {
  const json = (await ask("inside.csv")).json() as {
    experiment: { datapoints_compressed: { rows: unknown[][] } };
  };
  expect(json.experiment.datapoints_compressed.rows).toEqual([
    ["0", null, "0.1", "3"],
    ["1", null, "0.2", "2"],
  ]);
  const bytes = await ask(join(given, "given.csv"), columnsType);
  expect(bytes.headers["content-type"]).toBe(columnsType);
  expect(decodeFrame(new Uint8Array(bytes.rawPayload)).frame.rows).toBe(3);
  expect((await ask("demo_basic_usage")).statusCode).toBe(200);
  expect((await ask('json://[{"a": 1}, {"a": 2}]')).statusCode).toBe(200);
});

it("reads nothing else: no path out, no link out, no query, no run by a path", async () => {
  const outside = [
    "../secret.csv",
    join(store.folder, "secret.csv"),
    "link.csv",
    'multi://["../secret.csv"]',
    "optuna:///etc/passwd",
    "tensorboard:///etc",
    "mlflow://..",
    "fairseq://..",
    "w2l://..",
    "sql://select * from '/etc/passwd'",
    "run://..",
    "events.out.tfevents.1",
  ];
  for (const uri of outside) {
    const answer = await ask(uri);
    expect([uri, answer.statusCode >= 400]).toEqual([uri, true]);
    expect(answer.body).not.toContain("hidden");
    expect(answer.body).not.toContain("root:");
  }
});

it("says what it cannot read in one message", async () => {
  const missing = await ask("gone.csv");
  expect(missing.statusCode).toBe(404);
  expect(missing.json()).toMatchObject({
    error: { code: "file_missing", message: "gone.csv: there is no such file that may be read" },
  });
  expect((await ask("what is this")).json().error.code).toBe("no_fetcher");
});
