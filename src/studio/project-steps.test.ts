import { expect, it } from "vitest";
import type { RunRecord } from "./api.ts";
import { projectSteps } from "./project-steps.ts";

function run(name: string, minute: number, more: Partial<RunRecord> = {}): RunRecord {
  const time = `2026-01-01T00:${String(minute).padStart(2, "0")}:00.000Z`;
  return {
    ...{
      id: `${name}-${minute}`,
      lab: "toy",
      name,
      status: "done",
      project: "p",
      parent: null,
      sweep: null,
    },
    ...{ config: {}, summary: null, error: null, attempt: 1 },
    ...{ created: time, started: time, ended: time },
    ...more,
  };
}

it("orders steps by time, tells gains over the last figure, keeps the attempt that ended well", () => {
  const steps = projectSteps([
    run("tune", 9, { summary: { accuracy: 0.97, wrong: 3, tested: 100, about: "Learned." } }),
    run("review", 5, { summary: { clicks: 50 } }),
    run("label", 4, { summary: { accuracy: 0.8 } }),
    run("label", 3, { status: "interrupted" }),
    run("tune", 10, { status: "stopped" }),
  ]);
  expect(steps.map((step) => step.run.name)).toEqual(["label", "review", "tune"]);
  expect(steps.map((step) => step.run.status)).toEqual(["done", "done", "done"]);
  expect(steps[2]).toMatchObject({ accuracy: 0.97, wrong: 3, tested: 100, about: "Learned." });
  expect(steps[2]!.gain).toBeCloseTo(0.17, 12);
  expect([steps[0]!.gain, steps[1]!.accuracy]).toEqual([undefined, undefined]);
});

it("leaves the runs of a sweep to it", () => {
  const sweep = run("search", 1, { lab: "sweep" });
  const first = run("a", 2, { sweep: sweep.id });
  const second = run("b", 3, { sweep: sweep.id });
  const next = run("next", 4, { parent: first.id });
  const steps = projectSteps([next, second, first, sweep]);
  expect(steps.map((step) => step.run.name)).toEqual(["search", "next"]);
});
