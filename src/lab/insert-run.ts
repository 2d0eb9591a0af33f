// New rows of runs: those of this process or the queue, and those that another program does.
import type { Database } from "./database.ts";
import { describeEnvironment } from "./environment.ts";
import type { RunRecord } from "./records.ts";
import { cleanText, type RunRow, runColumns, toRecord } from "./run-rows.ts";
import type { ForeignRun, NewRun } from "./store-options.ts";

/** Who writes a run, and for how long its word holds. */
export interface Writer {
  readonly name: string;
  readonly leaseSeconds: number;
}

/** Makes a run that this process works on, or one that waits. */
export async function insertRun(
  database: Database,
  run: NewRun & { readonly id: string; readonly status: "running" | "queued" },
  writer: Writer,
): Promise<RunRecord> {
  const { id, status, lab, name = lab, config = {}, parent, project, sweep } = run;
  const running = status === "running";
  const { rows } = await database.query<RunRow>(
    `insert into runs (id, lab, name, status, config, environment, parent, project, sweep,
       queued, started, lease_until, attempt, worker)
     values ($1, $2, $3, $4, $5::text::json, $6::text::json, $7, $8, $9, $10,
       case when $11 then now() end,
       case when $11 then now() + $14::float8 * interval '1 second' end, $12, $13)
     returning ${runColumns}`,
    [
      id,
      cleanText(lab),
      cleanText(name),
      status,
      JSON.stringify(config),
      JSON.stringify(describeEnvironment()),
      parent ?? null,
      project === undefined ? null : cleanText(project),
      sweep ?? null,
      !running,
      running,
      running ? 1 : 0,
      running ? writer.name : null,
      writer.leaseSeconds,
    ],
  );
  return toRecord(rows[0]);
}

/** Makes or takes up a run of another program; undefined while another process writes it. */
export async function adoptRun(
  database: Database,
  { id, lab, name = lab, config = {}, parent, created }: ForeignRun,
  writer: Writer,
): Promise<RunRecord | undefined> {
  const { rows } = await database.query<RunRow>(
    `insert into runs (id, lab, name, status, config, environment, parent, created, started,
       lease_until, attempt, worker)
     values ($1, $2, $3, 'running', $4::text::json, '{}', (select id from runs where id = $5),
       $6::timestamptz, $6::timestamptz, now() + $7::float8 * interval '1 second', 1, $8)
     on conflict (id) do update set status = 'running', attempt = runs.attempt + 1,
       lease_until = excluded.lease_until, worker = excluded.worker, ended = null, error = null
     where runs.lab = excluded.lab and (runs.status <> 'running' or runs.worker = $8
       or runs.lease_until < now())
     returning ${runColumns}`,
    [
      id,
      cleanText(lab),
      cleanText(name),
      JSON.stringify(config),
      parent ?? null,
      created.toISOString(),
      writer.leaseSeconds,
      writer.name,
    ],
  );
  return rows[0] && toRecord(rows[0]);
}
