// `deepdive start`: the main job, and the Studio on its results.
import { type LabRegistry, prepareInput } from "../lab/index.ts";
import { runsOf, runWithProgress } from "./run-lab.ts";
import { stopSignal, whenStopped } from "./signals.ts";
import { openStudio, type ServerCommandOptions } from "./studio.ts";
import { describeResult, readComparison, textLab } from "./text-job.ts";

/**
 * Trains on the mails of SpamAssassin (or takes the finished run of that kind which is there), prints
 * how good it became and serves the Studio until Ctrl-C. The Studio is up during the training as well.
 */
export async function start(
  options: ServerCommandOptions & { readonly again?: boolean },
  registry: LabRegistry,
): Promise<void> {
  const output = options.json ? process.stderr : process.stdout;
  const { signal, release } = stopSignal(() => output.write("\nStopping …\n"));
  const { store, server, close } = await openStudio(options, output, registry);
  try {
    const input = await prepareInput(registry, textLab, { data: "spam-assassin" });
    const earlier = options.again ? [] : await runsOf(store, textLab, input);
    const known = earlier.find((run) => run.status === "done");
    let run = known;
    if (!run && !signal.aborted) {
      output.write(`Follow the training at ${server.url}\n\n`);
      const { again } = options;
      const name = "SpamAssassin mails";
      const job = { store, registry, lab: textLab, input, name, signal, output, again };
      run = await runWithProgress(job);
    }
    if (!run) return;
    const rows = await readComparison(store, run.id);
    if (known) output.write("This run was made earlier; --again trains anew.\n");
    const url = `${server.url}/runs/${run.id}`;
    if (options.json) {
      process.stdout.write(`${JSON.stringify({ url, run, comparison: rows })}\n`);
    } else {
      output.write(`\n${describeResult(run, rows)}\n`);
      output.write("\nCurves, the confusion matrix and the mails it got wrong:\n");
      output.write(`  ${url}\n\nCtrl-C stops the Studio.\n`);
    }
    await whenStopped(signal);
  } finally {
    release();
    await close();
  }
}
