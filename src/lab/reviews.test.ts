/** @file Reviews: order, pages, answers that stay, and taking them back. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Reviews } from "./reviews.ts";
import type { Store } from "./store.ts";
import { makeStore } from "./testing.ts";

describe("reviews", () => {
  let store: Store;
  let discard: () => Promise<void>;
  let reviews: Reviews;
  beforeAll(async () => {
    ({ store, discard } = await makeStore());
    reviews = new Reviews(store.database);
  });
  afterAll(() => discard());

  const row = (at: number, doubt: number) => ({
    row: at,
    text: `text ${at} \u0000 with NUL`,
    guess: "a",
    doubt,
    scores: { a: 0.6, b: 0.4 },
  });

  async function newRun(rows: readonly ReturnType<typeof row>[]): Promise<string> {
    const { id } = await store.createRun({ lab: "label" });
    await reviews.add(id, rows);
    return id;
  }

  it("come the most doubtful first, page by page", async () => {
    const run = await newRun([row(0, 0.1), row(1, 0.9), row(2, 0.5), row(3, 0.5)]);
    const first = await reviews.page(run, { limit: 3 });
    expect(first.reviews.map((each) => each.row)).toEqual([1, 2, 3]);
    expect(first.reviews[0]).toMatchObject({ guess: "a", scores: { a: 0.6 }, answer: null });
    const rest = await reviews.page(run, { limit: 3, after: first.next! });
    expect(rest.reviews.map((each) => each.row)).toEqual([0]);
    expect(rest.next).toBeNull();
  });

  it("keep answers when the rows are added again, and count agreement", async () => {
    const run = await newRun([row(0, 0.1), row(1, 0.9)]);
    await reviews.answer(run, [
      { row: 1, label: "b", reviewer: "ann", seconds: 2.5 },
      { row: 0, label: "a" },
    ]);
    await reviews.add(run, [{ ...row(1, 0.2), guess: "c" }, row(5, 1)]);
    const answered = await reviews.answered(run);
    expect(answered.map((each) => [each.row, each.guess, each.answer])).toEqual([
      [0, "a", "a"],
      [1, "a", "b"],
    ]);
    expect(answered[1]).toMatchObject({ reviewer: "ann", seconds: 2.5 });
    expect(await reviews.agreement(run)).toEqual({ answered: 2, agreed: 1 });
    expect((await reviews.page(run)).reviews.map((each) => each.row)).toEqual([5]);
  });

  it("can be taken back, one by one or as they were before", async () => {
    const run = await newRun([row(0, 0.3), row(1, 0.2)]);
    expect(await reviews.undo(run)).toBeUndefined();
    await reviews.answer(run, [{ row: 0, label: "a" }]);
    const before = await reviews.answer(run, [{ row: 0, label: "b" }]);
    await reviews.answer(run, before);
    expect((await reviews.answered(run))[0]!.answer).toBe("a");
    expect(await reviews.undo(run)).toMatchObject({ row: 0, answer: null });
    expect(await reviews.answered(run)).toEqual([]);
  });

  it("of a row that is not there change nothing", async () => {
    const run = await newRun([row(0, 0.3)]);
    const answers = [
      { row: 0, label: "a" },
      { row: 7, label: "a" },
    ];
    await expect(reviews.answer(run, answers)).rejects.toThrow("has no row 7 to review");
    expect(await reviews.answered(run)).toEqual([]);
  });
});
