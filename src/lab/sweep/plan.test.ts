import { describe, expect, it } from "vitest";
import { uniformStream } from "../../data/index.ts";
import { brackets, shouldStop } from "./early-stop.ts";
import { nextStep, rungs, type Trial } from "./plan.ts";
import { type Dimension, grid, gridValues, parseDimension, placeOf, valueAt } from "./space.ts";
import { parseSweep, type SweepInput } from "./spec.ts";
import { readSweepYaml } from "./wandb-yaml.ts";

const spec = (more: Partial<SweepInput>) =>
  parseSweep({
    lab: "toy",
    metric: "loss",
    space: { x: parseDimension("x", "uniform(0,1)") },
    ...more,
  });

/** Runs a whole sweep on a function; the trials in order. */
function play(
  given: Partial<SweepInput>,
  loss: (trial: Record<string, unknown>, budget: number) => number,
) {
  const sweep = spec(given);
  const trials: Trial[] = [];
  for (;;) {
    const step = nextStep(sweep, trials);
    if (step.type !== "trial") return trials;
    const { assignment, budget } = step;
    trials.push({ assignment, budget, ended: true, loss: loss(assignment, budget ?? 1) });
  }
}

describe("dimensions", () => {
  it("are read from words", () => {
    expect(parseDimension("lr", "log(1e-4,1e-2)")).toEqual({
      kind: "range",
      min: 1e-4,
      max: 1e-2,
      scale: "log",
    });
    expect(parseDimension("n", "int(1,8)")).toMatchObject({ scale: "linear", step: 1 });
    expect(parseDimension("o", "adam, sgd")).toEqual({ kind: "choice", values: ["adam", "sgd"] });
    expect(parseDimension("d", "0,0.1,true")).toEqual({ kind: "choice", values: [0, 0.1, true] });
  });

  it("say what is wrong with them", () => {
    for (const [text, message] of [
      ["log(0,1)", "lr: a logarithmic range begins above 0, got 0"],
      ["uniform(1)", 'lr: "uniform(1)": use "log(1e-4,1e-2)"'],
      ["int(5,2)", "lr: 5 must be below 2"],
      ["gauss(0,1)", "lr: gauss( ) is no kind of range"],
      ["a,,b", 'lr: "a,,b": use'],
    ]) {
      expect(() => parseDimension("lr", text), text).toThrow(message);
    }
  });

  it("go from place to value and back", () => {
    const lr = parseDimension("lr", "log(1e-4,1e-2)");
    expect(valueAt(lr, 0.5)).toBeCloseTo(1e-3, 12);
    expect(placeOf(lr, 1e-3)).toBeCloseTo(0.5, 12);
    const width: Dimension = parseDimension("w", "int(1,3)");
    expect([0, 0.3, 0.99].map((place) => valueAt(width, place))).toEqual([1, 2, 3]);
    expect(gridValues(parseDimension("q", "uniform(0,1,0.25)"), 5)).toEqual([
      0, 0.25, 0.5, 0.75, 1,
    ]);
    expect(gridValues(width, 9)).toEqual([1, 2, 3]);
    expect(grid({ a: parseDimension("a", "1,2"), b: parseDimension("b", "x,y") }, 4)).toEqual([
      { a: 1, b: "x" },
      { a: 1, b: "y" },
      { a: 2, b: "x" },
      { a: 2, b: "y" },
    ]);
  });
});

