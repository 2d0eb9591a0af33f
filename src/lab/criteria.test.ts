import { expect, test } from "vitest";
import { assess, type Criterion, judge, notRun } from "./criteria.ts";

const criterion = (run: Criterion["run"]): Criterion => ({
  system: "demo",
  name: "speed",
  target: "at most 2 ms",
  run,
});

test("judge includes the bound itself and refuses NaN", () => {
  expect(judge(2, "at most", 2).ok).toBe(true);
  expect(judge(2.01, "at most", 2).ok).toBe(false);
  expect(judge(2, "at least", 2).ok).toBe(true);
  expect(judge(1.99, "at least", 2).ok).toBe(false);
  expect(judge(Number.NaN, "at most", 2).ok).toBe(false);
  expect(judge(Number.NaN, "at least", 2).ok).toBe(false);
});

test("assess reports every field of a verdict", async () => {
  const verdict = await assess(criterion(async () => judge(1.5, "at most", 2, "2 threads")));
  expect(verdict).toEqual({
    system: "demo",
    criterion: "speed",
    figure: 1.5,
    target: "at most 2 ms",
    ok: true,
    seconds: expect.any(Number),
    note: "2 threads",
  });
});

test("a criterion that throws falls short, one that lacks its data is not run", async () => {
  const broken = await assess(criterion(() => Promise.reject(new Error("no such model"))));
  expect(broken).toMatchObject({ figure: null, ok: false, note: "failed with: no such model" });
  const absent = await assess(criterion(async () => notRun("needs the audio set")));
  expect(absent).toMatchObject({ figure: null, ok: "not run", note: "needs the audio set" });
});
