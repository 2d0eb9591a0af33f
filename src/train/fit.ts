/** @file `fit`: trains a model to the end, with validation, checkpoints and a way to stop. */
import { batchesPerEpoch, type LoadedBatch, streamBatches } from "../data/batches.ts";
import type { Module } from "../nn/index.ts";
import { listenForInterrupt, takeTurn } from "./interrupt.ts";
import { checkOptions, type FitOptions, type FitResult, type StopReason } from "./options.ts";
import { ProgressReporter } from "./progress.ts";
import { Run } from "./run.ts";

/**
 * Trains a model. Each step is one compiled graph; batches are prepared while it runs. With a
 * checkpoint folder, a run that was stopped or killed goes on where its last checkpoint was, and
 * ends with the same bits as an unbroken one.
 *
 * @returns the model (the one given, trained in place), and how the run went
 * @throws TrainingError for impossible options, a loss that is not a number, or a checkpoint that
 *   belongs to another run
 */
export async function fit<M extends Module, B>(options: FitOptions<M, B>): Promise<FitResult<M>> {
  checkOptions(options);
  const { signal, processSignals = signal === undefined } = options;
  const reporter = reporterOf(options.progress);
  using interrupt = listenForInterrupt(signal, processSignals);
  using run = await Run.begin(options, reporter);
  let stopped: StopReason = run.ended ?? "finished";
  if (!run.ended) {
    for await (const batches of stepsOf(options, run.position)) {
      await run.step(batches);
      await takeTurn();
      const reason = run.ended ?? (interrupt.requested ? "interrupted" : undefined);
      if (reason) {
        stopped = reason;
        break;
      }
    }
  }
  await run.finish();
  reporter?.end();
  return { ...run.result(), stopped };
}

function reporterOf(progress: FitOptions<Module, unknown>["progress"]): ProgressReporter | null {
  if (progress === false || (typeof process === "undefined" && progress !== Object(progress))) {
    return null;
  }
  return new ProgressReporter(typeof progress === "object" ? progress : {});
}

/** The batches of each step; the last step of an epoch may have fewer. */
async function* stepsOf<M extends Module, B>(
  { data, epochs, accumulate = 1 }: FitOptions<M, B>,
  from: { readonly epoch: number; readonly batch: number },
): AsyncGenerator<LoadedBatch<B>[]> {
  const perEpoch = batchesPerEpoch(data.count, data);
  const stream = { ...data, from, ...(epochs !== undefined && { epochs }) };
  let group: LoadedBatch<B>[] = [];
  for await (const batch of streamBatches(data.count, stream, (plan) => data.load(plan))) {
    group.push(batch);
    if (group.length < accumulate && batch.index < perEpoch - 1) continue;
    yield group;
    group = [];
  }
}
