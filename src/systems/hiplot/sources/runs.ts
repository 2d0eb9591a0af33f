// `run://`: what the tracker recorded. `run://` is everything, `run://name` one experiment, `run://name/id` one run.
import { HiplotError } from "../errors.ts";
import type { ExperimentData } from "../experiment.ts";
import { listRuns, readRun, runsExperiment } from "../tracker/runs.ts";

/** Reads recorded runs. @throws HiplotError where there is none */
export async function readRuns(
  which: string,
  dataDir = process.env.DEEPDIVE_HOME ?? ".deepdive",
): Promise<ExperimentData> {
  const [experiment, id] = which.split("/") as [string, string?];
  const listed = await listRuns(dataDir, experiment === "" ? undefined : experiment);
  const wanted = id === undefined ? listed : listed.filter((run) => run.id === id);
  if (wanted.length === 0) {
    const what = which === "" ? "runs" : which;
    throw new HiplotError(
      "tracker",
      `run://${which}: there are no ${what} in ${dataDir} yet; track() records them`,
    );
  }
  return runsExperiment(wanted.map((run) => readRun(dataDir, run.experiment, run.id)));
}
