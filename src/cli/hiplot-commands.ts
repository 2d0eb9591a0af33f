// `deepdive hiplot …`: its words, options and help. The work is in hiplot.ts, loaded when a command runs.
import { type Command, InvalidArgumentError, Option } from "commander";

const formats = ["html", "csv", "json", "png", "svg", "pdf"] as const;

/** Adds the commands of the plot. */
export function addHiplot(program: Command): void {
  const hiplot = withData(program.command("hiplot"))
    .description(
      "Plot runs or any table in parallel coordinates; record runs; write one HTML file.",
    )
    .argument("[uri]", "a file, a folder of logs, demo, run://, sql://select …; several by lines")
    .option("--port <port>", "port of the page (default: a free one)", portNumber)
    .option("--no-open", "print the address, open no browser")
    .addHelpText("after", examples("hiplot sweep.csv", "hiplot demo", "hiplot run://mnist"))
    .action(async (uri, options) => (await import("./hiplot.ts")).open(uri, options));
  addServe(hiplot);
  addRender(hiplot);
  withData(hiplot.command("open"))
    .description("The same as without a word: show a URI in the browser.")
    .argument("<uri>", "what to show")
    .option("--port <port>", "port of the page (default: a free one)", portNumber)
    .option("--no-open", "print the address, open no browser")
    .addHelpText("after", examples("hiplot open runs.parquet"))
    .action(async (uri, options) => (await import("./hiplot.ts")).open(uri, options));
  addTrack(hiplot);
  withData(hiplot.command("import"))
    .description("Copy the runs of a source into the tracker, one run per chain of rows.")
    .argument("<uri>", "where the runs are, e.g. mlruns/ or tensorboard://logs")
    .requiredOption("--experiment <name>", "the experiment they become part of")
    .addHelpText("after", examples("hiplot import mlruns/ --experiment old"))
    .action(async (uri, options) => (await import("./hiplot.ts")).importRuns(uri, options));
  hiplot
    .command("component")
    .description("Write a static folder that Streamlit shows as a component.")
    .argument("<folder>", "where index.html and view.js go")
    .option("--json", "print the result as JSON")
    .addHelpText("after", examples("hiplot component ./hiplot_component"))
    .action(async (folder, { json }: { json?: boolean }) => {
      const { writeStreamlitComponent } = await import("../systems/hiplot/streamlit.ts");
      await writeStreamlitComponent(folder);
      if (json) process.stdout.write(`${JSON.stringify({ folder })}\n`);
    });
  addDatagen(hiplot);
}

function addServe(hiplot: Command): void {
  withData(hiplot.command("serve"))
    .description("Serve a page that loads what its reader asks for.")
    .argument("[fetchers...]", "modules that export fetch(uri)")
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--port <port>", "port to listen on", portNumber, 5005)
    .addHelpText("after", examples("hiplot serve", "hiplot serve --port 8000 ./fetcher.mjs"))
    .action(async (fetchers, options) => (await import("./hiplot.ts")).serve(fetchers, options));
}

function addRender(hiplot: Command): void {
  withData(hiplot.command("render"))
    .description("Write a plot to the standard output, or to a file.")
    .argument("<uri>", "what to render")
    .argument("[fetchers...]", "modules that export fetch(uri)")
    .addOption(new Option("--format <format>", "kind of file").choices(formats).default("html"))
    .option("--out <file>", "write to this file")
    .addHelpText(
      "after",
      examples(
        "hiplot render sweep.csv > sweep.html",
        "hiplot render demo --format png --out a.png",
      ),
    )
    .action(async (uri, fetchers, options) =>
      (await import("./hiplot.ts")).render(uri, fetchers, options),
    );
}

function addTrack(hiplot: Command): void {
  const track = hiplot.command("track").description("Runs that track() recorded.");
  withData(track.command("ls"))
    .description("List recorded runs.")
    .argument("[experiment]", "only those of this experiment")
    .addHelpText("after", examples("hiplot track ls", "hiplot track ls mnist --json"))
    .action(async (experiment, options) =>
      (await import("./hiplot.ts")).listTracked(experiment, options),
    );
  withData(track.command("rm"))
    .description("Remove a recorded run.")
    .argument("<experiment>")
    .argument("<run>")
    .addHelpText("after", examples("hiplot track rm mnist 3f9a1c20de"))
    .action(async (experiment, run, options) =>
      (await import("./hiplot.ts")).removeTracked(experiment, run, options),
    );
  withData(track.command("export"))
    .description("Write recorded runs as CSV to the standard output.")
    .argument("[experiment]", "only those of this experiment")
    .addHelpText("after", examples("hiplot track export mnist > mnist.csv"))
    .action(async (experiment, options) =>
      (await import("./hiplot.ts")).exportTracked(experiment, options),
    );
}

function addDatagen(hiplot: Command): void {
  const datagen = hiplot.command("datagen").description("Generated tables, for tests at scale.");
  datagen
    .command("runs")
    .description(
      "A Parquet file of training runs: ten columns, each epoch's parent the one before.",
    )
    .option("--runs <count>", "number of runs", whole, 1_000)
    .option("--epochs <count>", "epochs of each run", whole, 1_000)
    .option("--seed <number>", "same seed, same file", whole, 1)
    .option("--out <file>", "the file to write", "runs.parquet")
    .option("--json", "print the result as JSON")
    .addHelpText("after", examples("hiplot datagen runs --runs 100 --epochs 50 --out runs.parquet"))
    .action(async (options) => (await import("./hiplot.ts")).generate(options));
}

function withData(command: Command): Command {
  return command
    .addOption(
      new Option("--data-dir <folder>", "where runs are kept")
        .env("DEEPDIVE_HOME")
        .default(".deepdive"),
    )
    .option("--repair", "rename double ids and drop links to missing parents instead of refusing")
    .option("--json", "print the result as JSON");
}

function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ deepdive ${line}`).join("\n")}`;
}

function whole(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError("It must be a whole number.");
}

function portNumber(text: string): number {
  const value = whole(text);
  if (value <= 65_535) return value;
  throw new InvalidArgumentError("It must be at most 65535.");
}
