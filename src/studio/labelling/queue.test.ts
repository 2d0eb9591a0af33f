import { expect, it } from "vitest";
import { current, decide, makeQueue, skip, undo } from "./queue.ts";

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
