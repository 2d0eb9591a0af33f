// A real PostgreSQL server for tests: Debian's, on loopback, in a temporary folder, gone afterwards.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, globSync } from "node:fs";
import { chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A server that runs. */
export interface TestPostgres {
  /** With its password: for this machine and this test only. */
  readonly url: string;
  stop(): Promise<void>;
}

/** The folder of PostgreSQL's programs; undefined where there are none. */
export function findPostgres(): string | undefined {
  const debian = globSync("/usr/lib/postgresql/*/bin").sort().reverse();
  const onPath = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return [...debian, ...onPath].find(
    (folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres")),
  );
}

/** PostgreSQL refuses to run as root: then it gets an account without rights. */
function account(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (user: string, flag: string) => spawnSync("id", [flag, user], { encoding: "utf8" });
  for (const user of ["postgres", "nobody"]) {
    const uid = idOf(user, "-u");
    if (uid.status === 0) {
      return { uid: Number(uid.stdout), gid: Number(idOf(user, "-g").stdout) };
    }
  }
  return undefined;
}

/** Makes a cluster and starts it. @throws Error with what the server said when it does not start. */
export async function startPostgres(): Promise<TestPostgres> {
  const programs = findPostgres();
  if (!programs)
    throw new Error("PostgreSQL is not installed (Debian: apt-get install postgresql)");
  const owner = account();
  const folder = await mkdtemp(join(tmpdir(), "deepdive-postgres-"));
  const password = randomBytes(12).toString("hex");
  const passwordFile = join(folder, "password");
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (owner) {
    await chown(folder, owner.uid, owner.gid);
    await chown(passwordFile, owner.uid, owner.gid);
  }
  const data = join(folder, "data");
  const made = spawnSync(
    join(programs, "initdb"),
    ["-D", data, "-U", "deepdive", "-A", "scram-sha-256", "--pwfile", passwordFile].concat([
      "-E",
      "UTF8",
      "--locale=C",
      "--no-sync",
    ]),
    { ...owner, encoding: "utf8", cwd: folder },
  );
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr || made.error?.message}`);
  const port = await freePort();
  const settings = [
    `port=${port}`,
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "fsync=off",
    "shared_buffers=16MB",
    "max_connections=60",
  ];
  const server = spawn(
    join(programs, "postgres"),
    ["-D", data, ...settings.flatMap((setting) => ["-c", setting])],
    { ...owner, stdio: ["ignore", "ignore", "pipe"], cwd: folder },
  );
  let words = "";
  server.stderr?.setEncoding("utf8").on("data", (text: string) => {
    words = (words + text).slice(-2_000);
  });
  const url = `postgres://deepdive:${password}@127.0.0.1:${port}/postgres`;
  const stop = async () => {
    await end(server);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilReady(url, server);
  } catch {
    await stop();
    throw new Error(`PostgreSQL did not start: ${words.trim()}`);
  }
  return { url, stop };
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  // SIGINT is PostgreSQL's fast shutdown: it does not wait for clients.
  server.kill("SIGINT");
  await once(server, "exit");
}

async function untilReady(url: string, server: ChildProcess): Promise<void> {
  const { default: pg } = await import("pg");
  const end = Date.now() + 20_000;
  for (;;) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (server.exitCode !== null || Date.now() > end) throw error;
      await sleep(50);
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
