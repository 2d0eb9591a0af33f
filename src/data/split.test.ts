/** @file Splits: disjoint and complete, classes in proportion, groups whole, near-duplicates together. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { groupNearDuplicates } from "./near-duplicates.ts";
import { foldRows, splitRows } from "./split.ts";
import { issueOf } from "./testing.ts";

describe("splitRows", () => {
  it("divides all rows, groups whole, sizes within the largest group", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 40 }),
        fc.nat(),
        (n, k, seed) => {
          const groups = Int32Array.from({ length: n }, (_, i) => (i * i) % k);
          const parts = splitRows(n, { train: 0.7, valid: 0.1, test: 0.2 }, { seed, groups });
          const all = [...parts.train, ...parts.valid, ...parts.test];
          expect([...all].sort((a, b) => a - b)).toEqual([...Array(n).keys()]);
          const home = new Map<number, string>();
          for (const [name, rows] of Object.entries(parts)) {
            for (const row of rows) {
              expect(home.get(groups[row]!) ?? name).toBe(name);
              home.set(groups[row]!, name);
            }
          }
          const largest = Math.max(
            ...[...groups].map((g) => groups.filter((each) => each === g).length),
          );
          expect(Math.abs(parts.test.length - 0.2 * n)).toBeLessThanOrEqual(largest);
        },
      ),
      { seed: 1 },
    );
  });

  it("keeps the share of each class", () => {
    const labels = Int32Array.from({ length: 1000 }, (_, i) =>
      i % 10 === 0 ? 1 : i % 100 === 5 ? 2 : 0,
    );
    const { test, train } = splitRows(1000, { train: 0.8, test: 0.2 }, { labels, seed: 4 });
    const counts = [0, 1, 2].map((label) => test.filter((row) => labels[row] === label).length);
    expect(counts).toEqual([178, 20, 2]);
    expect(train.length).toBe(800);
  });

  it("depends on the seed alone, and spreads the held-out rows", () => {
    const shares = { train: 0.8, test: 0.2 };
    const { test } = splitRows(500, shares, { seed: 1 });
    expect(splitRows(500, shares, { seed: 1 }).test).toEqual(test);
    expect(splitRows(500, shares, { seed: 2 }).test).not.toEqual(test);
    expect(test.length).toBe(100);
    const halves = test.filter((row) => row < 250).length;
    expect(Math.abs(halves - 50)).toBeLessThan(20);
  });

  it("refuses shares, labels and groups that do not fit", async () => {
    expect((await issueOf(() => splitRows(4, { a: 0, b: 0 }))).field).toBe("shares");
    expect((await issueOf(() => splitRows(4, { a: 1, b: -1 }))).field).toBe("shares");
    expect((await issueOf(() => splitRows(4, { a: 1 }, { labels: [1] }))).field).toBe("labels");
  });
});

it("foldRows holds each row out once, classes in proportion", async () => {
  const labels = Int32Array.from({ length: 100 }, (_, i) => Number(i < 20));
  const folds = foldRows(100, 5, { labels, seed: 3 });
  expect(folds.flatMap((fold) => [...fold.test]).sort((a, b) => a - b)).toEqual([...labels.keys()]);
  for (const { train, test } of folds) {
    expect([train.length, test.length]).toEqual([80, 20]);
    expect(test.filter((row) => labels[row] === 1).length).toBe(4);
  }
  expect((await issueOf(() => foldRows(3, 4))).field).toBe("folds");
});

describe("groupNearDuplicates", () => {
  const letter =
    "Dear friend, this is the offer of a lifetime that you have been waiting for all these years, and " +
    "it costs you nothing at all to try it today in the comfort of your own home with your family.";

  it("joins what differs in names, numbers and case, and chains; leaves the rest apart", () => {
    const other =
      "The committee met on Tuesday and agreed to postpone the decision until the report is in.";
    const texts = [
      letter,
      other,
      letter.replace("friend", "JM").toUpperCase(),
      "short one",
      `${letter} Order number 4711.`,
      "Short one!",
      "",
      "",
      "4711",
    ];
    expect([...groupNearDuplicates(texts)]).toEqual([0, 1, 0, 2, 0, 2, 3, 3, 4]);
  });

  it("takes thousands of copies and form letters in its stride", () => {
    const texts = Array.from({ length: 6000 }, (_, i) =>
      i % 2 === 0 ? letter : `${letter} ${"abcdefghij"[i % 10]}${"klmnopqrst"[(i >> 4) % 10]} x`,
    );
    const started = performance.now();
    expect(new Set(groupNearDuplicates(texts)).size).toBe(1);
    expect(performance.now() - started).toBeLessThan(3000);
  });

  it("finds nearly all pairs above the threshold and none below, by exact comparison", () => {
    const vocabulary = Array.from(
      { length: 400 },
      (_, i) =>
        `w${String.fromCharCode(97 + (i % 26))}${"abcdefghijklmnop"[i >> 5]}${"xyz"[i % 3]}${"qrstuv"[i % 6]}`,
    );
    const base = (k: number) =>
      Array.from({ length: 60 }, (_, i) => vocabulary[(i * 37 + k * 101 + ((i * k) % 7)) % 400]!);
    const texts: string[] = [];
    for (let k = 0; k < 60; k++) {
      const words = base(k);
      texts.push(words.join(" "));
      const changed = [...words];
      for (let j = 0; j < k % 12; j++) changed[(j * 5) % 60] = `new${"abcdefghijkl"[j]}`;
      texts.push(changed.join(" "));
    }
    const shingles = texts.map((text) => {
      const words = text.match(/\p{L}+/gu)!;
      return new Set(words.slice(3).map((_, i) => words.slice(i, i + 4).join(" ")));
    });
    const groups = groupNearDuplicates(texts);
    let missed = 0;
    let above = 0;
    for (let k = 0; k < 60; k++) {
      const [a, b] = [shingles[2 * k]!, shingles[2 * k + 1]!];
      const common = [...a].filter((each) => b.has(each)).length;
      const similar = common / (a.size + b.size - common) >= 0.5;
      if (similar) above++;
      if (similar && groups[2 * k] !== groups[2 * k + 1]) missed++;
      if (!similar) expect(groups[2 * k]).not.toBe(groups[2 * k + 1]);
    }
    expect(above).toBeGreaterThan(20);
    expect(missed).toBeLessThanOrEqual(2);
  });
});
