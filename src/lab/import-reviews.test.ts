/** @file The desk's rows out of a run's file: the first at once, all in the end, answers of earlier runs with them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { importReviews, reviewsArtifact, reviewsImported } from "./import-reviews.ts";
import { Reviews } from "./reviews.ts";
import type { Store } from "./store.ts";
import { makeStore } from "./testing.ts";

describe("a run's rows to review", () => {
  let store: Store;
  let discard: () => Promise<void>;
  let reviews: Reviews;
  beforeAll(async () => {
    ({ store, discard } = await makeStore());
    reviews = new Reviews(store.database);
  });
  afterAll(() => discard());

  const line = (row: number, text = `text ${row}`) =>
    `${JSON.stringify({ row, text, guess: "a", doubt: 1 - row / 1e6, scores: { a: row / 1e6 } })}\n`;

  async function newRun(lines: readonly string[], config: object = {}): Promise<string> {
    const run = await store.createRun({ lab: "label", config });
    await run.artifact(reviewsArtifact, "text", lines.join(""));
    return run.id;
  }

  const count = async (run: string) =>
    (
      await store.database.query<{ n: number }>(
        "select count(*)::float8 as n from reviews where run_id = $1",
        [run],
      )
    ).rows[0]!.n;

  it("can be looked at while the others are still on their way", async () => {
    // Several blocks of a megabyte.
    const filler = "x".repeat(300);
    const lines = Array.from({ length: 9000 }, (_, row) => line(row, `${filler} ${row}`));
    const run = await newRun(lines);
    expect(await importReviews(store, run)).toBe(true);
    expect(await count(run)).toBeLessThan(9000);
    expect((await reviews.page(run, { limit: 2 })).reviews.map(({ row }) => row)).toEqual([0, 1]);
    // Asked again meanwhile, it does not begin anew.
    expect(await importReviews(store, run)).toBe(true);
    await reviewsImported(store, run);
    expect(await count(run)).toBe(9000);
  });

  it("are completed where an import broke off, and answers stay", async () => {
    const lines = Array.from({ length: 20 }, (_, row) => line(row));
    const run = await newRun(lines);
    await reviews.add(
      run,
      lines.slice(0, 8).map((each) => JSON.parse(each)),
    );
    await reviews.answer(run, [{ row: 3, label: "b", reviewer: "ann" }]);
    await importReviews(store, run);
    await reviewsImported(store, run);
    expect(await count(run)).toBe(20);
    expect(await reviews.answered(run)).toMatchObject([{ row: 3, answer: "b", reviewer: "ann" }]);
  });

  it("keep what a run of the same settings was answered, for the same texts only", async () => {
    const lines = [line(0), line(1), line(2)];
    const config = { labels: "a, b" };
    const before = await newRun(lines, config);
    const other = await newRun(lines, { labels: "a, c" });
    for (const run of [before, other]) await importReviews(store, run);
    await reviewsImported(store, before);
    await reviewsImported(store, other);
    await reviews.answer(before, [
      { row: 0, label: "b", reviewer: "ann" },
      { row: 1, label: "b" },
    ]);
    await reviews.answer(other, [{ row: 2, label: "c" }]);
    const again = await newRun([line(0), line(1, "another text"), line(2)], config);
    await importReviews(store, again);
    await reviewsImported(store, again);
    expect(await reviews.answered(again)).toMatchObject([{ row: 0, answer: "b", reviewer: "ann" }]);
  });

  it("are none where the run left no file", async () => {
    const { id } = await store.createRun({ lab: "label" });
    expect(await importReviews(store, id)).toBe(false);
  });
});
