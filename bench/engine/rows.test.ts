// The benchmark's runner against peers that only pretend: order of turns, medians, missing sides.

import { describe, expect, it } from "vitest";
import { alternate, quantile, timing } from "./measure.ts";
import type { Peer } from "./peer.ts";
import { type EngineRow, measureRows, type Plan } from "./rows.ts";
import { workloads } from "./workloads.ts";

const measure = { steps: 20, block: 5, budgetSeconds: 60, settleMs: 0 };
const mlp = workloads[0]!;

/** A peer whose steps take the given times, over and over, and that logs what is asked of it. */
function fake(name: string, times: readonly number[], log: string[] = []): Peer {
  let done = 0;
  return {
    name,
    async setup(workload) {
      log.push(`${name} setup ${workload.name}`);
    },
    async step(n) {
      log.push(`${name} ${n}`);
      return Array.from({ length: n }, () => times[done++ % times.length]!);
    },
    close() {
      log.push(`${name} close`);
    },
  };
}

async function rowsOf(plan: Partial<Plan>): Promise<EngineRow[]> {
  return Array.fromAsync(
    measureRows({
      workloads: [mlp],
      ours: async () => fake("ours", [2]),
      peers: [{ name: "theirs", open: async () => fake("theirs", [4]) }],
      threads: 2,
      measure,
      ...plan,
    }),
  );
}

describe("quantile", () => {
  it("interpolates as NumPy's default does", () => {
    expect(quantile([3, 1, 2, 4], 0.5)).toBe(2.5);
    expect(quantile([4, 1, 3, 2], 0.25)).toBe(1.75);
    expect(quantile([7], 0.75)).toBe(7);
    expect(() => quantile([], 0.5)).toThrow("expected at least one value");
  });
});

describe("alternate", () => {
  it("takes turns in blocks, each after one uncounted step, and changes who begins", async () => {
    const log: string[] = [];
    const peers = [fake("a", [1], log), fake("b", [1], log)];
    await alternate(peers, { ...measure, steps: 12 });
    expect(log).toEqual([
      "a 1",
      "a 5",
      "b 1",
      "b 5",
      "b 1",
      "b 5",
      "a 1",
      "a 5",
      "a 1",
      "a 2",
      "b 1",
      "b 2",
    ]);
  });

  it("counts as many steps as were asked for on each side", async () => {
    const times = await alternate([fake("a", [1]), fake("b", [2])], measure);
    expect(times.map((ms) => ms.length)).toEqual([20, 20]);
    expect(times.map((ms) => new Set(ms))).toEqual([new Set([1]), new Set([2])]);
  });

  it("stops after a round when the budget is spent", async () => {
    const [ms] = await alternate([fake("a", [1])], { ...measure, budgetSeconds: -1 });
    expect(ms).toHaveLength(5);
  });
});

describe("timing", () => {
  it("is not moved by one outlier", () => {
    expect(timing([5, 5, 5, 5, 900])).toEqual({ median: 5, quartiles: [5, 5], steps: 5 });
  });
});

describe("measureRows", () => {
  it("divides our median by the peer's", async () => {
    const [row] = await rowsOf({
      ours: async () => fake("ours", [1.8, 2, 2.2, 1.8, 2, 2.2]),
      peers: [{ name: "theirs", open: async () => fake("theirs", [4]) }],
    });
    expect(row).toMatchObject({ workload: "mlp", peer: "theirs", ours_ms: 2, peer_ms: 4 });
    expect(row).toMatchObject({ ratio: 0.5, steps: 20, threads: 2, note: "" });
  });

  it("marks a comparison that something else on the machine disturbed", async () => {
    const [row] = await rowsOf({
      peers: [{ name: "theirs", open: async () => fake("theirs", [30, 30, 90]) }],
    });
    expect(row?.note).toBe("noisy: their quartiles are a factor 3.0 apart");
  });

  it("says why a peer that cannot start was not measured, and still times our side", async () => {
    const open = () => Promise.reject(new Error("neither $PYTHON nor python3 has torch"));
    const [row] = await rowsOf({ peers: [{ name: "torch-eager", open }] });
    expect(row).toMatchObject({ ours_ms: 2, peer_ms: "not measured", ratio: "not measured" });
    expect(row?.note).toBe("neither $PYTHON nor python3 has torch");
  });

  it("says so where our side is missing, with the peer's figure", async () => {
    const [row] = await rowsOf({ ours: () => Promise.reject(new Error("no engine")) });
    expect(row).toMatchObject({ ours_ms: "not measured", peer_ms: 4, ratio: "not measured" });
    expect(row?.note).toBe("ours: no engine");
  });

  it("closes a peer that failed and goes on with the next", async () => {
    const log: string[] = [];
    const bad: Peer = {
      ...fake("bad", [1], log),
      step: () => Promise.reject(new Error("out of memory")),
    };
    const rows = await rowsOf({
      peers: [
        { name: "bad", open: async () => bad },
        { name: "good", open: async () => fake("good", [8], log) },
      ],
    });
    expect(rows.map((row) => [row.peer, row.peer_ms, row.note])).toEqual([
      ["bad", "not measured", "out of memory"],
      ["good", 8, ""],
    ]);
    expect(log.filter((line) => line.endsWith("close"))).toEqual(["bad close", "good close"]);
  });

  it("sets our side up once per workload", async () => {
    const log: string[] = [];
    const theirs = { name: "theirs", open: async () => fake("theirs", [1]) };
    await rowsOf({
      workloads: workloads.slice(0, 2),
      ours: async () => fake("ours", [1], log),
      peers: [theirs, theirs],
    });
    expect(log.filter((line) => line.includes("setup"))).toEqual([
      "ours setup mlp",
      "ours setup cnn",
    ]);
  });
});
