import { describe, expect, it } from "vitest";
import { columnOf } from "./columns.ts";
import { Frame, frameOf } from "./frame.ts";
import type { Datapoint } from "./types.ts";
import { decodeFrame, encodeFrame } from "./wire.ts";

const experiment = {
  colorby: "lr",
  parameters_definition: { lr: { type: "numericlog" as const } },
};

describe("a frame as bytes", () => {
  it("comes back as it was: text, gaps, odd numbers, lineage", () => {
    const points: Datapoint[] = [
      { uid: "a", fromUid: null, values: { lr: 0.1, opt: "adam", x: Number.NaN, big: 2 ** 60 } },
      { uid: "b", fromUid: "a", values: { lr: 1 / 3, opt: null, x: -0, y: true } },
      { uid: "ü", fromUid: "a", values: { lr: Infinity, opt: "", x: 5e-324, y: "1" } },
    ];
    const { frame, experiment: settings } = decodeFrame(
      encodeFrame({ frame: frameOf(points), experiment }),
    );
    expect(settings).toEqual(experiment);
    expect(Array.from({ length: 3 }, (_, row) => frame.datapoint(row))).toEqual(points);
    expect(Object.is(frame.value(1, "x"), -0)).toBe(true);
  });

  it("keeps many ids, and writes short decimals in four bytes", () => {
    const rows = 3_000;
    const cells = Array.from({ length: rows }, (_, row) => row / 1_000);
    const plain = new Frame({ columns: [columnOf("x", cells)] });
    const bytes = encodeFrame({ frame: plain, experiment: {} });
    expect(bytes.length).toBeLessThan(4 * rows + 400);
    expect(decodeFrame(bytes).frame.value(2_999, "x")).toBe(2.999);
    const points = cells.map((x, row) => ({
      uid: `run_${row}`,
      fromUid: row > 0 ? `run_${row - 1}` : null,
      values: { x },
    }));
    const { frame } = decodeFrame(encodeFrame({ frame: frameOf(points), experiment: {} }));
    expect(frame.datapoint(2_999)).toEqual(points[2_999]);
  });

  it("comes back the same from numbers as they lie in memory, aligned or not", () => {
    const points = Array.from({ length: 2_500 }, (_, row) => ({
      uid: `run ${row}${"x".repeat(row % 2)}`,
      fromUid: row % 3 === 1 ? `run ${row - 1}${"x".repeat((row - 1) % 2)}` : null,
      values: { x: Math.sqrt(row), n: row, t: `text ${row % 7}`, f: Math.fround(row / 7) },
    }));
    const bytes = encodeFrame({ frame: frameOf(points), experiment }, { plain: true });
    const askew = new Uint8Array(bytes.length + 1);
    askew.set(bytes, 1);
    for (const given of [bytes, askew.subarray(1)]) {
      const { frame, experiment: settings } = decodeFrame(given);
      expect(settings).toEqual(experiment);
      expect(Array.from({ length: 2_500 }, (_, row) => frame.datapoint(row))).toEqual(points);
    }
    const { columns } = decodeFrame(bytes).frame;
    expect(columns[0].kind === "number" && columns[0].values.buffer).toBe(bytes.buffer);
  });

  it("refuses other bytes", () => {
    expect(() => decodeFrame(new Uint8Array(20))).toThrow(
      "expected columns as the server sends them",
    );
  });
});
