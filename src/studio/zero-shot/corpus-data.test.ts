import { expect, it } from "vitest";
import { thresholdsOf } from "../../systems/zero-shot/corpus-view.ts";
import {
  adviseLabels,
  type CorpusView,
  checkedCsv,
  chosenLabelling,
  curveOf,
  firstShare,
  judgedBy,
  keptAt,
  tableTexts,
} from "./corpus-data.ts";

const guess = [0, 1, 0, -1];
const confidence = [0.9, 0.8, 0.4, 0];
const run = {
  kind: "run" as const,
  rows: 4,
  guess,
  second: [1, 0, 1, -1],
  confidence,
  thresholds: thresholdsOf({ guess, confidence }, 2, [0, 0, 0, 1]),
};
const view: CorpusView = {
  rows: 4,
  together: true,
  abstain: 0.5,
  labels: [{ name: "a" }, { name: "b", prior: 0.5, description: "the b" }],
  keywords: [[], []],
  texts: { row: [0, 1, 2, 3], text: ["one A", "two", "three a", ""] },
  labellings: [run, { ...run, kind: "plain" }],
};

it("counts what the slider keeps", () => {
  expect(keptAt(run, 100)).toMatchObject({ kept: 3, without: 1, least: 0.4, byLabel: [2, 1] });
  expect(keptAt(run, 100).accuracy).toBeCloseTo(2 / 3);
  expect(keptAt(run, 33)).toMatchObject({ kept: 1, least: 0.9, byLabel: [1, 0], accuracy: 1 });
  expect(keptAt(run, 0)).toMatchObject({ kept: 0, without: 4, accuracy: null });
  expect(curveOf(run)[0]).toBeNull();
  expect(curveOf(run)[67]).toBe(0.5);
  // Two of three are at least 0.5 sure: up to 83% rounds to two of them.
  expect(firstShare(view)).toBe(83);
  expect(firstShare({ ...view, abstain: 0 })).toBe(100);
});

it("judges by what people said where no true label is known", () => {
  const { known: _, right: __, ...thresholds } = run.thresholds;
  const blind = { ...run, thresholds };
  const judged = Array.from({ length: 10 }, (_, i) => ({
    guess: "a",
    answer: i < 7 ? "a" : "b",
    doubt: i < 7 ? 0.1 : 0.6,
  }));
  expect(judgedBy(blind, judged.slice(1))).toBe(blind);
  expect(keptAt(judgedBy(blind, judged), 100)).toMatchObject({ known: 10, accuracy: 0.7 });
  expect(keptAt(judgedBy(blind, judged), 33)).toMatchObject({ known: 7, accuracy: 1 });
  expect(judgedBy(run, judged)).toBe(run);
});

it("shows the run's labels, or those of the map's space", () => {
  expect(chosenLabelling(view, "plain", true).kind).toBe("run");
  expect(chosenLabelling(view, "plain", false).kind).toBe("plain");
  expect(chosenLabelling(view, "projected", false).kind).toBe("run");
});

it("finds texts by label and words, the most doubtful first", () => {
  expect(tableTexts(view, run, { label: 0, words: "" })).toEqual([2, 0]);
  expect(tableTexts(view, run, { label: null, words: " A" })).toEqual([2, 0]);
});

it("takes advice: a wording, a merger, one label more", () => {
  const { labels } = view;
  expect(adviseLabels(labels, { kind: "wording", labels: ["a"] }, "an a")[0]).toEqual({
    name: "a",
    description: "an a",
  });
  expect(adviseLabels(labels, { kind: "overlap", labels: ["a", "b"] }, "both")).toEqual([
    { name: "both", description: "a", synonyms: ["the b"] },
  ]);
  expect(adviseLabels(labels, { kind: "missing", labels: [] }, " c ")).toEqual([
    { name: "a" },
    { name: "b", description: "the b" },
    { name: "c" },
  ]);
});

it("quotes what it hands over", () => {
  expect(checkedCsv([{ text: 'say "hi"\n', label: "a,b" }])).toBe(
    'text,label\r\n"say ""hi""\n","a,b"\r\n',
  );
});
