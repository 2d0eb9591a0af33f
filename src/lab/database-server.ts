// A PostgreSQL server as the store's database, for more than one process or machine.
import type { Client, Pool } from "pg";
import type { Database, QueryResult } from "./database.ts";
import { migrate } from "./migrations.ts";

const channel = "deepdive";
/** Whoever holds this advisory lock migrates; the number only has to be the same everywhere. */
const migrationLock = 7_331_001;
const reconnectMs = 1_000;

/**
 * Connects to the server and brings its database to the newest schema. Several processes may do so at
 * once.
 *
 * @throws Error that names the server without its password when it cannot be reached.
 */
export async function openServerDatabase(url: string): Promise<Database> {
  const pg = (await import("pg")).default;
  const pool = new pg.Pool({ connectionString: url, max: 8, application_name: "deepdive" });
  // An idle connection that the server ended: the pool makes a new one when it needs it.
  pool.on("error", () => {});
  try {
    await migrateOnce(pool);
  } catch (error) {
    await pool.end();
    throw new Error(`database ${withoutPassword(url)}: ${(error as Error).message}`);
  }
  const listener = new Listener(() => new pg.Client({ connectionString: url }));
  return {
    shared: true,
    query: <Row>(sql: string, values?: readonly unknown[]) =>
      pool.query(sql, values as unknown[]) as unknown as Promise<QueryResult<Row>>,
    exec: (sql) => execute(pool, sql),
    notify: async (message) => {
      await pool.query("select pg_notify($1, $2)", [channel, message]);
    },
    listen: (hear) => listener.start(hear),
    close: async () => {
      await listener.stop();
      await pool.end();
    },
  };
}

async function migrateOnce(pool: Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("select pg_advisory_lock($1)", [migrationLock]);
    await migrate({
      exec: (sql) => client.query(sql),
      query: async <Row>(sql: string) => ({ rows: (await client.query(sql)).rows as Row[] }),
    });
  } finally {
    // Ends the connection, and with it the lock and a transaction that failed.
    client.release(true);
  }
}

async function execute(pool: Pool, sql: string): Promise<QueryResult<unknown>> {
  const client = await pool.connect();
  try {
    const result: unknown = await client.query(sql);
    client.release();
    const last = Array.isArray(result) ? result.at(-1) : result;
    return last as QueryResult<unknown>;
  } catch (error) {
    client.release(true);
    throw error;
  }
}

/** Hears notifications on a connection of its own, and connects again when that is lost. */
class Listener {
  #connect: () => Client;
  #client: Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(connect: () => Client) {
    this.#connect = connect;
  }

  async start(hear: (message: string) => void): Promise<void> {
    const client = this.#connect();
    const again = () => {
      if (this.#stopped || this.#client !== client) return;
      this.#client = undefined;
      this.#timer = setTimeout(() => this.start(hear).catch(() => {}), reconnectMs);
    };
    this.#client = client;
    client.on("error", again);
    client.on("end", again);
    client.on("notification", ({ payload }) => payload && hear(payload));
    try {
      await client.connect();
      await client.query(`listen ${channel}`);
    } catch {
      again();
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#client?.end().catch(() => {});
  }
}

function withoutPassword(url: string): string {
  try {
    const parsed = new URL(url);
    if (parsed.password) parsed.password = "***";
    return parsed.href;
  } catch {
    return "URL";
  }
}
