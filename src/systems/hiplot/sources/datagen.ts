// A table of generated training runs of any size, for tests and figures at scale: same seed, same file.
import { resolve } from "node:path";
import { sqlText, withDuckdb } from "./duckdb.ts";

/** Arguments of `generateRuns`. */
export interface GenerateRunsOptions {
  /** The Parquet file to write. */
  readonly file: string;
  readonly runs?: number;
  readonly epochs?: number;
  readonly seed?: number;
}

/**
 * Writes `runs` x `epochs` rows: ids `r<run>_<epoch>`, each epoch's parent the epoch before, and ten
 * columns: three uniform, two normal, one log-normal over six decades, one with 2 % NaN and infinities,
 * categories of 12 and 150 values, and a time in seconds.
 */
export async function generateRuns({
  file,
  runs = 1_000,
  epochs = 1_000,
  seed = 1,
}: GenerateRunsOptions): Promise<void> {
  /** A uniform number from 53 bits of a hash of row, column and seed; never 0. */
  const uniform = (column: number) =>
    `(((hash(i * 64 + ${column}, ${seed}) >> 11)::double + 0.5) / 9007199254740992)`;
  /** Box and Muller 1958. */
  const normal = (column: number) =>
    `(sqrt(-2 * ln(${uniform(column)})) * cos(2 * pi() * ${uniform(column + 1)}))`;
  const select = `
    select 'r' || run || '_' || epoch as uid,
      case when epoch > 0 then 'r' || run || '_' || (epoch - 1) end as from_uid,
      ${uniform(0)} as dropout,
      10 * ${uniform(1)} - 5 as shift,
      ${uniform(2)} * (1 - epoch / ${epochs}.0 * 0.5) as loss,
      ${normal(4)} as weight,
      50 + 12 * ${normal(6)} as score,
      pow(10, ${normal(8)} - 2) as lr,
      case when ${uniform(10)} < 0.01 then 'nan'::double
           when ${uniform(10)} < 0.015 then 'inf'::double
           when ${uniform(10)} < 0.02 then '-inf'::double
           else ${uniform(11)} * 100 end as metric,
      'group ' || floor(12 * ${uniform(12)})::integer as "group",
      'model ' || floor(150 * ${uniform(13)})::integer as model,
      (1700000000 + run * 3600 + epoch * 3) as time
    from (select i, i // ${epochs} as run, i % ${epochs} as epoch
          from (select range as i from range(${runs * epochs})))
    order by i`;
  await withDuckdb((connection) =>
    connection.run(
      `copy (${select}) to ${sqlText(resolve(file))} (format parquet, compression zstd)`,
    ),
  );
}
