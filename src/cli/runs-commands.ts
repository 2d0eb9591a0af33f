// `deepdive runs …`: its words, options and help. The work is in runs.ts, loaded when a command runs.
import { type Command, Option } from "commander";
import { runStatuses } from "../lab/records.ts";
import type { LabRegistry } from "../lab/registry.ts";
import { examples, wholeFrom, withCommon } from "./options.ts";

/** Adds `deepdive runs` and what can be done with runs. */
export function addRuns(program: Command, registry: LabRegistry): void {
  const load = () => import("./runs.ts");
  const runs = withFilter(withCommon(program.command("runs")))
    .description("List runs, show one, stop it, let it go on, export or remove it.")
    .argument("[id]", "a run's id or the beginning of it")
    .addHelpText("after", examples("deepdive runs", "deepdive runs k3m9 --json"))
    .action(async (id, options) =>
      id === undefined
        ? (await load()).listRuns(options, registry)
        : (await load()).showRun(id, options, registry),
    );
  withFilter(withCommon(runs.command("ls")))
    .description("List runs, newest first.")
    .addHelpText("after", examples("deepdive runs ls", "deepdive runs ls --status running --json"))
    .action(async (options) => (await load()).listRuns(options, registry));
  withCommon(runs.command("show"))
    .description("Show a run: its settings, figures and artifacts.")
    .argument("<id>", "a run's id or the beginning of it")
    .addHelpText("after", examples("deepdive runs show k3m9"))
    .action(async (id, options) => (await load()).showRun(id, options, registry));
  withCommon(runs.command("log"))
    .description("Print what a run's process wrote.")
    .argument("<id>", "a run's id or the beginning of it")
    .addHelpText("after", examples("deepdive runs log k3m9"))
    .action(async (id, options) => (await load()).printLog(id, options, registry));
  addDeeds(runs, registry);
}

/** What changes runs, or copies them. */
function addDeeds(runs: Command, registry: LabRegistry): void {
  const load = () => import("./runs.ts");
  withCommon(runs.command("stop"))
    .description("Stop runs: each keeps a checkpoint, and can go on later.")
    .argument("<ids...>", "ids of runs or their beginnings")
    .option("--no-wait", "ask them to stop, and do not wait until they have")
    .addHelpText("after", examples("deepdive runs stop k3m9", "deepdive runs stop k3m9 x27f"))
    .action(async (ids, options) => (await load()).stopRuns(ids, options, registry));
  withCommon(runs.command("resume"))
    .description(
      "Let a stopped, interrupted or failed run go on from its checkpoint: in the server or worker " +
        "that has the data folder, else here.",
    )
    .argument("<id>", "a run's id or the beginning of it")
    .addHelpText("after", examples("deepdive runs resume k3m9"))
    .action(async (id, options) => (await load()).resumeRun(id, options, registry));
  withCommon(runs.command("rm"))
    .description("Remove runs that have ended, with their curves and files.")
    .argument("<ids...>", "ids of runs or their beginnings")
    .option("--trials", "of a sweep: its trials, too")
    .addHelpText("after", examples("deepdive runs rm k3m9", "deepdive runs rm x27f --trials"))
    .action(async (ids, options) => (await load()).removeRuns(ids, options, registry));
  withFilter(withCommon(runs.command("export")), 10_000)
    .description(
      "Write a table of all runs, or one run's curves, as CSV; with --out a run's files, too.",
    )
    .argument("[id]", "a run's id or the beginning of it")
    .option("--out <path>", "a CSV file for the table; for a run the folder that gets its files")
    .addHelpText(
      "after",
      examples("deepdive runs export > runs.csv", "deepdive runs export k3m9 --out k3m9"),
    )
    .action(async (id, options) => (await load()).exportRuns(id, options, registry));
}

function withFilter(command: Command, limit = 20): Command {
  return command
    .option("--lab <lab>", "only this lab's")
    .addOption(new Option("--status <status>", "only those of this status").choices(runStatuses))
    .option("--project <name>", "only steps of this project")
    .option("--sweep <id>", "only trials of this sweep")
    .option("--limit <count>", "at most this many, the newest", wholeFrom(1), limit);
}
