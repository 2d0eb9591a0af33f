import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { acquireLock, StoreLockedError } from "./lock.ts";

describe("the lock of a folder", () => {
  let folder: string;
  let locks: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "deepdive-lock-"));
    locks = join(folder, "locks");
    await mkdir(locks);
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("is given to one of many who ask at once", async () => {
    const asked = await Promise.allSettled(Array.from({ length: 8 }, () => acquireLock(folder)));
    const held = asked.filter((result) => result.status === "fulfilled");
    expect(held.length).toBeLessThanOrEqual(1);
    for (const result of asked) {
      if (result.status === "rejected") expect(result.reason).toBeInstanceOf(StoreLockedError);
    }
    await Promise.all(held.map((result) => result.value.release()));
    expect(await readdir(locks)).toEqual([]);
    await (await acquireLock(folder)).release();
  });

  it("is waited for where a command has it for a moment, not where somebody answers", async () => {
    const first = await acquireLock(folder, "deepdive runs ls");
    const second = acquireLock(folder, "deepdive train", 5_000);
    setTimeout(() => void first.release(), 400);
    const held = await second;
    await held.annotate("deepdive train", { url: "http://127.0.0.1:1", key: "k" });
    const start = performance.now();
    await expect(acquireLock(folder, "", 60_000)).rejects.toBeInstanceOf(StoreLockedError);
    expect(performance.now() - start).toBeLessThan(10_000);
    await held.release();
  });

  it("is taken over from a dead process", async () => {
    const child = spawn(process.execPath, ["-e", ""]);
    await once(child, "exit");
    const holder = { pid: child.pid, host: hostname(), note: "" };
    await writeFile(join(locks, `${child.pid}-aa.json`), JSON.stringify(holder));
    await writeFile(join(locks, `${child.pid}-bb.json`), "half writ");
    await (await acquireLock(folder)).release();
    expect(await readdir(locks)).toEqual([]);
  });

  it.runIf(process.platform === "linux")(
    "sees that a pid is used by another process now",
    async () => {
      const holder = { pid: process.pid, host: hostname(), startTime: "1", note: "" };
      await writeFile(join(locks, `${process.pid}-aa.json`), JSON.stringify(holder));
      await (await acquireLock(folder)).release();
    },
  );

  it("is respected on another host until that has been silent for a minute", async () => {
    const file = join(locks, "1-aa.json");
    await writeFile(file, JSON.stringify({ pid: 1, host: "elsewhere", note: "deepdive serve" }));
    await expect(acquireLock(folder)).rejects.toThrow(
      "is in use by process 1 on elsewhere (deepdive serve); stop that process",
    );
    const longAgo = new Date(Date.now() - 61_000);
    await utimes(file, longAgo, longAgo);
    await (await acquireLock(folder)).release();
  });
});
