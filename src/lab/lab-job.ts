// A lab as a job: what the worker process calls for every lab.
import { type LabContext, parseInput } from "./define.ts";
import { loadLab } from "./registry.ts";
import type { JobProgress, RunHandle } from "./run.ts";

/** What the worker process is told of the lab. */
export interface LabJob {
  readonly labModule: string;
  readonly labId: string;
  readonly input: unknown;
}

/** Loads the lab, checks the input and runs it. */
export async function runLabJob(
  options: LabJob & {
    readonly run: RunHandle;
    readonly signal: AbortSignal;
    readonly onProgress: (progress: JobProgress) => void;
  },
): Promise<object> {
  const { labModule, labId, input, run, signal, onProgress } = options;
  const lab = await loadLab(labModule, labId);
  const context: LabContext = { ...run, signal, progress: onProgress };
  return lab.run(context, parseInput(lab, input));
}
