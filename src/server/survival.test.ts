import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { survive } from "./testing/survival.ts";

const labs = fileURLToPath(new URL("../lab/fixtures/labs", import.meta.url));

it("a server killed at ten random moments loses nothing, and the run ends as an unbroken one", async () => {
  const input = { steps: 400, stepMs: 15 };
  const found = await survive({
    lab: "toy-count",
    input,
    labs,
    kills: 10,
    seed: 7,
    longestMs: 400,
  });
  expect(found.kills).toBe(10);
  expect(found.lost).toEqual([]);
  expect(found.broken).toMatchObject({ status: "done", attempt: 11 });
  expect(found.broken.summary).toEqual(found.unbroken.summary);
  expect(found.curves.broken).toEqual(found.curves.unbroken);
}, 180_000);
