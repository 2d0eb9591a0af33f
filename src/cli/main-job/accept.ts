// What the main job promises: from label names to a fine-tuned model, with how many reviewed mails how good.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Criterion,
  judge,
  type Outcome,
  openStore,
  type RunRecord,
  runJob,
} from "../../lab/index.ts";
import type { StepSummary } from "./jobs.ts";
import { learningSteps } from "./plan.ts";

const system = "main-job";
const seeds = [1, 2, 3];

const results = new Map<number, Promise<readonly StepSummary[]>>();

/** The summaries of the learning steps for a seed, run as `deepdive start` runs them. */
function resultsOf(seed: number): Promise<readonly StepSummary[]> {
  const known = results.get(seed) ?? learn(seed);
  results.set(seed, known);
  return known;
}

async function learn(seed: number): Promise<readonly StepSummary[]> {
  const folder = await mkdtemp(join(tmpdir(), "deepdive-accept-"));
  const store = await openStore(folder);
  const module = new URL("./jobs.ts", import.meta.url);
  try {
    const runs: RunRecord[] = [];
    for (const { lab, function: job, config } of learningSteps(seed)) {
      const parent = runs.at(-1)?.id;
      runs.push(await runJob({ store, lab, module, function: job, config, parent }));
    }
    return runs.map(({ summary }) => summary as unknown as StepSummary);
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function accuracyAfter(step: number, least: number): Promise<Outcome> {
  const all: StepSummary[] = [];
  for (const seed of seeds) all.push((await resultsOf(seed))[step]!);
  const mean = all.reduce((sum, { accuracy }) => sum + accuracy!, 0) / all.length;
  const each = all.map(({ accuracy, seconds }, i) => {
    const whole = Object.values(seconds).reduce((sum, part) => sum + part, 0);
    return `seed ${seeds[i]}: ${accuracy!.toFixed(4)} in ${whole.toFixed(0)} s`;
  });
  return judge(Number(mean.toFixed(4)), "at least", least, each.join("; "));
}

/** Run by `npm run accept -- main-job`. */
export const criteria: readonly Criterion[] = [
  {
    system,
    name: "names",
    target:
      "label names and descriptions alone: accuracy at least 0.80 on the held-out fifth of the mails, mean of 3 seeds",
    run: () => accuracyAfter(0, 0.8),
  },
  {
    system,
    name: "reviewed-50",
    target: "50 reviewed mails: accuracy at least 0.92, mean of 3 seeds",
    run: () => accuracyAfter(1, 0.92),
  },
  {
    system,
    name: "reviewed-200",
    target: "200 reviewed mails and fine-tuning: accuracy at least 0.96, mean of 3 seeds",
    run: () => accuracyAfter(2, 0.96),
  },
];
