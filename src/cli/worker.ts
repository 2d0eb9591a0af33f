// `deepdive worker`: works on waiting runs, beside a server or on another machine.
import { type LabRegistry, Queue } from "../lab/index.ts";
import { oneLine } from "./format.ts";
import type { CommonOptions } from "./options.ts";
import { stopSignal, whenStopped } from "./signals.ts";
import { openDataFolder } from "./studio.ts";
import { offerApi } from "./workbench.ts";

/** Options of `deepdive worker`. */
export interface WorkerOptions extends CommonOptions {
  readonly concurrency: number;
  readonly lease?: number;
  readonly untilEmpty?: boolean;
}

/** Takes runs from the queue until Ctrl-C; those under way then wait for the next worker. */
export async function worker(options: WorkerOptions, registry: LabRegistry): Promise<void> {
  const output = options.json ? process.stderr : process.stdout;
  const { signal, release } = stopSignal(() => output.write("\nStopping …\n"));
  const store = await openDataFolder(options, output);
  const queue = await Queue.open(store);
  const endApi = offerApi(store, registry, queue);
  const finished: object[] = [];
  try {
    queue.work({
      registry,
      concurrency: options.concurrency,
      onRun: (run) => {
        finished.push({ id: run.id, status: run.status });
        output.write(`${run.id}  ${oneLine(run.name, 40)}  ${run.status}\n`);
      },
    });
    output.write(`Waiting for runs (process ${process.pid}); Ctrl-C stops it.\n`);
    if (options.untilEmpty) await Promise.race([queue.whenEmpty(), whenStopped(signal)]);
    else await whenStopped(signal);
  } finally {
    release();
    await endApi();
    await queue.stop();
    await store.close();
  }
  if (options.json) process.stdout.write(`${JSON.stringify({ runs: finished })}\n`);
}
