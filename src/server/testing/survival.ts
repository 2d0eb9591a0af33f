// Kills a server again and again in the middle of a run, and compares what comes out with an unbroken run.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { uniformStream } from "../../data/index.ts";
import type { MetricSeries, RunDetails } from "../../lab/index.ts";
import { ServerProcess } from "./server-process.ts";

/** What is run, and how it is disturbed. */
export interface SurvivalOptions {
  readonly lab: string;
  readonly input: object;
  /** Fields of the input that are files: they are uploaded first. */
  readonly files?: Readonly<Record<string, string>>;
  /** As in `$DEEPDIVE_LABS`. */
  readonly labs?: string;
  readonly kills: number;
  readonly seed: number;
  /** Longest time between the run's first new step after a start and the kill. */
  readonly longestMs: number;
}

/** What was found. */
export interface Survival {
  readonly unbroken: RunDetails;
  readonly broken: RunDetails;
  /** Kills that met the run at work. */
  readonly kills: number;
  /** Points, artifacts or runs that a server had shown and its successor did not have: should be none. */
  readonly lost: readonly string[];
  readonly curves: {
    readonly unbroken: readonly MetricSeries[];
    readonly broken: readonly MetricSeries[];
  };
}

/** Runs the lab once in peace and once among kills at moments that `seed` decides. */
export async function survive(options: SurvivalOptions): Promise<Survival> {
  const { lab, labs, seed, longestMs } = options;
  const folder = await mkdtemp(join(tmpdir(), "deepdive-survival-"));
  let server = await ServerProcess.start(folder, labs);
  try {
    const input: Record<string, unknown> = { ...options.input };
    for (const [field, path] of Object.entries(options.files ?? {})) {
      input[field] = await server.upload(path);
    }
    const whole = await server.startRun(lab, input);
    const unbroken = await server.until(whole);
    const random = uniformStream(seed);
    const id = await server.startRun(lab, input);
    const lost: string[] = [];
    let kills = 0;
    while (kills < options.kills) {
      const reached = lastStep((await server.metrics(id)).series);
      for (;;) {
        const run = await server.run(id);
        const { series } = await server.metrics(id);
        if (run.ended !== null || lastStep(series) > reached) break;
        await sleep(20);
      }
      await sleep(random() * longestMs);
      const before = await look(server, [whole, id]);
      if (before.runs.at(-1)?.ended !== null) break;
      await server.kill();
      kills++;
      server = await ServerProcess.start(folder, labs);
      lost.push(...missing(before, await look(server, [whole, id])));
    }
    const broken = await server.until(id);
    const curves = {
      unbroken: (await server.metrics(whole)).series,
      broken: (await server.metrics(id)).series,
    };
    return { unbroken, broken, kills, lost, curves };
  } finally {
    await server.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

function lastStep(series: readonly MetricSeries[]): number {
  return Math.max(0, ...series.map(({ steps }) => steps.at(-1) ?? 0));
}

interface View {
  readonly runs: readonly RunDetails[];
  readonly series: readonly (readonly MetricSeries[])[];
}

async function look(server: ServerProcess, ids: readonly string[]): Promise<View> {
  const runs = await Promise.all(ids.map((id) => server.run(id)));
  const metrics = await Promise.all(ids.map((id) => server.metrics(id)));
  return { runs, series: metrics.map(({ series }) => series) };
}

/** What the first view has and the second has not. */
function missing(before: View, after: View): string[] {
  return before.runs.flatMap((run, index) => {
    const now = after.runs[index] as RunDetails;
    const files = new Set(now.artifacts.map(({ name }) => name));
    const artifacts = run.artifacts.filter(({ name }) => !files.has(name));
    const points = (before.series[index] ?? []).flatMap(({ name, steps }) => {
      const there = new Set(after.series[index]?.find((curve) => curve.name === name)?.steps);
      return steps.filter((step) => !there.has(step)).map((step) => `${run.id} ${name} ${step}`);
    });
    const ended =
      run.ended !== null && now.status !== run.status ? [`${run.id} ${run.status}`] : [];
    return [...artifacts.map(({ name }) => `${run.id} ${name}`), ...points, ...ended];
  });
}
