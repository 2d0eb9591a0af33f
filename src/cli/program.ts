// All commands with their options and help. What a command needs is loaded when it runs, so help is quick.
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { packageVersion } from "../lab/environment.ts";
import { LabRegistry, type ListedLab } from "../lab/registry.ts";
import { complete, shells } from "./completion.ts";
import { addHiplot } from "./hiplot-commands.ts";
import { addLabOptions, toWords } from "./lab-options.ts";

/** The modules that do the work, as URLs: they are loaded by the commands, or in a worker process. */
export interface SystemModules {
  /** Folder of the systems, in place of the usual one. */
  readonly systems?: URL;
  readonly predictText: URL;
  readonly evaluateText: URL;
}

/** Options that every command takes. */
export interface CommonOptions {
  readonly dataDir: string;
  /** URL of a PostgreSQL server in place of the folder's own database. */
  readonly database?: string;
  readonly json?: boolean;
}

/**
 * Runs the command line and sets the exit code: 0 when all went well, 1 on bad input or failure with
 * one line on stderr (and the stack with DEEPDIVE_DEBUG=1), 130 after Ctrl-C.
 */
export async function runCommandLine(
  argv: readonly string[],
  modules: SystemModules,
): Promise<void> {
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
  const { predictText, evaluateText } = modules;
  return { ...modules, predictText: toJs(predictText), evaluateText: toJs(evaluateText) };
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
  addStart(program, registry);
  addTrain(program, registry);
  addPredict(program, modules);
  addEvaluate(program, modules);
  addRuns(program);
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

/** One command per lab; labs of two words that begin alike share a group. */
async function addLabs(program: Command, registry: LabRegistry): Promise<void> {
  program.commandsGroup("Labs:");
  for (const lab of await registry.list()) {
    const words = lab.name.split(" ");
    let parent = program;
    for (const word of words.slice(0, -1)) {
      parent =
        parent.commands.find((command) => command.name() === word) ??
        parent.command(word).description(`Labs of ${word}.`);
    }
    const last = words.at(-1) as string;
    const taken = parent.commands.find((command) => command.name() === last);
    // A lab must not take the place of a command; a group may be a lab itself.
    if (taken && taken.commands.length === 0) continue;
    addLab(taken ?? parent.command(last), lab, registry);
  }
  for (const problem of registry.problems) process.stderr.write(`warning: ${problem}\n`);
}

function addLab(command: Command, lab: ListedLab, registry: LabRegistry): void {
  withCommon(command).description(lab.title).summary(lab.title);
  addLabOptions(command, lab);
  const shown = lab.examples.map(({ input }) =>
    `deepdive ${lab.name} ${toWords(lab, input as Record<string, unknown>)}`.trim(),
  );
  command
    .option("--run-name <name>", "what to call the run (default: the lab's name)")
    .option("--out <folder>", "copy what it made to this folder")
    .option("--again", "begin anew even when a stopped run of this input could be continued")
    .addHelpText("after", `\n${lab.summary}\nSource: ${lab.source}\n${examples(...shown)}`)
    .action(async (...given) => {
      const options = command.opts();
      const words = lab.positional === undefined ? undefined : given[0];
      await (await import("./run-lab.ts")).runLabCommand(
        registry,
        lab,
        words,
        options as Parameters<typeof import("./run-lab.ts").runLabCommand>[3],
      );
    });
}

function addSweep(program: Command, registry: LabRegistry): void {
  const collect = (text: string, earlier: string[] = []) => [...earlier, text];
  withServer(withCommon(program.command("sweep")))
    .description("Run a lab many times over a search space, and compare the runs.")
    .argument("<lab...>", "the lab's name, or a sweep file of Weights & Biases (.yaml)")
    .option(
      "--set <field=values>",
      "vary a field: lr=log(1e-4,1e-2), n=int(1,8), x=uniform(0,1), o=adam,sgd; or set it: seed=3",
      collect,
    )
    .option("--metric <name>", "what decides: a field of the summary, or a curve")
    .addOption(
      new Option("--goal <goal>", "which way is better (default: by the metric's name)").choices([
        "minimize",
        "maximize",
      ]),
    )
    .addOption(
      new Option("--method <method>", "how trials are chosen (default: random)").choices([
        "grid",
        "random",
        "halving",
        "tpe",
      ]),
    )
    .option(
      "--trials <count>",
      "trials; for halving those of the first round (default: 12)",
      wholeFrom(1),
    )
    .option("--grid-points <count>", "values per range on a grid (default: 4)", wholeFrom(1))
    .option(
      "--budget <field=min..max>",
      "for halving: what a trial gets at first and at last, epochs=1..9",
    )
    .option("--eta <number>", "for halving: one of so many goes on (default: 3)", positive)
    .addOption(
      new Option("--early-stop <rule>", "end hopeless trials early").choices([
        "median",
        "hyperband",
      ]),
    )
    .option("--parallel <count>", "trials at a time (default: 1)", wholeFrom(1))
    .option("--seed <number>", "same seed, same trials (default: 1)", wholeFrom(0))
    .option("--run-name <name>", "what to call the sweep")
    .option("--no-open", "end when the sweep has ended, without the Studio")
    .addHelpText(
      "after",
      examples(
        'deepdive sweep text-classifier --set data=mails.csv --set "epochs=int(1,8)" --metric accuracy',
        "deepdive sweep sweep.yaml --method tpe --trials 30 --no-open --json",
      ),
    )
    .action(async (words, options) => (await import("./sweep.ts")).sweep(words, options, registry));
}

function addWorker(program: Command, registry: LabRegistry): void {
  withCommon(program.command("worker"))
    .description("Work on waiting runs, on this machine or another one with the same data folder.")
    .option("--concurrency <count>", "runs at a time", wholeFrom(1), 1)
    .option(
      "--lease <seconds>",
      "give this worker's runs to another when it is silent for so long (default: 15)",
      positive,
    )
    .option("--until-empty", "end when no run waits any longer")
    .addHelpText(
      "after",
      examples("deepdive worker --database postgres://deepdive@db.example/deepdive"),
    )
    .action(async (options) => (await import("./worker.ts")).worker(options, registry));
}

function addKeys(program: Command): void {
  const keys = program
    .command("keys")
    .description("Keys of the HTTP API: once there is one, it is asked for.");
  withCommon(keys.command("add"))
    .description("Make a key. It is shown once; what is kept is a hash.")
    .argument("<name>", "who or what will use it")
    .addHelpText("after", examples("deepdive keys add laptop"))
    .action(async (name, options) => (await import("./keys.ts")).addKeyCommand(name, options));
  withCommon(keys.command("list"))
    .description("List the keys.")
    .addHelpText("after", examples("deepdive keys list"))
    .action(async (options) => (await import("./keys.ts")).listKeysCommand(options));
  withCommon(keys.command("remove"))
    .description("Remove a key; whoever uses it is refused from then on.")
    .argument("<id>", "a key's id, as listed")
    .addHelpText("after", examples("deepdive keys remove dd_x7Ka2b"))
    .action(async (id, options) => (await import("./keys.ts")).removeKeyCommand(id, options));
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

function addCompletion(program: Command): void {
  program
    .command("completion")
    .description("Print the script that completes commands and options in a shell.")
    .addArgument(new Argument("<shell>", "which shell").choices(shells))
    .option("--json", "print it as JSON")
    .addHelpText(
      "after",
      examples(
        "deepdive completion bash >> ~/.bashrc",
        "deepdive completion zsh > ~/.zfunc/_deepdive",
        "deepdive completion fish > ~/.config/fish/completions/deepdive.fish",
      ),
    )
    .action(async (shell: string, { json }: { json?: boolean }) => {
      const { completionScript } = await import("./completion.ts");
      const script = completionScript(shell);
      process.stdout.write(json ? `${JSON.stringify({ shell, script })}\n` : script);
    });
  program
    .command("__complete [words...]", { hidden: true })
    .allowUnknownOption()
    .helpOption(false)
    .action((words: string[]) => {
      process.stdout.write(
        complete(program, words)
          .map((word) => `${word}\n`)
          .join(""),
      );
    });
}

function addStart(program: Command, registry: LabRegistry): void {
  withServer(withCommon(program.command("start")))
    .description("Train a classifier on real mails, then show the results in the Studio.")
    .option("--again", "train even when a finished run is there")
    .addHelpText("after", examples("deepdive start", "deepdive start --port 8080 --again"))
    .action(async (options) => (await import("./start.ts")).start(options, registry));
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

function addRuns(program: Command): void {
  withCommon(program.command("runs"))
    .description("List the runs in the data folder, or show one.")
    .argument("[id]", "a run's id or the beginning of it")
    .option("--limit <count>", "list at most this many", wholeFrom(1), 20)
    .addHelpText("after", examples("deepdive runs", "deepdive runs k3m9 --json"))
    .action(async (id, options) => (await import("./runs.ts")).runs(id, options));
}

function addServe(program: Command, registry: LabRegistry): void {
  withServer(withCommon(program.command("serve")))
    .description("Open the Studio on the runs in the data folder.")
    .addHelpText("after", examples("deepdive serve", "deepdive serve --port 8080"))
    .action(async (options) => (await import("./serve.ts")).serve(options, registry));
}

function withCommon(command: Command): Command {
  return command
    .addOption(
      new Option("--data-dir <folder>", "where runs are kept")
        .env("DEEPDIVE_HOME")
        .default(".deepdive"),
    )
    .addOption(
      new Option("--database <url>", "PostgreSQL server that holds the runs").env(
        "DEEPDIVE_DATABASE",
      ),
    )
    .option("--json", "print the result as JSON; progress goes to stderr");
}

function withServer(command: Command): Command {
  return command
    .option("--port <port>", "port of the Studio (default: 7331, or a free one)", portNumber)
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option(
      "--workers <count>",
      "runs to work on at a time (0: leave them to others)",
      wholeFrom(0),
      1,
    );
}

function examples(...lines: string[]): string {
  if (lines.length === 0) return "";
  const title = lines.length === 1 ? "Example" : "Examples";
  return `\n${title}:\n${lines.map((line) => `  $ ${line}`).join("\n")}`;
}

function wholeFrom(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least}.`);
  };
}

function positive(text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError("It must be a number above 0.");
}

function portNumber(text: string): number {
  const value = wholeFrom(0)(text);
  if (value <= 65_535) return value;
  throw new InvalidArgumentError("It must be at most 65535.");
}
