import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Queue } from "./queue.ts";
import type { StoreEvent } from "./records.ts";
import { fileOf } from "./shared-folder.ts";
import { openStore, type Store } from "./store.ts";
import { findPostgres, startPostgres, type TestPostgres } from "./testing/postgres.ts";

const noPostgres = findPostgres() === undefined;
if (noPostgres) console.warn("skipped: no PostgreSQL server on this machine");

const workerFile = fileURLToPath(new URL("./fixtures/worker.ts", import.meta.url));

describe.skipIf(noPostgres)("a store on a PostgreSQL server", () => {
  let server: TestPostgres;
  let folder: string;
  let store: Store;
  let queue: Queue;
  const workers: ChildProcess[] = [];
  beforeAll(async () => {
    server = await startPostgres();
    folder = await mkdtemp(join(tmpdir(), "deepdive-shared-"));
    store = await openStore(folder, { database: server.url });
    queue = await Queue.open(store);
  });
  afterAll(async () => {
    for (const worker of workers) worker.kill("SIGKILL");
    await queue?.stop();
    await store?.close();
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const until = (done: (event: StoreEvent) => boolean) =>
    new Promise<void>((resolve) => {
      const leave = store.subscribe((event) => {
        if (!done(event)) return;
        leave();
        resolve();
      });
    });

  async function startWorker(): Promise<ChildProcess> {
    const child = spawn(process.execPath, [workerFile, folder, server.url], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    workers.push(child);
    await once(child.stdout as NodeJS.ReadableStream, "data");
    return child;
  }

  it("keeps runs, metrics and artifacts as the embedded one does", async () => {
    const run = await store.createRun({ lab: "toy", config: { a: "\u0000 \ud800" } });
    run.metrics(1, { loss: Number.NaN });
    run.metrics(2, { loss: 5e-324 });
    run.metrics(2, { loss: 0.1 + 0.2 });
    await run.artifact("table", "table", [{ a: 1 }]);
    await run.finish({ ok: true });
    const kept = await store.run(run.id);
    expect(kept).toMatchObject({ status: "done", config: { a: "\u0000 \ud800" }, attempt: 1 });
    expect(kept?.artifacts).toHaveLength(1);
    expect((await store.metrics(run.id)).series).toEqual([
      { name: "loss", count: 2, steps: [1, 2], values: [Number.NaN, 0.1 + 0.2] },
    ]);
  });

  it("may be opened by many at once, and tells each what the others do", async () => {
    const [a, b] = await Promise.all([
      openStore(folder, { database: server.url }),
      openStore(folder, { database: server.url }),
    ]);
    const seen: string[] = [];
    const ended = new Promise<void>((resolve) => {
      b.subscribe((event) => {
        seen.push(event.type);
        if (event.type === "run" && event.run.status === "done") resolve();
      });
    });
    const run = await a.createRun({ lab: "elsewhere" });
    run.progress({ phase: "work", done: 1, total: 2 });
    run.metrics(1, { loss: 1 });
    await run.flush();
    await run.finish();
    await ended;
    expect(seen).toEqual(expect.arrayContaining(["run", "progress", "metrics"]));
    await Promise.all([a.close(), b.close()]);
  });

  it("gives the run of a killed worker to the next, which ends it with no step twice", async () => {
    await Promise.all([startWorker(), startWorker()]);
    const input = { steps: 60, stepMs: 50, rate: 0.1 };
    const { id } = await queue.submit({ lab: "toy-count", input });
    // Past the checkpoint at 20 and before the one at 30.
    let furthest = 0;
    await until((event) => {
      if (event.type === "metrics" && event.runId === id) {
        furthest = Math.max(furthest, ...event.points.map(({ step }) => step));
      }
      return furthest >= 24;
    });
    const before = await store.run(id);
    const first = Number(before?.worker?.split(":").at(-1));
    const killed = workers.find((worker) => worker.pid === first);
    expect(killed).toBeDefined();
    killed?.kill("SIGKILL");
    await until((event) => event.type === "run" && event.run.id === id && event.run.ended !== null);

    const run = await store.run(id);
    expect(run).toMatchObject({ status: "done", attempt: 2 });
    expect(run?.worker).not.toBe(before?.worker);
    let loss = 1;
    for (let step = 1; step <= 60; step++) loss = loss * 0.9 + 0.1 * Math.abs(Math.sin(step));
    expect(run?.summary).toEqual({ steps: 60, loss });
    const { rows } = await store.database.query<{ step: number }>(
      "select step::float8 as step from metrics where run_id = $1 order by step",
      [id],
    );
    expect(rows.map(({ step }) => step)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
  }, 60_000);

  it("is refused to a worker whose data folder is another one, in one line", async () => {
    const other = await mkdtemp(join(tmpdir(), "deepdive-other-"));
    await expect(openStore(other, { database: server.url })).rejects.toThrow(
      /^--data-dir: .*deepdive-other-.* is not the folder that holds the files of this database's runs/,
    );
    // The same folder under another path is the same.
    const link = `${other}-link`;
    await symlink(folder, link);
    await (await openStore(link, { database: server.url })).close();
    await rm(link);
    await rm(other, { recursive: true });
  });

  it("finds an upload wherever the folder is mounted, and says which file a worker lacks", async () => {
    const upload = join("uploads", "0123456789abcdef", "mails.csv");
    await mkdir(join(folder, dirname(upload)), { recursive: true });
    await writeFile(join(folder, upload), "text\na\n");
    const find = fileOf(folder);
    expect(await find(join("/elsewhere/deepdive", upload), "file")).toBe(join(folder, upload));
    await expect(find("/elsewhere/mails.csv", "file")).rejects.toThrow(
      /^there is no file \/elsewhere\/mails\.csv on .*, which works on this run; files outside of the data folder/,
    );
  });

  it("lets no former worker write into a run that is another's", async () => {
    const { id } = await store.enqueueRun({ lab: "taken" });
    const first = await store.claimRun(id);
    expect(await store.claimRun(id)).toBeUndefined();
    await store.database.query("update runs set status = 'queued' where id = $1", [id]);
    const second = await store.claimRun(id);
    first?.metrics(1, { loss: 1 });
    await expect(first?.flush()).rejects.toThrow("is no longer this worker's");
    await expect(first?.artifact("x", "text", "")).rejects.toThrow("is no longer this worker's");
    second?.metrics(1, { loss: 2 });
    await second?.finish();
    expect((await store.metrics(id)).series[0].values).toEqual([2]);
  });
});
