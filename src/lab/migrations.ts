// The store's schema as SQL steps in order. A step is never changed once released: append a new one.

/** One step; its number is its place in the list, from 1. */
export interface Migration {
  readonly name: string;
  readonly sql: string;
}

/**
 * `json` and not `jsonb` for what users write: it keeps key order and accepts every string that
 * JSON can carry (`jsonb` refuses `\u0000` and lone surrogates).
 */
export const migrations: readonly Migration[] = [
  {
    name: "runs, metrics, artifacts",
    sql: `
      create table runs (
        id text primary key,
        lab text not null,
        name text not null,
        status text not null check (
          status in ('queued', 'running', 'done', 'failed', 'stopped', 'interrupted')
        ),
        config json not null,
        environment json not null,
        summary json,
        error text,
        parent text references runs (id) on delete set null,
        created timestamptz not null default now(),
        started timestamptz,
        ended timestamptz
      );
      create index runs_by_time on runs (created desc, id);
      create index runs_by_lab on runs (lab, created desc);
      create index runs_unfinished on runs (status) where status in ('queued', 'running');

      create table metrics (
        seq bigint generated always as identity primary key,
        run_id text not null references runs (id) on delete cascade,
        step bigint not null,
        name text not null,
        value double precision not null,
        time timestamptz not null
      );
      create index metrics_by_run on metrics (run_id, name, step, seq);
      create index metrics_by_seq on metrics (run_id, seq);

      create table artifacts (
        run_id text not null references runs (id) on delete cascade,
        name text not null,
        kind text not null,
        media_type text not null,
        bytes bigint not null,
        created timestamptz not null default now(),
        primary key (run_id, name)
      );
    `,
  },
  {
    name: "projects",
    sql: `
      alter table runs add column project text;
      create index runs_by_project on runs (project, created) where project is not null;
    `,
  },
  {
    // A run may be taken up again by another worker: attempts are counted, so that the former one's
    // late words are refused; a step done twice has one value.
    name: "queue, sweeps, keys",
    sql: `
      alter table runs
        add column queued boolean not null default false,
        add column attempt integer not null default 1,
        add column worker text,
        add column heartbeat timestamptz,
        add column stop_requested boolean not null default false,
        add column sweep text references runs (id) on delete set null;
      create index runs_by_sweep on runs (sweep, created) where sweep is not null;

      delete from metrics older using metrics newer
      where older.run_id = newer.run_id and older.name = newer.name
        and older.step = newer.step and older.seq < newer.seq;
      drop index metrics_by_run;
      create unique index metrics_by_run on metrics (run_id, name, step);

      create table keys (
        id text primary key,
        name text not null,
        hash text not null,
        created timestamptz not null default now()
      );
    `,
  },
  {
    name: "a lease ends when its worker said it would",
    sql: "alter table runs rename column heartbeat to lease_until",
  },
  {
    // Paged by doubt among those without an answer: the partial index is what a page reads.
    name: "reviews",
    sql: `
      create table reviews (
        run_id text not null references runs (id) on delete cascade,
        row bigint not null,
        text text not null,
        guess text,
        doubt double precision not null,
        scores json not null,
        answer text,
        reviewer text,
        seconds double precision,
        answered timestamptz,
        primary key (run_id, row)
      );
      create index reviews_open on reviews (run_id, (-doubt), row) where answer is null;
      create index reviews_answered on reviews (run_id, answered desc, row desc)
        where answered is not null;
    `,
  },
  {
    // How far each journal of a tracked run has been copied. A run that was removed is not copied again.
    name: "journals of tracked runs",
    sql: `
      create table journals (
        path text primary key,
        run_id text references runs (id) on delete set null,
        bytes bigint not null
      );
    `,
  },
  {
    name: "which data folder",
    sql: "create table settings (name text primary key, value text not null)",
  },
];

/** The two things a migration needs of a database. */
export interface MigratableDatabase {
  exec(sql: string): Promise<unknown>;
  query<Row>(sql: string): Promise<{ rows: Row[] }>;
}

/**
 * Brings a database to the newest schema, each step in a transaction of its own, so that a kill in
 * between leaves whole steps only. Refuses a database that a newer Deepdive has written.
 */
export async function migrate(
  database: MigratableDatabase,
  steps: readonly Migration[] = migrations,
): Promise<void> {
  await database.exec(`
    create table if not exists migrations (
      number integer primary key, name text not null, applied timestamptz not null default now()
    )`);
  const { rows } = await database.query<{ done: number }>(
    "select coalesce(max(number), 0)::int as done from migrations",
  );
  const done = rows[0]?.done ?? 0;
  if (done > steps.length) {
    throw new Error(
      `store: the data folder has schema ${done}, this version of Deepdive knows ${steps.length}; ` +
        "update Deepdive or use another data folder",
    );
  }
  for (const [index, step] of steps.entries()) {
    const number = index + 1;
    if (number <= done) continue;
    const name = step.name.replaceAll("'", "''");
    await database.exec(
      `begin; ${step.sql}; insert into migrations (number, name) values (${number}, '${name}'); commit;`,
    );
  }
}