describe("plans", () => {
  it("of random sweeps depend on the seed alone", () => {
    const run = (seed: number) =>
      play({ trials: 5, seed }, () => 0).map(({ assignment }) => assignment.x);
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
    expect(new Set(run(1)).size).toBe(5);
  });

  it("of successive halving keep a third at three times the budget", () => {
    const budget = { field: "epochs", min: 1, max: 9 };
    const trials = play({ method: "halving", trials: 9, budget }, ({ x }) =>
      Math.abs(Number(x) - 0.3),
    );
    expect(trials.map((trial) => trial.budget)).toEqual([...Array(9).fill(1), 3, 3, 3, 9]);
    const best = trials.slice(0, 9).toSorted((a, b) => Number(a.loss) - Number(b.loss))[0];
    expect(trials[12]?.assignment).toEqual(best?.assignment);
    expect(rungs(spec({ method: "halving", budget: { field: "e", min: 1, max: 20 } }))).toEqual([
      1, 3, 9, 20,
    ]);
  });

  it("of halving wait for a rung before they judge it", () => {
    const sweep = spec({ method: "halving", trials: 3, budget: { field: "e", min: 1, max: 3 } });
    const trial = { assignment: { x: 0 }, ended: true, loss: 1 };
    expect(nextStep(sweep, [trial, trial, { ...trial, ended: false, loss: undefined }])).toEqual({
      type: "wait",
    });
    expect(
      nextStep(sweep, [trial, { ...trial, assignment: { x: 0.5 }, loss: 0 }, trial]),
    ).toMatchObject({
      type: "trial",
      assignment: { x: 0.5 },
      budget: 3,
      continues: 1,
    });
  });

  it("of TPE find a valley that random trials miss", () => {
    const space = {
      x: parseDimension("x", "uniform(-5,5)"),
      y: parseDimension("y", "log(1e-4,1)"),
      kind: parseDimension("kind", "a,b,c,d"),
    };
    const valley = ({ x, y, kind }: Record<string, unknown>) =>
      (Number(x) - 2) ** 2 + (Math.log10(Number(y)) + 2) ** 2 + (kind === "c" ? 0 : 3);
    const best = (method: "tpe" | "random", seed: number) =>
      Math.min(
        ...play({ space, method, trials: 60, seed }, valley).map(({ loss }) => Number(loss)),
      );
    const seeds = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    const median = (values: number[]) => values.toSorted((a, b) => a - b)[4] as number;
    const tpe = median(seeds.map((seed) => best("tpe", seed)));
    const random = median(seeds.map((seed) => best("random", seed)));
    expect(tpe).toBeLessThan(random / 3);
    expect(uniformStream(1)()).toBeLessThan(1);
  });
});

describe("early stops", () => {
  it("by the median: the best so far against the others' averages", () => {
    const others = [
      [1, 1, 1, 1],
      [2, 2, 2, 2],
      [3, 3, 3, 3],
    ];
    const rule = { type: "median" } as const;
    expect(shouldStop(rule, [5, 4, 3, 2.5], others)).toBe(true);
    expect(shouldStop(rule, [5, 4, 3, 1.5], others)).toBe(false);
    expect(shouldStop(rule, [5, 4, 3], others)).toBe(false);
    expect(shouldStop(rule, [5, 4, 3, 2.5], others.slice(1))).toBe(false);
  });

  it("by Hyperband: at a bracket the best third goes on", () => {
    expect(brackets({ minIter: 3 }, 3).slice(0, 3)).toEqual([3, 9, 27]);
    expect(brackets({ maxIter: 27, s: 2 }, 3)).toEqual([3, 9]);
    const rule = { type: "hyperband", brackets: [3, 9], eta: 3 } as const;
    const others = [
      [9, 9, 1],
      [9, 9, 2],
    ];
    expect(shouldStop(rule, [9, 9, 3], others)).toBe(true);
    expect(shouldStop(rule, [9, 9, 0.5], others)).toBe(false);
    expect(shouldStop(rule, [9, 9], others)).toBe(false);
  });
});

describe("sweep files of Weights & Biases", () => {
  it("are read", () => {
    const sweep = readSweepYaml(`
program: toy-count.py
method: bayes
metric: { name: val_loss, goal: minimize }
run_cap: 20
parameters:
  lr: { distribution: log_uniform_values, min: 0.0001, max: 0.1 }
  width: { values: [32, 64] }
  layers: { min: 1, max: 4 }
  dropout: { min: 0.0, max: 0.5 }
  epochs: { value: 10 }
early_terminate: { type: hyperband, max_iter: 27, s: 2 }
`);
    expect(sweep).toMatchObject({
      lab: "toy-count",
      method: "tpe",
      trials: 20,
      metric: "val_loss",
      goal: "minimize",
      input: { epochs: 10 },
      space: {
        lr: { kind: "range", min: 1e-4, max: 0.1, scale: "log" },
        width: { kind: "choice", values: [32, 64] },
        layers: { step: 1 },
      },
      earlyStop: { type: "hyperband", brackets: [3, 9], eta: 3 },
    });
  });

  it("say which key is at fault", () => {
    const cases: [string, string][] = [
      ["method: grid\nparameters: {a: {value: 1}}\nprogram: x", "metric: name what decides"],
      ["method: magic\nparameters: {}", "method: Invalid option"],
      [
        "method: random\nmetric: {name: a}\nlab: x\nparameters: {a: {min: 1}}",
        "parameters.a: give value",
      ],
      ["a: [1", "sweep file: Flow sequence in block collection must be"],
      [
        "method: random\nmetric: {name: a}\nlab: x\nparameters: {a: {value: 1}}",
        "no field to vary",
      ],
    ];
    for (const [text, message] of cases) expect(() => readSweepYaml(text), text).toThrow(message);
  });
});
