import { expect, it } from "vitest";
import { issueOf } from "../../data/testing.ts";
import { ReviewLoop } from "./review-loop.ts";
import { unitRows, vectorsOf } from "./vectors.ts";

/** Points on a circle's arc from 0 to 90 degrees; the label changes at 45. */
function arc(count: number) {
  const angles = Float64Array.from({ length: count }, (_, i) => (i / (count - 1)) * (Math.PI / 2));
  const data = Float32Array.from([...angles].flatMap((a) => [Math.cos(a), Math.sin(a)]));
  return {
    vectors: unitRows(vectorsOf(data, 2)),
    truth: Int32Array.from(angles, (angle) => (angle < Math.PI / 4 ? 0 : 1)),
  };
}

function loopOn(count: number, guessBorder: number) {
  const { vectors, truth } = arc(count);
  // Names alone put the border in a wrong place, and are sure far away from it.
  const guess = Int32Array.from({ length: count }, (_, i) => (i < guessBorder ? 0 : 1));
  const margin = Float32Array.from({ length: count }, (_, i) => Math.abs(i - guessBorder));
  const pool = Int32Array.from({ length: count }, (_, i) => i);
  return { truth, loop: new ReviewLoop({ vectors, guess, margin, classes: 2, pool, seed: 3 }) };
}

it("asks about each text once, by chance first and then where it doubts", async () => {
  const { loop, truth } = loopOn(400, 120);
  const first = await loop.ask(20);
  expect(new Set(first).size).toBe(20);
  for (const row of first) loop.answer(row, truth[row]!);
  const second = await loop.ask(10);
  expect([...second].filter((row) => loop.answers.has(row))).toEqual([]);
  const far = (rows: Int32Array) =>
    rows.reduce((sum, row) => sum + Math.abs(row - 200), 0) / rows.length;
  expect(far(second)).toBeLessThan(far(first) / 2);
});

it("learns more from answers than the guesses knew", async () => {
  const { loop, truth } = loopOn(400, 120);
  while (loop.answers.size < 50) {
    for (const row of await loop.ask(10)) loop.answer(row, truth[row]!);
  }
  const all = Int32Array.from(truth.keys());
  const probabilities = await loop.probabilities(await loop.head(), all);
  const right = truth.filter((label, row) => (probabilities[2 * row + 1]! > 0.5 ? 1 : 0) === label);
  // The guesses are right on 320 of 400.
  expect(right.length).toBeGreaterThan(380);
});

it("gives every answer and the guesses asked for as lessons, weighed by how sure they are", async () => {
  const { loop, truth } = loopOn(100, 50);
  for (const row of await loop.ask(30)) loop.answer(row, truth[row]!);
  const { rows, labels, weights } = await loop.lessons(await loop.head(), 40);
  expect(rows.length).toBe(70);
  expect([...rows.subarray(0, 30)]).toEqual([...loop.answers.keys()]);
  expect([...labels.subarray(0, 30)]).toEqual([...loop.answers.values()]);
  expect([...weights.subarray(0, 30)]).toEqual(new Array(30).fill(4));
  for (const weight of weights.subarray(30)) expect(weight).toBeLessThanOrEqual(1);
  const { data } = loop.directions({ rows, labels, weights });
  expect(Math.hypot(data[0]!, data[1]!)).toBeCloseTo(1, 6);
  expect(data[0]).toBeGreaterThan(data[2]!);
});

it("ends where the pool ends, and refuses what cannot be", async () => {
  const { loop, truth } = loopOn(25, 10);
  for (const row of await loop.ask(100)) loop.answer(row, truth[row]!);
  expect(loop.answers.size).toBe(25);
  expect((await loop.ask(5)).length).toBe(0);
  expect(await issueOf(() => loop.answer(0, 2))).toMatchObject({ field: "label" });
  const { vectors } = arc(5);
  const few = { guess: new Int32Array(4), margin: new Float32Array(5), pool: new Int32Array() };
  const issue = await issueOf(() => new ReviewLoop({ vectors, classes: 2, ...few }));
  expect(issue).toMatchObject({ field: "guess" });
});
