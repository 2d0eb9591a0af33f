// The shape of a recipe. A file `recipes/<name>.ts` that exports `recipe` is one.

/** A recipe: trains something that we ship or promise, and reports the figures it reached. */
export interface Recipe {
  /** One sentence for the list of recipes. */
  readonly about: string;
  /** The arguments that it takes, for the help text. */
  readonly usage?: string;
  /**
   * Trains, with progress on stderr: stdout belongs to the runner. `args` are those left of the command line.
   *
   * @returns the figures; they become one JSON line.
   */
  run(args: readonly string[]): Promise<Readonly<Record<string, unknown>>>;
}
