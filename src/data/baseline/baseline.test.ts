/** @file TF-IDF against its formulas, the optimiser and the regression against minima known otherwise. */
import { describe, expect, it } from "vitest";
import { issueOf } from "../testing.ts";
import { fitDenseLogistic } from "./dense-logistic.ts";
import { fitLogistic, predictLogistic } from "./logistic.ts";
import { minimize } from "./minimize.ts";
import type { SparseRows } from "./sparse.ts";
import { fitTfIdf } from "./tfidf.ts";

function dense({ starts, columns, values, width }: SparseRows): number[][] {
  return Array.from({ length: starts.length - 1 }, (_, row) => {
    const full = new Array<number>(width).fill(0);
    for (let k = starts[row]!; k < starts[row + 1]!; k++) full[columns[k]!] = values[k]!;
    return full;
  });
}

function sparse(rows: number[][]): SparseRows {
  const width = rows[0]!.length;
  return {
    starts: Int32Array.from({ length: rows.length + 1 }, (_, i) => i * width),
    columns: Int32Array.from({ length: rows.length * width }, (_, i) => i % width),
    values: Float32Array.from(rows.flat()),
    width,
  };
}

describe("TF-IDF", () => {
  const texts = ["The cat sat, the cat!", "the cat sat on the mat", "a dog barks", "The dog"];

  it("has the terms of enough texts, with ln((1 + n) / (1 + df)) + 1", () => {
    const terms = fitTfIdf(texts);
    const documents = { the: 3, cat: 2, sat: 2, dog: 2, "the cat": 2, "cat sat": 2 };
    expect(terms.size).toBe(6);
    for (const [term, count] of Object.entries(documents)) {
      expect(terms.idf[terms.columnOf(term)!]).toBeCloseTo(Math.log(5 / (1 + count)) + 1, 12);
    }
    for (const term of ["mat", "sat the", "cat the", "unknown", "the unknown", "a", ""]) {
      expect(terms.columnOf(term)).toBeUndefined();
    }
  });

  it("gives rows of (1 + ln tf) idf of length 1", () => {
    const terms = fitTfIdf(texts);
    const [row, empty] = dense(terms.transform([texts[0]!, "nothing known"])) as [
      number[],
      number[],
    ];
    const two = Math.log(5 / 3) + 1;
    const raw = {
      the: (1 + Math.LN2) * (Math.log(5 / 4) + 1),
      cat: (1 + Math.LN2) * two,
      sat: two,
      "the cat": (1 + Math.LN2) * two,
      "cat sat": two,
    };
    const norm = Math.hypot(...Object.values(raw));
    for (const [term, value] of Object.entries(raw)) {
      expect(row[terms.columnOf(term)!]).toBeCloseTo(value / norm, 6);
    }
    expect(row[terms.columnOf("dog")!]).toBe(0);
    expect(empty).toEqual(new Array(6).fill(0));
  });

  it("takes single words or longer runs, and any script", async () => {
    expect(fitTfIdf(texts, { maxWords: 1 }).size).toBe(4);
    const three = fitTfIdf(texts, { maxWords: 3 });
    expect(three.size).toBe(7);
    expect(three.columnOf("the cat sat")).toBeDefined();
    const russian = fitTfIdf(["ПРИВЕТ мир_1", "привет МИР_1"]);
    expect(russian.columnOf("привет мир_1")).toBeDefined();
    expect((await issueOf(() => fitTfIdf(texts, { maxWords: 0 }))).field).toBe("maxWords");
  });
});

describe("minimize", () => {
  it("finds the minimum of Rosenbrock's function", () => {
    const found = minimize(
      ([x, y] = new Float64Array(2), gradient) => {
        gradient[0] = -2 * (1 - x!) - 400 * x! * (y! - x! * x!);
        gradient[1] = 200 * (y! - x! * x!);
        return (1 - x!) ** 2 + 100 * (y! - x! * x!) ** 2;
      },
      Float64Array.of(-1.2, 1),
      { tolerance: 1e-8 },
    );
    expect(found.converged).toBe(true);
    expect(found.iterations).toBeLessThan(60);
    expect([...found.at].map((each) => Math.round(each * 1e6) / 1e6)).toEqual([1, 1]);
  });

  it("solves an ill-conditioned quadratic, and stops at its limit", () => {
    const scales = Float64Array.from({ length: 50 }, (_, i) => 10 ** (i / 12));
    const objective = (at: Float64Array, gradient: Float64Array) => {
      let value = 0;
      at.forEach((each, i) => {
        gradient[i] = scales[i]! * (each - i);
        value += (scales[i]! * (each - i) ** 2) / 2;
      });
      return value;
    };
    const start = new Float64Array(50);
    const { at } = minimize(objective, start, { tolerance: 1e-7, maxIterations: 2000 });
    at.forEach((each, i) => {
      expect(each).toBeCloseTo(i, 5);
    });
    expect(minimize(objective, start, { maxIterations: 3 })).toMatchObject({
      iterations: 3,
      converged: false,
    });
  });
});

