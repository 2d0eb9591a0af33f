import { mkdir, mkdtemp, open, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Reviews } from "./reviews.ts";
import { openStore, type Store } from "./store.ts";
import { PowerCut } from "./testing/power-cut.ts";
import { makeStoreFolder } from "./testing.ts";

const isLinux = process.platform === "linux";
if (!isLinux) console.log("power cuts: skipped, the simulated disk needs /proc");

describe.skipIf(!isLinux)("after a power cut", { timeout: 60_000 }, () => {
  let folder: string;
  let after: string;
  let cut: PowerCut;
  beforeEach(async () => {
    folder = await realpath(await makeStoreFolder());
    after = await mkdtemp(join(tmpdir(), "deepdive-after-"));
  });
  afterEach(async () => {
    cut.end();
    await rm(folder, { recursive: true, force: true });
    await rm(after, { recursive: true, force: true });
  });

  it("a file is there as it was when it was forced, its name when its folder was", async () => {
    cut = await PowerCut.watch(folder);
    const path = join(folder, "a.txt");
    const file = await open(path, "w");
    await file.write("forced");
    await file.sync();
    await file.write(" and not");
    await file.close();
    await mkdir(join(folder, "forgotten"));
    await writeFile(join(folder, "forgotten", "b.txt"), "lost");
    await cut.copyTo(after);
    expect(await readFile(join(after, "a.txt"), "utf8")).toBe("forced");
    await expect(readFile(join(after, "forgotten", "b.txt"))).rejects.toThrow("ENOENT");
  });

  it("PGlite by itself has forgotten what it had committed", async () => {
    cut = await PowerCut.watch(folder);
    const database = await PGlite.create({ dataDir: join(folder, "database") });
    await database.query("insert into keys (id, name, hash) values ('a', 'b', 'c')");
    await cut.copyTo(after);
    await database.close();
    const again = await PGlite.create({ dataDir: join(after, "database") });
    expect((await again.query("select * from keys")).rows).toEqual([]);
    await again.close();
  });

  // Nothing but what was forced; or pieces of the rest as well, in any order.
  it.each([undefined, 1])(
    "the store has all that it had said is done (pieces: %s)",
    async (seed) => {
      cut = await PowerCut.watch(folder);
      const store = await openStore(folder);
      const done: string[] = [];
      for (let number = 0; number < 6; number++) {
        const run = await store.createRun({
          lab: "toy",
          name: `run ${number}`,
          config: { number },
        });
        for (let step = 0; step < 40; step++) run.metrics(step, { loss: number + step });
        await run.artifact("model/weights.bin", "model", new Uint8Array(10_000).fill(number));
        await run.finish({ number });
        done.push(run.id);
        // A checkpoint writes the tables themselves, in the middle of the work.
        if (number === 3) await store.database.exec("checkpoint");
      }
      const reviews = new Reviews(store.database);
      await reviews.add(done[0] as string, [
        { row: 1, text: "a mail", guess: "ham", doubt: 0.5, scores: {} },
      ]);
      await reviews.answer(done[0] as string, [{ row: 1, label: "spam", reviewer: "me" }]);
      const running = await store.createRun({ lab: "toy", name: "at work" });
      running.metrics(7, { loss: 7 });
      await running.flush();
      const waiting = await store.enqueueRun({ lab: "toy", name: "waits" });
      await cut.copyTo(after, seed);
      cut.end();
      await store.close();

      const again = await openStore(after);
      await expectWhole(again, done);
      const answered = await new Reviews(again.database).answered(done[0] as string);
      expect(answered).toMatchObject([{ row: 1, answer: "spam" }]);
      expect(await again.run(running.id)).toMatchObject({ status: "interrupted" });
      expect((await again.metrics(running.id)).series).toMatchObject([{ steps: [7], values: [7] }]);
      expect(await again.run(waiting.id)).toMatchObject({ status: "queued" });
      // The tables and their indexes agree: what is written now is found.
      const next = await again.createRun({ lab: "toy" });
      await next.finish({});
      expect(await again.runs({ limit: 100 })).toHaveLength(done.length + 3);
      await again.close();
    },
  );
});

async function expectWhole(store: Store, ids: readonly string[]): Promise<void> {
  for (const [number, id] of ids.entries()) {
    const run = await store.run(id);
    expect(run).toMatchObject({ status: "done", config: { number }, summary: { number } });
    const { series } = await store.metrics(id);
    expect(series[0]?.values).toEqual(Array.from({ length: 40 }, (_, step) => number + step));
    const file = await store.artifact(id, "model/weights.bin");
    expect(await readFile(file?.path ?? "")).toEqual(Buffer.alloc(10_000, number));
  }
}
