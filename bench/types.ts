// The shape of a benchmark. A folder `bench/<name>/` with an `index.ts` that exports `bench` is one.

/** One measurement. What is not a measurement says so in words, e.g. "not measured". */
export type Row = Readonly<Record<string, string | number | boolean | null>>;

/** A benchmark: measures ours beside a peer's in one run. */
export interface Bench {
  /** One sentence for the list of benchmarks. */
  readonly about: string;
  /** The arguments that it takes, for the help text. */
  readonly usage?: string;
  /** Measures; each row is printed as soon as it is known. `args` are those left of the command line. */
  run(args: readonly string[]): AsyncIterable<Row>;
}
