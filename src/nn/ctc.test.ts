import { describe, expect, test } from "vitest";
import { gradients, tensor } from "../engine/index.ts";
import { ctcLoss } from "./ctc.ts";
import { expectClose, wave } from "./testing.ts";

const int = (values: number[] | number[][]) => tensor(values, { dtype: "int32" });

/** Minus the log of the summed probability of every alignment that spells the labels. */
function bruteForce(logits: readonly (readonly number[])[], labels: readonly number[]): number {
  const rows = logits.map((row) => {
    const total = row.reduce((sum, v) => sum + Math.exp(v), 0);
    return row.map((v) => Math.exp(v) / total);
  });
  const classes = logits[0].length;
  let probability = 0;
  for (let path = 0; path < classes ** rows.length; path++) {
    const frames = rows.map((_, t) => Math.floor(path / classes ** t) % classes);
    const spelt = frames.filter((c, t) => c !== 0 && c !== frames[t - 1]);
    if (spelt.join() !== labels.join()) continue;
    probability += frames.reduce((product, c, t) => product * rows[t][c], 1);
  }
  return -Math.log(probability);
}

describe("ctcLoss", () => {
  test("sums over all alignments", async () => {
    const logits = wave([1, 5, 3], 0.2, 1.5);
    const [rows] = (await logits.array()) as number[][][];
    for (const labels of [[1], [1, 2], [1, 1], [2, 1, 2], [2, 2, 1]]) {
      await expectClose(ctcLoss(logits, int([labels]), { reduction: "sum" }), [
        bruteForce(rows, labels),
      ]);
    }
  });

  test("takes rows of different lengths, with PyTorch's value and gradient", async () => {
    const logits = wave([2, 6, 4], 0.3, 2);
    const labels = int([
      [1, 1, 2],
      [3, 2, 0],
    ]);
    const options = { frames: int([6, 5]), lengths: int([3, 2]) };
    const each = ctcLoss(logits, labels, { ...options, reduction: "none" });
    await expectClose(each, [5.507958, 2.93648]);
    await expectClose(ctcLoss(logits, labels, options), [1.652113]);
    const slope = gradients(each.sum(), logits).at(0, [0, 2]);
    await expectClose(
      slope,
      [0.084879, -0.692459, 0.39677, 0.210809, -0.33124, 0.146735, 0.083599, 0.100906],
    );
  });

  test("a row without labels must be all blank", async () => {
    const logits = wave([1, 3, 3], 0.2);
    const [rows] = (await logits.array()) as number[][][];
    const loss = ctcLoss(logits, int([[0]]), { lengths: int([0]), reduction: "sum" });
    await expectClose(loss, [bruteForce(rows, [])]);
  });

  test("labels that do not fit are impossible, or left out on request", async () => {
    const logits = wave([1, 2, 3], 0);
    const labels = int([[1, 1]]);
    expect(await ctcLoss(logits, labels).item()).toBe(Number.POSITIVE_INFINITY);
    const loss = ctcLoss(logits, labels, { zeroInfinity: true });
    expect(await loss.item()).toBe(0);
    await expectClose(gradients(loss, logits), [0, 0, 0, 0, 0, 0]);
  });
});
