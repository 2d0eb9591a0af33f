// Shell completion: a small script per shell that asks this command what may come next.
import type { Command, Option } from "commander";

/** The shells that completion is made for. */
export const shells = ["bash", "zsh", "fish"] as const;

const scripts: Readonly<Record<(typeof shells)[number], string>> = {
  bash: `_deepdive() {
  local IFS=$'\\n'
  COMPREPLY=($(deepdive __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _deepdive deepdive
`,
  zsh: `#compdef deepdive
_deepdive() {
  local -a found
  found=("\${(@f)$(deepdive __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "$found[1]" ]]; then compadd -- $found; else _files; fi
}
compdef _deepdive deepdive
`,
  fish: `complete -c deepdive -a '(deepdive __complete (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
`,
};

/** The script to put into the shell's start file. */
export function completionScript(shell: string): string {
  const script = scripts[shell as keyof typeof scripts];
  if (script) return script;
  throw new Error(`completion: there is none for ${shell}; choose one of ${shells.join(", ")}`);
}

/**
 * What may stand at the place of the last of `words`: commands, options, or an option's choices. An
 * empty answer leaves the place to file names.
 */
export function complete(program: Command, words: readonly string[]): string[] {
  const typed = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  let command = program;
  for (const word of before) {
    const next = command.commands.find((candidate) => candidate.name() === word);
    if (next) command = next;
  }
  const wanted = (name: string) => name.startsWith(typed);
  const last = findOption(command, before.at(-1) ?? "");
  if (last?.required) return (last.argChoices ?? []).filter(wanted);
  if (typed.startsWith("-")) {
    const flags = command.options.filter(({ hidden }) => !hidden).map(({ long }) => long ?? "");
    return [...flags, "--help"].filter(wanted);
  }
  if (command.commands.length === 0) {
    const [argument] = command.registeredArguments;
    return (argument?.argChoices ?? []).filter(wanted);
  }
  const names = command.createHelp().visibleCommands(command);
  return names.map((candidate) => candidate.name()).filter(wanted);
}

function findOption(command: Command, flag: string): Option | undefined {
  return command.options.find(({ long, short }) => long === flag || short === flag);
}
