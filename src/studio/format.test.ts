import { describe, expect, it } from "vitest";
import {
  formatAgo,
  formatBytes,
  formatCount,
  formatPercent,
  formatScore,
  formatSeconds,
  formatValue,
  humanize,
} from "./format.ts";

describe("figures", () => {
  it("never round a good score up to perfect", () => {
    expect(formatScore(0.98034)).toBe("0.980");
    expect(formatScore(0.99962)).toBe("0.9996");
    expect(formatScore(1)).toBe("1.000");
    expect(formatPercent(0.9883)).toBe("98.8%");
  });

  it("show values short, whatever their size", () => {
    expect([0, 0.03412, 318.2, 12_345, 1.5e-5, 2.5e9, -0.5].map(formatValue)).toEqual([
      "0",
      "0.0341",
      "318",
      "12,345",
      "1.5e-5",
      "2.5e+9",
      "-0.5",
    ]);
    expect(formatValue(null)).toBe("–");
    expect(formatCount(1_234_567)).toBe("1,234,567");
  });

  it("tell lengths of time and sizes with their units", () => {
    expect([0.44, 9.96, 59.7, 71.4, 120, 7_300, 7_200].map(formatSeconds)).toEqual([
      "0.4 s",
      "10.0 s",
      "1 min",
      "1 min 11 s",
      "2 min",
      "2 h 2 min",
      "2 h",
    ]);
    expect([0, 999, 2_480_000, 25e9, 5e13].map(formatBytes)).toEqual([
      "0 B",
      "999 B",
      "2.5 MB",
      "25 GB",
      "50000 GB",
    ]);
  });

  it("tell how long ago a moment was", () => {
    const now = Date.parse("2026-03-04T12:00:00Z");
    const ago = (iso: string) => formatAgo(iso, now);
    expect(ago("2026-03-04T11:59:30Z")).toBe("just now");
    expect(ago("2026-03-04T11:55:00Z")).toBe("5 minutes ago");
    expect(ago("2026-03-03T10:00:00Z")).toBe("yesterday");
    expect(ago("2026-01-10T10:00:00Z")).toBe("Jan 10, 2026");
  });
});

describe("names", () => {
  it("become words", () => {
    expect(humanize("examplesPerSecond")).toBe("Examples per second");
    expect(humanize("f1")).toBe("F1");
    expect(humanize("max_tokens")).toBe("Max tokens");
  });
});
