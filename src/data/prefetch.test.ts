/** @file Prefetching: order, how far ahead, errors in place, closing, and a worker that runs while we block. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { prefetch } from "./prefetch.ts";
import { prefetchInWorker } from "./prefetch-in-worker.ts";
import { issueOf, type TestFolder, testFolder } from "./testing.ts";

describe("prefetch", () => {
  it("keeps the order and stays `depth` ahead", async () => {
    let made = 0;
    async function* source() {
      for (; made < 10; ) yield made++;
    }
    const seen: number[] = [];
    for await (const item of prefetch(source(), 3)) {
      await new Promise(setImmediate);
      expect(made).toBe(Math.min(10, item + 4));
      seen.push(item);
    }
    expect(seen).toEqual([...Array(10).keys()]);
  });

  it("gives an error in its place, after the items before it", async () => {
    function* source() {
      yield 1;
      yield 2;
      throw new Error("third");
    }
    const seen: number[] = [];
    const run = async () => {
      for await (const item of prefetch(source(), 5)) seen.push(item);
    };
    await expect(run()).rejects.toThrow("third");
    expect(seen).toEqual([1, 2]);
  });

  it("closes the source when the loop ends early", async () => {
    let closed = false;
    async function* source() {
      try {
        while (true) yield 0;
      } finally {
        closed = true;
      }
    }
    for await (const _ of prefetch(source(), 2)) break;
    expect(closed).toBe(true);
  });
});

describe("prefetchInWorker", () => {
  let folder: TestFolder;
  let module: URL;
  beforeAll(() => {
    folder = testFolder();
    const errors = new URL("./errors.ts", import.meta.url).href;
    const path = folder.write(
      "source.ts",
      `import { DataError } from ${JSON.stringify(errors)};
       export async function* produce(o: { count: number; made: Int32Array; fail?: boolean }) {
         for (let i = 0; i < o.count; i++) {
           Atomics.add(o.made, 0, 1);
           yield { i, rows: Float32Array.of(i, i + 0.5) };
         }
         if (o.fail) throw new DataError({ code: "value", expected: "a", received: "b" });
       }`,
    );
    module = new URL(`file://${path}`);
  });
  afterAll(() => folder.remove());

  it("prepares items while this thread is blocked, but not more than `depth`", async () => {
    const made = new Int32Array(new SharedArrayBuffer(4));
    const items: { i: number; rows: Float32Array }[] = [];
    for await (const item of prefetchInWorker<(typeof items)[0]>(module, { count: 9, made }, 3)) {
      items.push(item);
      if (items.length === 1) {
        // The credit for the item in hand is back, so four were allowed; a fifth waits for credit.
        const blocked = new Int32Array(new SharedArrayBuffer(4));
        for (let i = 0; i < 200 && made[0]! < 5; i++) Atomics.wait(blocked, 0, 0, 10);
        expect(made[0]).toBe(5);
      }
    }
    expect(items.map((item) => item.i)).toEqual([...Array(9).keys()]);
    expect(items[8]!.rows).toEqual(Float32Array.of(8, 8.5));
  });

  it("passes errors on as what they were, and ends when the loop does", async () => {
    const made = new Int32Array(new SharedArrayBuffer(4));
    const run = async (options: object) => {
      for await (const _ of prefetchInWorker(module, { made, ...options })) void _;
    };
    expect((await issueOf(() => run({ count: 1, fail: true }))).code).toBe("value");
    for await (const _ of prefetchInWorker(module, { count: 1e9, made })) break;
    const missing = new URL("file:///nowhere/at-all.ts");
    await expect(prefetchInWorker(missing, {}).next()).rejects.toThrow("at-all");
  });
});
