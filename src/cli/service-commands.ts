// The commands that serve: the Studio, a worker, the keys, and completion in a shell.
import { Argument, type Command } from "commander";
import type { LabRegistry } from "../lab/registry.ts";
import { complete, shells } from "./completion.ts";
import { examples, positive, wholeFrom, withCommon, withServer } from "./options.ts";

/** Adds `deepdive serve`. */
export function addServe(program: Command, registry: LabRegistry): void {
  withServer(withCommon(program.command("serve")))
    .description("Open the Studio on the runs in the data folder.")
    .addHelpText("after", examples("deepdive serve", "deepdive serve --port 8080"))
    .action(async (options) => (await import("./serve.ts")).serve(options, registry));
}

/** Adds `deepdive worker`. */
export function addWorker(program: Command, registry: LabRegistry): void {
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
      "\nWorkers of one database share its data folder too: mount it on each machine (say by NFS) and\n" +
        "name it with --data-dir; its path may differ. A worker with another folder ends at once.\n" +
        examples(
          "deepdive worker --database postgres://deepdive@db.example/deepdive --data-dir /mnt/deepdive",
        ),
    )
    .action(async (options) => (await import("./worker.ts")).worker(options, registry));
}

/** Adds `deepdive keys add|list|remove`. */
export function addKeys(program: Command): void {
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

/** Adds `deepdive completion`, and the hidden command that its scripts ask. */
export function addCompletion(program: Command): void {
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
