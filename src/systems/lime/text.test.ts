// Texts against recorded results of the Python package, and what bad input is told.
import { expect, it } from "vitest";
import {
  goldenOptions,
  goldenTextModel,
  largestDifference,
  readGolden,
  type TextGolden,
} from "./testing.ts";
import { explainText } from "./text.ts";

it("equals the Python package on all golden texts", async () => {
  const golden = await readGolden<TextGolden>("text-golden.json");
  const differences: Record<string, number> = {};
  for (const each of golden.cases) {
    const { bow, charLevel, mask, split } = each;
    const how = Object.fromEntries(
      Object.entries({ bow, charLevel, mask, split }).filter(([, value]) => value !== undefined),
    );
    const predict = goldenTextModel(golden, each);
    const found = await explainText(each.text, predict, { ...goldenOptions(each), ...how });
    const difference = largestDifference(found.explanations, each.expected);
    if (!(difference < 1e-9)) {
      differences[`${each.text.slice(0, 10)} ${each.select} seed ${each.seed}`] = difference;
    }
  }
  expect(differences).toEqual({});
  expect(golden.cases.length).toBeGreaterThan(20);
});