describe("logistic regression", () => {
  it("meets the optimum that bisection finds for one weight", () => {
    // Mirror images, so the bias is 0, and w solves w = C sum(x sigmoid(-w x)).
    const x = [0.5, 1, 2, 3, -0.7];
    const rows = sparse([...x.map((each) => [each]), ...x.map((each) => [-each])]);
    const labels = [1, 1, 1, 1, 1, 0, 0, 0, 0, 0];
    const c = 2;
    let [low, high] = [0, 100];
    for (let i = 0; i < 100; i++) {
      const w = (low + high) / 2;
      const pull = x.reduce((sum, each) => sum + (2 * c * each) / (1 + Math.exp(w * each)), 0);
      if (pull > w) low = w;
      else high = w;
    }
    const model = fitLogistic(rows, labels, 2, { c, tolerance: 1e-10 });
    expect(model.weights[0]).toBeCloseTo(low, 6);
    expect(model.bias[0]).toBeCloseTo(0, 8);
    const [zero, one] = predictLogistic(model, sparse([[1]]));
    expect(one).toBeCloseTo(1 / (1 + Math.exp(-low)), 6);
    expect(zero! + one!).toBeCloseTo(1, 12);
  });

  it("agrees for two classes and for three of which one is empty, up to the penalty's form", () => {
    const points = Array.from({ length: 60 }, (_, i) => [
      Math.sin(i),
      Math.cos(i * 1.7),
      (i % 7) / 7,
    ]);
    const rows = sparse(points);
    const labels = points.map(([a, b]) => (a! + b! > 0.2 ? 1 : 0));
    const two = fitLogistic(rows, labels, 2, { c: 1, tolerance: 1e-9 });
    // Softmax splits w into w/2 and -w/2: the penalty is half as strong, so C must be halved.
    const soft = fitLogistic(rows, labels, 3, { c: 0.5, tolerance: 1e-9, maxIterations: 3000 });
    const a = predictLogistic(two, rows);
    const b = predictLogistic(soft, rows);
    points.forEach((_, i) => {
      expect(b[3 * i]! + b[3 * i + 1]! + b[3 * i + 2]!).toBeCloseTo(1, 9);
      expect(Math.abs(b[3 * i + 1]! - a[2 * i + 1]!)).toBeLessThan(0.02);
    });
  });

  it("separates three classes, and refuses labels of another number", async () => {
    const rows = sparse([
      [1, 0],
      [0, 1],
      [-1, -1],
      [0.9, 0.1],
      [0.1, 0.8],
      [-0.8, -1],
    ]);
    const labels = [0, 1, 2, 0, 1, 2];
    const model = fitLogistic(rows, labels, 3, { c: 100 });
    const probabilities = predictLogistic(model, rows);
    labels.forEach((label, row) => {
      expect(probabilities[3 * row + label]).toBeGreaterThan(0.9);
    });
    expect((await issueOf(() => fitLogistic(rows, [1], 2))).field).toBe("labels");
  });

  it("on dense rows meets the sparse one, and rows count by their weight", async () => {
    const points = Array.from({ length: 90 }, (_, i) => [
      Math.fround(Math.sin(i)),
      Math.fround(Math.cos(1.7 * i)),
      (i % 8) / 8,
    ]);
    const labels = points.map(([a, b]) => (a! > 0.3 ? 2 : b! > 0 ? 1 : 0));
    const rows = { data: Float32Array.from(points.flat()), count: 90, dim: 3 };
    const sparseModel = fitLogistic(sparse(points), labels, 3, { c: 10, tolerance: 1e-8 });
    const dense = await fitDenseLogistic(rows, labels, 3, { c: 10, tolerance: 1e-6 });
    for (let o = 0; o < 3; o++) {
      expect(dense.bias[o]).toBeCloseTo(sparseModel.bias[o]!, 2);
      for (let k = 0; k < 3; k++) {
        expect(dense.weights[k * 3 + o]).toBeCloseTo(sparseModel.weights[o * 3 + k]!, 1);
      }
    }
    const twice = { data: Float32Array.from([...points, ...points].flat()), count: 180, dim: 3 };
    const again = await fitDenseLogistic(twice, [...labels, ...labels], 3, { c: 5 });
    const rowWeights = new Float32Array(90).fill(2);
    const heavy = await fitDenseLogistic(rows, labels, 3, { c: 5, rowWeights });
    heavy.weights.forEach((weight, i) => {
      expect(weight).toBeCloseTo(again.weights[i]!, 2);
    });
    const refused = await issueOf(() => fitDenseLogistic(rows, [1], 3));
    expect(refused.field).toBe("labels");
  });
});
