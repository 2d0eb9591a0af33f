import { describe, expect, test } from "vitest";
import { clock, Pace, ProgressReporter, type ProgressView, progressLine } from "./progress.ts";

const view: ProgressView = {
  step: 30,
  steps: 120,
  epoch: 0,
  epochs: 3,
  loss: 0.456789,
  examplesPerSecond: 12_345.6,
  secondsLeft: 125,
};

function recorder(isTTY: boolean) {
  const written: string[] = [];
  const stream = { isTTY, columns: 200, write: (text: string) => written.push(text) };
  return { written, reporter: new ProgressReporter({ stream, everySeconds: 10 }) };
}

describe("progress", () => {
  test("a line shows epoch, step, loss, throughput and time left", () => {
    expect(progressLine(view)).toBe(
      "epoch 1/3  step 30/120  loss 0.4568  12,346 examples/s  2:05 left",
    );
  });

  test("a run without an end shows none", () => {
    const { steps: _steps, epochs: _epochs, secondsLeft: _left, ...endless } = view;
    expect(progressLine({ ...endless, examplesPerSecond: 2.34 })).toBe(
      "epoch 1  step 30  loss 0.4568  2.3 examples/s",
    );
  });

  test("a terminal's line is written over, no more often than it can be read", () => {
    const { written, reporter } = recorder(true);
    reporter.update(view, 1000);
    reporter.update({ ...view, step: 31 }, 1010);
    reporter.update({ ...view, step: 40 }, 1200);
    reporter.say("validation");
    reporter.end();
    expect(written).toEqual([
      `\r\x1b[K[█████░░░░░░░░░░░░░░░]  ${progressLine(view)}`,
      `\r\x1b[K[███████░░░░░░░░░░░░░]  ${progressLine({ ...view, step: 40 })}`,
      "\r\x1b[Kvalidation\n",
    ]);
  });

  test("a log gets plain lines every few seconds, and the last", () => {
    const { written, reporter } = recorder(false);
    for (const [step, ms] of [
      [1, 0],
      [2, 5000],
      [3, 10_000],
      [120, 11_000],
    ]) {
      reporter.update({ ...view, step: step! }, ms);
    }
    expect(written.map((line) => line.match(/step (\d+)/)?.[1])).toEqual(["1", "3", "120"]);
    expect(written.every((line) => line.endsWith("\n") && !line.includes("\r"))).toBe(true);
  });

  test("times are minutes and seconds, with hours where there are any", () => {
    expect([0, 59.6, 61, 3723].map(clock)).toEqual(["0:00", "1:00", "1:01", "1:02:03"]);
  });

  test("the pace leaves the first step out, which compiles", () => {
    const pace = new Pace();
    pace.note(900);
    expect(pace.ms).toBeNull();
    pace.note(10);
    pace.note(30);
    expect(pace.ms).toBeCloseTo(11, 6);
  });
});
