// All commands with their options and help. What a command needs is loaded when it runs, so help is quick.
import { Command } from "commander";
import { packageVersion } from "../lab/environment.ts";
import { LabRegistry } from "../lab/registry.ts";
import { addHiplot } from "./hiplot-commands.ts";
import { addLabs, addSweep } from "./lab-commands.ts";
import { examples, positive, wholeFrom, withCommon, withServer } from "./options.ts";
import { addRuns } from "./runs-commands.ts";
import { addCompletion, addKeys, addServe, addWorker } from "./service-commands.ts";

/** The modules that do the work, as URLs: they are loaded by the commands, or in a worker process. */
export interface SystemModules {
  /** Folder of the systems, in place of the usual one. */
  readonly systems?: URL;
  /** The jobs of `deepdive start`. */
  readonly mainJob: URL;
  readonly predictText: URL;
  readonly evaluateText: URL;
}

/**
 * Runs the command line and sets the exit code: 0 when all went well, 1 on bad input or failure with
 * one line on stderr (and the stack with DEEPDIVE_DEBUG=1), 130 after Ctrl-C.
 */
export async function runCommandLine(
  given: readonly string[],
  modules: SystemModules,
): Promise<void> {
  // `label` is short for the lab that labels a file.
  const argv = given[2] === "label" ? given.toSpliced(2, 0, "zero-shot") : given;
  // A reader that has seen enough (`| head`) does not end the work.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  try {
    await (await createProgram(fromThisBuild(modules), argv)).parseAsync(argv);
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    process.exitCode = (error as Error).name === "JobStoppedError" ? 130 : 1;
    process.stderr.write(`error: ${message}\n`);
    if (process.env.DEEPDIVE_DEBUG && stack) process.stderr.write(`${stack}\n`);
  }
}

/** In the published package the modules stand beside this one as JavaScript. */
function fromThisBuild(modules: SystemModules): SystemModules {
  if (import.meta.url.endsWith(".ts")) return modules;
  const toJs = (url: URL) => new URL(url.href.replace(/\.ts$/, ".js"));
  const { mainJob, predictText, evaluateText } = modules;
  return {
    ...modules,
    mainJob: toJs(mainJob),
    predictText: toJs(predictText),
    evaluateText: toJs(evaluateText),
  };
}

/** The whole command line; the labs are in it where `argv` may mean one of them. */
export async function createProgram(
  modules: SystemModules,
  argv: readonly string[],
): Promise<Command> {
  const program = new Command("deepdive")
    .description("Train, fine-tune, explain and ship deep-learning models in TypeScript.")
    .version(packageVersion())
    // Options behind a second word belong to it, also where the first word is a command of its own.
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .addHelpText("after", examples("deepdive start", "deepdive train text --help"));
  const registry = new LabRegistry({ systems: modules.systems });
  addStart(program, registry, modules);
  addTrain(program, registry);
  addPredict(program, modules);
  addEvaluate(program, modules);
  addRuns(program, registry);
  addHiplot(program);
  addServe(program, registry);
  addSweep(program, registry);
  addWorker(program, registry);
  addKeys(program);
  addPulls(program);
  addCompletion(program);
  // The labs are read only where one of them may be meant: the other commands start without them.
  const word = argv[2];
  const builtIn = program.commands.some((command) => command.name() === word);
  if (!builtIn || word === "__complete") await addLabs(program, registry);
  return program;
}

function addPulls(program: Command): void {
  const model = program.command("model").description("Models from elsewhere.");
  model
    .command("pull")
    .description(
      "Fetch a model from the Hugging Face hub into the cache; goes on where it stopped.",
    )
    .argument("<name>", "owner/model")
    .option("--files <pattern>", "only files whose names match this regular expression")
    .option("--revision <name>", "a branch, tag or commit")
    .option("--folder <folder>", "where to put it (default: a folder of the cache)")
    .option("--json", "print the result as JSON; progress goes to stderr")
    .addHelpText("after", examples("deepdive model pull owner/model --files 'onnx|json'"))
    .action(async (name, options) => (await import("./pull.ts")).modelPull(name, options));
  const data = program.command("data").description("Data sets from elsewhere.");
  data
    .command("pull")
    .description("Fetch a data set into the cache; it is checked and unpacked.")
    .argument("<name>", "word-vectors or wordnet")
    .option("--folder <folder>", "where to put it (default: a folder of the cache)")
    .option("--json", "print the result as JSON; progress goes to stderr")
    .addHelpText("after", examples("deepdive data pull wordnet"))
    .action(async (name, options) => (await import("./pull.ts")).dataPull(name, options));
}

function addStart(program: Command, registry: LabRegistry, { mainJob }: SystemModules): void {
  withServer(withCommon(program.command("start")))
    .description(
      "Label real mails from label names, fine-tune, explain and compare, all shown in the Studio.",
    )
    .option("--again", "do finished steps again as well")
    .addHelpText("after", examples("deepdive start", "deepdive start --port 8080 --again"))
    .action(async (options) => (await import("./start.ts")).start(options, registry, mainJob));
}

function addTrain(program: Command, registry: LabRegistry): void {
  const train = program.command("train").description("Train a model on your own data.");
  withCommon(train.command("text"))
    .description("Train a text classifier on a table of texts and labels.")
    .requiredOption("--data <file>", 'CSV, JSONL or Parquet file, or "spam-assassin"')
    .option("--text-column <name>", "column with the texts")
    .option("--label-column <name>", "column with the labels")
    .option("--name <name>", "what to call the run (default: the file's name)")
    .option("--epochs <count>", "passes over the training part", wholeFrom(1))
    .option("--seed <number>", "same seed, same split and weights", wholeFrom(0))
    .option("--max-seconds <seconds>", "end the training early after this time", positive)
    .option("--again", "begin anew even when a stopped run of these settings could be continued")
    .addHelpText(
      "after",
      examples("deepdive train text --data mails.csv --text-column body --label-column label"),
    )
    .action(async (options) => (await import("./train.ts")).trainText(options, registry));
}

function addPredict(program: Command, modules: SystemModules): void {
  withCommon(program.command("predict"))
    .description("Label texts with a trained model.")
    .argument("[texts...]", "texts to label; without any, one text per line from --file or stdin")
    .option("--model <model>", "a run's id, a model's folder, or the latest model", "latest")
    .option("--file <file>", "text file with one text per line")
    .addHelpText(
      "after",
      examples('deepdive predict "Win a prize today"', "deepdive predict --file mails.txt --json"),
    )
    .action(async (texts, options) =>
      (await import("./predict.ts")).predict(texts, options, modules.predictText),
    );
}

function addEvaluate(program: Command, modules: SystemModules): void {
  withCommon(program.command("evaluate"))
    .description("Judge a trained model on a table of texts with known labels.")
    .requiredOption("--data <file>", "CSV, JSONL or Parquet file")
    .requiredOption("--text-column <name>", "column with the texts")
    .requiredOption("--label-column <name>", "column with the labels")
    .option("--model <model>", "a run's id, a model's folder, or the latest model", "latest")
    .addHelpText(
      "after",
      examples("deepdive evaluate --data new.csv --text-column body --label-column label"),
    )
    .action(async (options) =>
      (await import("./evaluate.ts")).evaluate(options, modules.evaluateText),
    );
}
