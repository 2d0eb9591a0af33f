/** @file The baseline on real mails, near-duplicates kept together, and its figures on a small case. */
import { expect, it } from "vitest";
import { loadSpamAssassin } from "../data/datasets/spam-assassin.ts";
import { groupNearDuplicates } from "../data/near-duplicates.ts";
import { splitRows } from "../data/split.ts";
import { classificationFigures, mostProbable, textBaseline } from "./text-baseline.ts";

it("tells spam from the mails that people want, on a part of the corpus", async () => {
  const mails = await loadSpamAssassin(["easy-ham-2", "spam-1"]);
  const groups = groupNearDuplicates(mails.texts);
  const shares = { train: 0.8, test: 0.2 };
  const rows = splitRows(mails.texts.length, shares, { labels: mails.labels, groups });
  const part = (which: Int32Array) => ({
    texts: Array.from(which, (row) => mails.texts[row]!),
    labels: Int32Array.from(which, (row) => mails.labels[row]!),
    classes: mails.classes,
  });
  const result = textBaseline(part(rows.train), part(rows.test));
  expect(result.accuracy).toBeGreaterThan(0.95);
  expect(result.f1).toBeGreaterThan(0.9);
  expect(result.auroc).toBeGreaterThan(0.985);
  expect(result.predicted.length).toBe(rows.test.length);
});

it("takes F1 of the rarer of two classes, macro F1 of more", () => {
  const probabilities = [0.9, 0.1, 0.4, 0.6, 0.2, 0.8, 0.3, 0.7];
  const predicted = mostProbable(probabilities, 2);
  expect([...predicted]).toEqual([0, 1, 1, 1]);
  const figures = classificationFigures(probabilities, predicted, [0, 0, 1, 1], 2);
  expect(figures).toEqual({ accuracy: 0.75, f1: 0.8, auroc: 1 });
  const rare = classificationFigures(probabilities, predicted, [0, 1, 1, 1], 2);
  expect(rare.f1).toBe(1);
  const wrong = classificationFigures(probabilities, predicted, [1, 0, 1, 1], 2);
  expect(wrong.f1).toBe(0);
  const three = [0.8, 0.1, 0.1, 0.1, 0.8, 0.1, 0.2, 0.5, 0.3];
  const macro = classificationFigures(three, mostProbable(three, 3), [0, 1, 2], 3);
  expect(macro.f1).toBeCloseTo((1 + 2 / 3 + 0) / 3, 12);
  expect(macro.auroc).toBe(1);
});
