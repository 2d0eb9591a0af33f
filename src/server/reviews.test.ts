/** @file The review desk over HTTP: rows that a run left are taken in, paged, answered, taken back. */

import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { reviewsArtifact, type Store } from "../lab/index.ts";
import { makeStore } from "../lab/testing.ts";
import { createApp } from "./app.ts";

describe("reviews", () => {
  let app: FastifyInstance;
  let store: Store;
  let discard: () => Promise<void>;
  let url: string;
  beforeAll(async () => {
    ({ store, discard } = await makeStore());
    app = await createApp({ store });
    const run = await store.createRun({ lab: "zero-shot-label" });
    const lines = [0.2, 0.9, 0.5].map((doubt, row) =>
      JSON.stringify({ row, text: `text ${row}`, guess: "a", doubt, scores: { a: 1 - doubt } }),
    );
    await run.artifact(reviewsArtifact, "text", `${lines.join("\n")}\n`);
    url = `/api/runs/${run.id}/reviews`;
  });
  afterAll(async () => {
    await app.close();
    await discard();
  });

  const headers = { host: "localhost:7331", "content-type": "application/json" };
  const get = async (path: string) => (await app.inject({ url: path, headers })).json();
  const post = (path: string, payload: object) =>
    app.inject({ method: "POST", url: path, headers, payload });

  it("come from the run's artifact, the most doubtful first, page by page", async () => {
    const first = await get(`${url}?limit=2`);
    expect(first.reviews.map((each: { row: number }) => each.row)).toEqual([1, 2]);
    const rest = await get(`${url}?limit=2&after=${first.next.doubt},${first.next.row}`);
    expect(rest.reviews.map((each: { row: number }) => each.row)).toEqual([0]);
    expect(rest.next).toBeNull();
  });

  it("are answered and taken back", async () => {
    const answers = [
      { row: 1, label: "b", reviewer: "ann", seconds: 3 },
      { row: 2, label: "a" },
    ];
    const answer = await post(url, { answers });
    expect(answer.json().agreement).toEqual({ answered: 2, agreed: 1 });
    expect((await get(url)).reviews).toHaveLength(1);
    expect((await get(`${url}/answered`)).reviews[0]).toMatchObject({ row: 1, answer: "b" });
    expect((await post(`${url}/undo`, {})).json().review.answer).toBeNull();
    expect((await get(url)).reviews).toHaveLength(2);
  });

  it("refuse rows, runs and answers that are none", async () => {
    expect((await post(url, { answers: [{ row: 77, label: "a" }] })).statusCode).toBe(404);
    expect((await post(url, { answers: [] })).statusCode).toBe(400);
    expect((await post(url, { answers: [{ row: -1, label: "" }] })).statusCode).toBe(400);
    expect((await app.inject({ url: "/api/runs/nosuchrun0/reviews", headers })).statusCode).toBe(
      404,
    );
    expect((await app.inject({ url: `${url}?after=x`, headers })).statusCode).toBe(400);
  });

  it("are as sure as the answers say, once there are thirty", async () => {
    const run = await store.createRun({ lab: "zero-shot-label" });
    // The job is 90% sure of each; people keep one of two guesses.
    const lines = Array.from({ length: 50 }, (_, row) =>
      JSON.stringify({ row, text: `t ${row}`, guess: "a", doubt: 0.1, scores: { a: 0.9 } }),
    );
    await run.artifact(reviewsArtifact, "text", `${lines.join("\n")}\n`);
    const desk = `/api/runs/${run.id}/reviews`;
    const confidence = async () => (await get(desk)).reviews[0].confidence;
    expect(await confidence()).toBeCloseTo(0.9, 6);
    const answers = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => ({
        row: from + i,
        label: (from + i) % 2 ? "a" : "b",
      }));
    await post(desk, { answers: answers(0, 28) });
    expect(await confidence()).toBeCloseTo(0.9, 6);
    await post(desk, { answers: answers(28, 40) });
    expect(await confidence()).toBeCloseTo(0.5, 6);
  });
});
