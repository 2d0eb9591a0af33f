// Many clients at once against a server that has a run at work: how long answers take, and what stays in memory.
import { readFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { uniformStream } from "../../data/index.ts";
import type { ServerProcess } from "./server-process.ts";

/** What came of the load. */
export interface LoadResult {
  readonly requests: number;
  readonly failures: readonly string[];
  /** Milliseconds, ascending, of the routes that look into the store or say what there is. */
  readonly metadata: readonly number[];
  /** Resident memory in MiB before and some seconds after; NaN where the system does not tell. */
  readonly before: number;
  readonly after: number;
}

/**
 * Sends `requests` of mixed kinds from `clients` connections, each one asking after its last answer.
 * Before it is measured each client asks for everything once, as a page does when it opens.
 */
export async function load(
  server: ServerProcess,
  runId: string,
  { clients = 50, requests = 2_000, seed = 1 } = {},
): Promise<LoadResult> {
  const kinds: readonly { readonly path: string; readonly metadata: boolean }[] = [
    { path: "/api/health", metadata: true },
    { path: "/api/runs?limit=50", metadata: true },
    { path: `/api/runs/${runId}`, metadata: true },
    { path: "/api/labs", metadata: true },
    { path: "/api/runs?status=running", metadata: true },
    { path: "/api/openapi.json", metadata: false },
    { path: `/api/runs/${runId}/metrics?maxPoints=1000`, metadata: false },
    { path: `/api/runs/${runId}/log`, metadata: false },
  ];
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const random = uniformStream(seed);
  const metadata: number[] = [];
  const failures: string[] = [];
  let sent = 0;
  const client = async () => {
    while (sent < requests) {
      sent++;
      const kind = kinds[Math.floor(random() * kinds.length)] as (typeof kinds)[0];
      const start = performance.now();
      const status = await ask(server.url + kind.path, agent).catch(
        (error: Error) => error.message,
      );
      if (status !== 200) failures.push(`${kind.path}: ${status}`);
      else if (kind.metadata) metadata.push(performance.now() - start);
    }
  };
  const greet = async () => {
    for (const { path } of kinds) await ask(server.url + path, agent);
  };
  await Promise.all(Array.from({ length: clients }, greet));
  const before = await residentMebibytes(server.child.pid);
  await Promise.all(Array.from({ length: clients }, client));
  agent.destroy();
  await sleep(3_000);
  const after = await residentMebibytes(server.child.pid);
  return { requests: sent, failures, metadata: metadata.sort((a, b) => a - b), before, after };
}

function ask(url: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request(url, { agent }, (answer) => {
      answer.on("end", () => resolve(answer.statusCode ?? 0)).on("error", reject);
      answer.resume();
    });
    call.on("error", reject).end();
  });
}

async function residentMebibytes(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1_024;
}

/** The value below which this share of the sorted values lies. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
