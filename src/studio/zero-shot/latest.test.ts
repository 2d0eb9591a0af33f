import { expect, it } from "vitest";
import { Latest } from "./latest.ts";

it("does one task at a time, and of those that wait only the latest", async () => {
  const line = new Latest();
  const done: number[] = [];
  const gates: (() => void)[] = [];
  const task = (n: number) => () =>
    new Promise<void>((resolve) => {
      done.push(n);
      gates.push(resolve);
    });
  line.do(task(1));
  line.do(task(2));
  line.do(task(3));
  expect(done).toEqual([1]);
  gates[0]!();
  await new Promise((resolve) => setImmediate(resolve));
  expect(done).toEqual([1, 3]);
  gates[1]!();
  await new Promise((resolve) => setImmediate(resolve));
  line.do(() => Promise.reject(new Error("lost")));
  await new Promise((resolve) => setImmediate(resolve));
  line.do(task(4));
  expect(done).toEqual([1, 3, 4]);
});
