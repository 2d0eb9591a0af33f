import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { testFolder } from "../../data/testing.ts";
import type { RunHandle } from "../../lab/index.ts";
import { type HeadConfig, trainHead } from "./head.ts";

const folder = testFolder();
beforeAll(() => vi.stubEnv("DEEPDIVE_CACHE", folder.path));
afterAll(() => {
  vi.unstubAllEnvs();
  folder.remove();
});

const places = "kitchen garden harbour museum station library theatre market bridge castle".split(
  " ",
);
const dishes = "soup bread salad rice pasta fish cheese beans apples pancakes".split(" ");
const games = "football tennis hockey rugby chess boxing cycling rowing golf basketball".split(" ");
/** Sentences on food and on sports, no two with the same words. */
const rows = dishes.flatMap((dish, i) =>
  games.flatMap((game, j) => [
    `We ate ${dish} with ${dishes[(i + j + 1) % 10]} at the ${places[j]},food`,
    `The ${game} team won the ${games[(i + j + 1) % 10]} match near the ${places[i]},sports`,
  ]),
);

function recordingRun() {
  const points: [number, Readonly<Record<string, number>>][] = [];
  const artifacts = new Map<string, unknown>();
  const run: RunHandle = {
    id: "head",
    folder: folder.path,
    metrics: (step, values) => void points.push([step, values]),
    flush: async () => {},
    async artifact(name, kind, content) {
      artifacts.set(name, content);
      return { name, kind, mediaType: "application/json", bytes: 0 };
    },
  };
  return { run, points, artifacts };
}

it("tells food from sports on held-out sentences; its curves have a point for each step", async () => {
  const path = folder.write("topics.csv", `text,label\n${rows.join("\n")}\n`);
  const config: HeadConfig = {
    data: { path, textColumn: "text", labelColumn: "label" },
    ...{ hidden: 16, dropout: 0.1, learningRate: 0.003, weightDecay: 0.01 },
    ...{ batchSize: 32, epochs: 4, seed: 1 },
  };
  const { run, points, artifacts } = recordingRun();
  const signal = new AbortController().signal;
  const phases = new Set<string>();
  const onProgress = ({ phase }: { phase: string }) => void phases.add(phase);
  const summary = await trainHead(config, { run, signal, onProgress });
  expect(summary.accuracy).toBeGreaterThan(0.95);
  expect(summary.parameters).toBe(512 * 16 + 16 + 16 * 2 + 2);
  expect([...phases]).toEqual(["read", "divide", "embed", "train", "evaluate"]);
  const { classes } = artifacts.get("dataset") as { classes: { train: number; test: number }[] };
  const trained = classes.reduce((sum, { train }) => sum + train, 0);
  const steps = points.flatMap(([step, values]) => ("train/loss" in values ? [step] : []));
  expect(steps).toEqual(Array.from({ length: 4 * Math.ceil(trained / 32) }, (_, i) => i + 1));
  const { counts } = artifacts.get("confusion") as { counts: number[][] };
  expect(counts[0]![1]! + counts[1]![0]!).toBe(summary.wrong);
  expect(counts.flat().reduce((sum, count) => sum + count, 0)).toBe(summary.tested);
});

it("stops when it is told to, with the signal's reason", async () => {
  const path = folder.write("few.csv", `text,label\n${rows.slice(0, 60).join("\n")}\n`);
  const config: HeadConfig = {
    data: { path, textColumn: "text", labelColumn: "label" },
    ...{ hidden: 0, dropout: 0, learningRate: 0.003, weightDecay: 0 },
    ...{ batchSize: 8, epochs: 10_000, seed: 1 },
  };
  const stop = new AbortController();
  const { run } = recordingRun();
  const onProgress = ({ phase, done = 0 }: { phase: string; done?: number }) => {
    if (phase === "train" && done > 5) stop.abort(new Error("enough"));
  };
  await expect(trainHead(config, { run, signal: stop.signal, onProgress })).rejects.toThrow(
    "enough",
  );
});
