// The commands made from labs, and `deepdive sweep` over any of them.
import { type Command, Option } from "commander";
import type { LabRegistry, ListedLab } from "../lab/registry.ts";
import { oneLine } from "./format.ts";
import { addLabOptions, savesItself, toWords } from "./lab-options.ts";
import { examples, positive, wholeFrom, withCommon, withServer } from "./options.ts";

/** One command per lab; labs of two words that begin alike share a group. */
export async function addLabs(program: Command, registry: LabRegistry): Promise<void> {
  program.commandsGroup("Labs:");
  const labs = await registry.list();
  const titlesOf = (group: string) =>
    labs.filter(({ name }) => name.startsWith(`${group} `)).map(({ title }) => title);
  for (const lab of labs) {
    const words = lab.name.split(" ");
    let parent = program;
    for (const word of words.slice(0, -1)) {
      parent =
        parent.commands.find((command) => command.name() === word) ??
        parent.command(word).description(oneLine(titlesOf(word).join("; "), 120));
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
  const out = savesItself(lab)
    ? "the same as --save"
    : "copy what it made to this folder, or one thing to a file: report.html";
  command
    .option("--run-name <name>", "what to call the run (default: the lab's name)")
    .option("--out <path>", out)
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

/** Adds `deepdive sweep`. */
export function addSweep(program: Command, registry: LabRegistry): void {
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
