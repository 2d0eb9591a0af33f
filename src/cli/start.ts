// `deepdive start`: the main job step by step, and the Studio on its results from the beginning.
import type { LabRegistry, RunRecord } from "../lab/index.ts";
import { formatPercent, formatTable } from "./format.ts";
import { projectName, steps } from "./main-job/plan.ts";
import { runSteps } from "./main-job/run-steps.ts";
import { stopSignal, whenStopped } from "./signals.ts";
import { openStudio, type ServerCommandOptions } from "./studio.ts";
import { describeResult, readComparison, textLab } from "./text-job.ts";

/**
 * Labels, reviews, fine-tunes, explains and compares on the mails of SpamAssassin, and serves the
 * Studio until Ctrl-C. Steps that an earlier start finished are not done again.
 */
export async function start(
  options: ServerCommandOptions & { readonly again?: boolean },
  registry: LabRegistry,
  jobs: URL,
): Promise<void> {
  const output = options.json ? process.stderr : process.stdout;
  const { signal, release } = stopSignal(() => output.write("\nStopping …\n"));
  const { store, queue, server, close } = await openStudio(options, output, registry);
  try {
    const url = `${server.url}/projects/${encodeURIComponent(projectName)}`;
    output.write(`Follow it at ${url}\n`);
    const { again } = options;
    const work = { store, queue, registry, jobs, signal, output, again };
    const runs = await runSteps(steps, work).catch((error: Error) => {
      if (signal.aborted)
        output.write("Finished steps are kept: the same command goes on there.\n");
      throw error;
    });
    const last = [...runs.values()].find(({ lab }) => lab === textLab);
    const rows = last ? await readComparison(store, last.id) : [];
    if (options.json) {
      const list = [...runs].map(([name, run]) => ({ name, run }));
      process.stdout.write(`${JSON.stringify({ url, steps: list, comparison: rows })}\n`);
    } else {
      output.write(`\n${describeSteps(runs)}\n`);
      if (last) output.write(`\n${describeResult(last, rows)}\n`);
      output.write(
        `\nAll of it, with what was wrong and why:\n  ${url}\n\nCtrl-C stops the Studio.\n`,
      );
    }
    await whenStopped(signal);
  } finally {
    release();
    await close();
  }
}

function describeSteps(runs: ReadonlyMap<string, RunRecord>): string {
  const figures = ({ summary }: RunRecord) => (summary ?? {}) as Record<string, unknown>;
  const rows = [...runs].map(([name, run]) => {
    const { accuracy, wrong, tested } = figures(run);
    return [
      name,
      typeof accuracy === "number" ? formatPercent(accuracy) : "",
      typeof wrong === "number" ? `${wrong} of ${tested}` : "",
    ];
  });
  return formatTable(["Step", ">accuracy", ">wrong"], rows);
}
