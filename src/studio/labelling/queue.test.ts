import { expect, it } from "vitest";
import {
  agreement,
  current,
  decide,
  keyLabels,
  makeQueue,
  openSimilar,
  skip,
  undo,
} from "./queue.ts";

const columns = ["id", "text", "label", "confidence"];
const rows = [
  ["a", "sure spam", "spam", "0.99"],
  ["b", "could be either", "ham", "0.51"],
  ["c", "rather ham", "ham", "0.7"],
];

it("asks for the most doubtful text first and takes decisions back", () => {
  let queue = makeQueue(columns, rows);
  expect(queue.labels).toEqual(["ham", "spam"]);
  expect(current(queue)?.id).toBe("b");
  queue = decide(queue, "spam");
  expect(current(queue)?.id).toBe("c");
  queue = skip(queue);
  expect(current(queue)?.id).toBe("a");
  queue = decide(queue, "spam");
  expect(current(queue)?.id).toBe("c");
  expect(queue.reviews.map(({ id, label }) => id + label)).toEqual(["bspam", "aspam"]);
  queue = undo(undo(queue));
  expect(current(queue)?.id).toBe("b");
  for (let i = 0; i < 4; i++) queue = decide(queue, "ham");
  expect(queue.reviews).toHaveLength(3);
  expect(current(queue)).toBeUndefined();
});

it("finds texts by their length, and says when there are none", () => {
  const words = "a longer text that nobody would take for a name";
  expect(makeQueue(["x", "y"], [["1", words]], ["a"]).items[0].text).toBe(words);
  expect(() => makeQueue(["x"], [["1"]])).toThrow("expected a column with texts");
});

it("takes similar texts along, and takes them back with the decision", () => {
  const texts = ["one", "two", "three"].map((id) => ({ id, text: id, guess: "a" }));
  const items = [{ ...texts[0], similar: ["two", "three", "gone"] }, texts[1], texts[2]];
  const queue = { items, labels: ["a", "b"], reviews: [], skipped: [] };
  expect(openSimilar(queue, items[0]).map(({ id }) => id)).toEqual(["two", "three"]);
  const taken = decide(queue, "b", ["three", "gone"]);
  expect(taken.reviews.map(({ id, label, along }) => [id, label, along])).toEqual([
    ["one", "b", undefined],
    ["three", "b", "one"],
  ]);
  expect(current(taken)?.id).toBe("two");
  const more = decide(taken, "a");
  expect(agreement(more)).toEqual({ judged: 3, agreed: 1 });
  expect(undo(more)).toEqual(taken);
  expect(undo(taken).reviews).toEqual([]);
});

it("gives number keys to the likeliest of many labels, and takes a new one in", () => {
  const labels = Array.from({ length: 12 }, (_, i) => `l${i}`);
  const item = { id: "1", text: "t", guess: "l11", likely: ["l11", "l7"] };
  const queue = { items: [item], labels, reviews: [], skipped: [] };
  expect(keyLabels(queue, item).slice(0, 4)).toEqual(["l11", "l7", "l0", "l1"]);
  expect(keyLabels(queue, item)).toHaveLength(9);
  const like = { id: "2", text: "t", guess: "l9" };
  const known = { ...queue, items: [item, like] };
  expect(keyLabels(known, { ...item, similar: ["2"] }).slice(0, 3)).toEqual(["l11", "l7", "l9"]);
  expect(keyLabels({ ...queue, labels: ["x", "y"] }, item)).toEqual(["x", "y"]);
  expect(decide(queue, "new").labels).toContain("new");
});
