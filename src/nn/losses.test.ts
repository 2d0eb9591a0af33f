import { describe, expect, test } from "vitest";
import { gradients, tensor } from "../engine/index.ts";
import {
  binaryCrossEntropy,
  contrastiveLoss,
  crossEntropy,
  huberLoss,
  klDivergence,
  meanAbsoluteLoss,
  meanSquaredLoss,
  tripletLoss,
} from "./index.ts";
import { expectClose, wave } from "./testing.ts";

// Figures by fixtures/torch_figures.py, which PyTorch computed on the same inputs.
const logits = wave([4, 3], 0, 2);
const labels = (...values: number[]) => tensor(values, { dtype: "int32" });
const weights = [1, 2, 0.5];

describe("crossEntropy", () => {
  const all = labels(2, 0, 1, 2);
  const some = labels(2, 0, -100, 1);

  test("is the mean over rows", () => expectClose(crossEntropy(logits, all), [0.7041]));

  test("spreads labelSmoothing over the classes", () =>
    expectClose(crossEntropy(logits, all, { labelSmoothing: 0.1 }), [0.769256]));

  test("takes the mean over the weights of the targets", () =>
    expectClose(crossEntropy(logits, all, { weights }), [0.941348]));

  test("leaves ignored rows out", () =>
    expectClose(crossEntropy(logits, some, { ignoreIndex: -100 }), [0.675967]));

  test("does all of that at once", async () => {
    const options = { ignoreIndex: -100, weights, labelSmoothing: 0.1 };
    await expectClose(crossEntropy(logits, some, options), [0.898062]);
    const none = crossEntropy(logits, some, { ...options, reduction: "none" });
    await expectClose(none, [0.393144, 0.478721, 0, 2.271352]);
  });

  test("is 0 where every row is ignored", () =>
    expectClose(crossEntropy(logits, labels(-1, -1, -1, -1), { ignoreIndex: -1 }), [0]));

  test("has the slope softmax - one-hot, over the rows", async () => {
    const x = tensor([[0, Math.log(3)]]);
    await expectClose(gradients(crossEntropy(x, labels(0)), x), [-0.75, 0.75]);
  });

  test("names the shape that labels should have", () => {
    expect(() => crossEntropy(logits, labels(1, 2))).toThrow(
      "logits [4,3] need labels [4], got [2]",
    );
  });
});

describe("binaryCrossEntropy", () => {
  const targets = tensor([
    [1, 0, 1],
    [0, 0, 1],
    [1, 1, 0],
    [0.5, 0, 1],
  ]);

  test("is the mean over elements", () =>
    expectClose(binaryCrossEntropy(logits, targets), [1.088154]));

  test("weighs positive targets", () =>
    expectClose(binaryCrossEntropy(logits, targets, { positiveWeight: 3 }), [2.154206]));

  test("stays finite for large logits", () =>
    expectClose(
      binaryCrossEntropy(tensor([1000, -1000]), tensor([1, 1]), { reduction: "none" }),
      [0, 1000],
    ));
});

describe("losses on values", () => {
  const [a, b, c] = [wave([3, 5], 0), wave([3, 5], 1), wave([3, 5], 2.5)];

  test("squared, absolute and Huber", async () => {
    await expectClose(meanSquaredLoss(a, b), [0.46783]);
    await expectClose(meanAbsoluteLoss(a, b), [0.622469]);
    await expectClose(huberLoss(a.mul(3), b, { delta: 0.8 }), [0.946939]);
  });

  test("Kullback-Leibler of two sets of logits", () => expectClose(klDivergence(a, b), [0.146351]));

  test("a triplet costs nothing beyond the margin", async () => {
    await expectClose(tripletLoss(a, b, c, { margin: 0.7 }), [0]);
    await expectClose(tripletLoss(a, b, c, { margin: 3 }), [1.662837]);
  });

  test("pairs against the rest of the batch", () =>
    expectClose(contrastiveLoss(a, b, { temperature: 0.1 }), [1.441623]));

  test("predictions and targets must have one shape", () => {
    expect(() => meanSquaredLoss(a, wave([5], 0))).toThrow(
      "predictions [3,5] and targets [5] must have the same shape",
    );
  });
});
