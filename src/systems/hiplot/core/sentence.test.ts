import fc from "fast-check";
import { expect, it } from "vitest";
import { predicateOf, sqlOf } from "./filter-code.ts";
import { applyFilter, type Filter } from "./filters.ts";
import { frameOf } from "./frame.ts";
import { inferTypes } from "./infer.ts";
import { brushesOf, filterOfText, parseSentence, sentenceOf } from "./sentence.ts";

const rows = [
  { lr: 0.0001, optimizer: "adam", "train loss": 1, odd: Number.NaN },
  { lr: 0.001, optimizer: "sgd", "train loss": 2, odd: 3 },
  { lr: 0.003, optimizer: "adam", "train loss": 3, odd: 4 },
  { lr: 0.1, optimizer: "rms prop", "train loss": 4, odd: 5.5 },
];
const frame = frameOf(rows.map((values, i) => ({ uid: `r${i}`, fromUid: null, values })));
const columns = inferTypes(frame);

it.each([
  ["lr in [1e-4, 3e-3] and optimizer = adam", [0, 2]],
  ["lr > 0.001", [2, 3]],
  ["not (lr <= 0.001 or optimizer = sgd)", [2, 3]],
  ["`train loss` >= 3", [2, 3]],
  ["optimizer != adam", [1, 3]],
  ['optimizer = "rms prop"', [3]],
  ["odd is special", [0]],
  ["odd in [3, 4] or special", [0, 1, 2]],
  ['has "RMS"', [3]],
  ["", [0, 1, 2, 3]],
] as const)("%s", (sentence, expected) => {
  const filter = parseSentence(sentence, columns);
  expect([...applyFilter(frame, filter).rows()]).toEqual(expected);
  const predicate = new Function(`return ${predicateOf(filter)}`)();
  expect(rows.flatMap((row, i) => (predicate(row) ? [i] : []))).toEqual(expected);
  expect(parseSentence(sentenceOf(filter), columns)).toEqual(filter);
});

it.each([
  ["lr in [1, 2", "filter, character 12: expected ]"],
  ["lrr = 1", "filter, character 1: there is no column lrr; the nearest is lr"],
  ["lr = adam", 'filter, character 6: expected a number, got "adam"'],
  ["lr = 1 optimizer = 2", "filter, character 8: expected and, or, or the end"],
  ["lr ~ 2", "filter, character 4: expected =, !=, <, <=, >, >=, in or is"],
])("says what is wrong with %s", (sentence, message) => {
  expect(() => parseSentence(sentence, columns)).toThrow(message);
});

it("takes other text for a search, and ranges for brushes", () => {
  expect(filterOfText("adam", columns)).toEqual({ type: "Search", data: "adam" });
  const sentence = "lr > 0.001 and optimizer = adam and (odd = 3 or odd = 4) and not lr < 0.0001";
  const filter = parseSentence(sentence, columns);
  expect(sentenceOf(filter)).toBe(sentence);
  const { brushes, rest } = brushesOf(filter);
  expect([...brushes.keys()]).toEqual(["lr", "optimizer", "odd"]);
  expect(rest.map(sentenceOf)).toEqual(["not lr < 0.0001"]);
});

it("writes any filter so that it selects the same when read again", () => {
  const range = fc.oneof(
    fc
      .tuple(
        fc.constantFrom("lr", "odd", "train loss"),
        fc.double({ min: -1, max: 5, noNaN: true }),
        fc.double({ min: -1, max: 5, noNaN: true }),
        fc.boolean(),
      )
      .map(
        ([col, min, max, special]): Filter => ({
          type: "Range",
          data: { col, type: "numeric", min, max, include_infnans: special },
        }),
      ),
    fc.constantFrom("adam", "sgd", "rms prop").map(
      (text): Filter => ({
        type: "Range",
        data: { col: "optimizer", type: "categorical", min: text, max: text },
      }),
    ),
    fc.constantFrom("ad", '"', "0.1").map((data): Filter => ({ type: "Search", data })),
  );
  const { filter } = fc.letrec<{ filter: Filter }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 3 },
      range,
      fc.record({
        type: fc.constantFrom("All" as const, "Any" as const),
        data: fc.array(tie("filter"), { maxLength: 3 }),
      }),
      fc.record({ type: fc.constant("Not" as const), data: tie("filter") }),
    ),
  }));
  fc.assert(
    fc.property(filter, (each) => {
      const again = parseSentence(sentenceOf(each), columns);
      expect([...applyFilter(frame, again).rows()]).toEqual([...applyFilter(frame, each).rows()]);
    }),
    { seed: 1, numRuns: 300 },
  );
});

it("says the same in SQL", () => {
  const filter = parseSentence("lr in [1e-4, 3e-3] and optimizer = o'neil", columns);
  expect(sqlOf(filter)).toContain("between 0.0001 and 0.003");
  expect(sqlOf(filter)).toContain("'o''neil' and 'o''neil'");
});
