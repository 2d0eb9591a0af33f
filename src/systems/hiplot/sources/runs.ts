// `run://`: what was recorded. `run://` is everything, `run://name` an experiment or a lab, `run://name/id` one run.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { openStore, type Store } from "../../../lab/index.ts";
import { HiplotError } from "../errors.ts";
import type { ExperimentData } from "../experiment.ts";
import { listRuns, readRun, runsExperiment } from "../tracker/runs.ts";
import { storeExperiment } from "../tracker/store-runs.ts";

/** Reads recorded runs: journals of the tracker, else the runs of labs. @throws HiplotError where there is none */
export async function readRuns(
  which: string,
  dataDir = process.env.DEEPDIVE_HOME ?? ".deepdive",
  opened?: Store,
): Promise<ExperimentData> {
  const [name = "", id] = which.split("/");
  if (/^\.|\\/.test(name)) {
    throw new HiplotError("tracker", `run://${which}: this is no name of an experiment`);
  }
  const listed = await listRuns(dataDir, name === "" ? undefined : name);
  const wanted = id === undefined ? listed : listed.filter((run) => run.id === id);
  if (wanted.length > 0) {
    return runsExperiment(wanted.map((run) => readRun(dataDir, run.experiment, run.id)));
  }
  if (opened !== undefined || existsSync(join(dataDir, "database"))) {
    const store = opened ?? (await openStore(dataDir, { note: "deepdive hiplot" }));
    try {
      const filter = { ...(name !== "" && { lab: name }), ...(id !== undefined && { run: id }) };
      const found = await storeExperiment(store, filter);
      if (found.size > 0) return found;
    } finally {
      if (opened === undefined) await store.close();
    }
  }
  const what = which === "" ? "runs" : `runs of ${which}`;
  throw new HiplotError(
    "tracker",
    `run://${which}: there are no ${what} in ${dataDir} yet; track() records them`,
  );
}
