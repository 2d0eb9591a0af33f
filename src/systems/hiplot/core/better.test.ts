import { expect, it } from "vitest";
import { Random } from "../sources/random.ts";
import { compareRuns } from "./better.ts";
import { chainsOf } from "./chains.ts";
import { frameOf } from "./frame.ts";
import { inferTypes } from "./infer.ts";
import { settingColumns } from "./settings.ts";
import type { Value } from "./types.ts";

function table(rows: readonly Record<string, Value>[]) {
  const frame = frameOf(rows.map((values, i) => ({ uid: String(i), fromUid: null, values })));
  return { frame, defs: inferTypes(frame) };
}

it("finds what each setting does, whatever the others are: a table whose target is a known sum", () => {
  // loss = 10 for sgd + 3 x + nothing for z, over 1 200 settings drawn at random.
  const random = new Random(11);
  const drawn = Array.from({ length: 1_200 }, () => ({
    optimizer: random.next() < 0.5 ? "sgd" : "adam",
    x: random.next(),
    z: random.next(),
  }));
  const rows = [
    { optimizer: "sgd", x: 0.9, z: 0.1 },
    { optimizer: "adam", x: 0.1, z: 0.9 },
    ...drawn,
  ].map((row) => ({
    ...row,
    loss: (row.optimizer === "sgd" ? 10 : 0) + 3 * row.x + 0.1 * random.normal(),
  }));
  const { frame, defs } = table(rows);
  const settings = ["optimizer", "x", "z"];
  const found = compareRuns(frame, defs, { a: 0, b: 1, target: "loss", settings, neighbours: 15 });
  expect(found.differences.map(({ column }) => column)).toEqual(["optimizer", "x", "z"]);
  const [optimizer, x, z] = found.differences;
  expect(optimizer!.effect).toBeCloseTo(-10, 0);
  // Neighbours lie around 0.9 and 0.1, so the step of 0.8 in x is worth about -2.4.
  expect(Math.abs(x!.effect + 2.4)).toBeLessThan(0.3);
  expect(Math.abs(z!.effect)).toBeLessThan(0.3);
  expect([optimizer!.clear, x!.clear, z!.clear]).toEqual([true, true, false]);
  expect(optimizer!.a).toMatchObject({ value: "sgd" });
  expect(optimizer!.a.count).toBeGreaterThanOrEqual(15);
  expect(found.runs).toBe(1_200);
});

it("does not credit a setting with what goes with another one", () => {
  // All good runs have a wide net, but width does nothing: depth does, and goes with width by 9 in 10.
  const random = new Random(5);
  const rows = Array.from({ length: 800 }, (_, i) => {
    const depth = i < 2 ? i : random.integer(0, 1);
    const width = i < 2 ? i : random.next() < 0.9 ? depth : 1 - depth;
    return { depth: `d${depth}`, width: `w${width}`, loss: 5 - 4 * depth + 0.2 * random.normal() };
  });
  const { frame, defs } = table(rows);
  const { differences } = compareRuns(frame, defs, {
    a: 0,
    b: 1,
    target: "loss",
    settings: ["depth", "width"],
    neighbours: 20,
  });
  expect(differences.map(({ column, clear }) => [column, clear])).toEqual([
    ["depth", true],
    ["width", false],
  ]);
  expect(differences[0]!.effect).toBeCloseTo(-4, 0);
  expect(Math.abs(differences[1]!.effect)).toBeLessThan(0.2);
});

it("says nothing where nobody else ran, and leaves out what the two share", () => {
  const { frame, defs } = table([
    { lr: 0.1, seed: 1, batch: 8, loss: 1 },
    { lr: 0.2, seed: 1, batch: 16, loss: 2 },
    { lr: 0.2, seed: 2, batch: 16, loss: 3 },
  ]);
  const settings = ["lr", "seed", "batch"];
  const { differences } = compareRuns(frame, defs, { a: 0, b: 1, target: "loss", settings });
  expect(differences.map(({ column }) => column).sort()).toEqual(["batch", "lr"]);
  for (const { effect, clear, a, b } of differences) {
    expect([effect, clear, a.count, b.count]).toEqual([Number.NaN, false, 0, 1]);
  }
});

it("takes for settings what stays the same along runs, or what is not named like a measure", () => {
  const points = [0, 1].flatMap((run) =>
    [0, 1].map((epoch) => ({
      uid: `${run}_${epoch}`,
      fromUid: epoch === 0 ? null : `${run}_0`,
      values: { run: `r${run}`, lr: run, epoch, speed: run + epoch / 2, loss: 1 - epoch },
    })),
  );
  const frame = frameOf(points);
  expect(settingColumns(frame, inferTypes(frame), chainsOf(frame))).toEqual(["lr"]);
  const flat = table([
    { lr: 1, "valid/acc": 0.5, loss: 3, dropout: 0 },
    { lr: 2, "valid/acc": 0.7, loss: 1, dropout: 1 },
  ]);
  expect(settingColumns(flat.frame, flat.defs, chainsOf(flat.frame))).toEqual(["lr", "dropout"]);
});
