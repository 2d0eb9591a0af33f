// `deepdive runs`: what the data folder holds.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { openStore, type RunRecord, type Store } from "../lab/index.ts";
import { formatSeconds, formatTable, oneLine } from "./format.ts";
import type { CommonOptions } from "./options.ts";

/** Lists runs, or shows the one whose id begins with `id`. */
export async function runs(
  id: string | undefined,
  options: CommonOptions & { readonly limit: number },
): Promise<void> {
  if (!options.database && !existsSync(join(options.dataDir, "database"))) {
    if (id !== undefined) throw new Error(`id: there are no runs in ${options.dataDir} yet`);
    process.stdout.write(options.json ? "[]\n" : `There are no runs in ${options.dataDir} yet.\n`);
    return;
  }
  const store = await openStore(options.dataDir, { database: options.database });
  try {
    process.stdout.write(
      `${id === undefined ? await list(store, options) : await show(store, id, options)}\n`,
    );
  } finally {
    await store.close();
  }
}

async function list(store: Store, { json, limit }: { json?: boolean; limit: number }) {
  const found = await store.runs({ limit });
  if (json) return JSON.stringify(found);
  if (found.length === 0) return "There are no runs yet.";
  return formatTable(
    ["id", "name", "status", "started", ">took", "figures"],
    found.map((run) => [
      run.id,
      oneLine(run.name, 32),
      run.status,
      (run.started ?? run.created).slice(0, 16).replace("T", " "),
      duration(run),
      oneLine(run.error ?? figures(run), 60),
    ]),
  );
}

async function show(store: Store, start: string, { json }: { json?: boolean }): Promise<string> {
  const matches = (await store.runs({ limit: 10_000 })).filter(({ id }) => id.startsWith(start));
  if (matches.length === 0) throw new Error(`id: there is no run ${oneLine(start, 40)}`);
  if (matches.length > 1) {
    const ids = matches.map(({ id }) => id).join(", ");
    throw new Error(`id: ${start} is the beginning of several runs: ${ids}`);
  }
  const run = await store.run(matches[0].id);
  if (!run) throw new Error(`id: there is no run ${start}`);
  if (json) return JSON.stringify(run);
  const rows = [
    ["id", run.id],
    ["name", oneLine(run.name, 80)],
    ["lab", run.lab],
    ["status", run.status],
    ["started", run.started ?? "–"],
    ["took", duration(run)],
    ["config", oneLine(JSON.stringify(run.config), 200)],
    ["figures", figures(run)],
    ["artifacts", run.artifacts.map(({ name }) => name).join(", ")],
    ...(run.error ? [["error", oneLine(run.error, 400)]] : []),
  ];
  return rows.map(([name, value]) => `${name.padEnd(11)}${value}`).join("\n");
}

function duration({ started, ended }: RunRecord): string {
  if (!started || !ended) return "–";
  return formatSeconds((Date.parse(ended) - Date.parse(started)) / 1_000);
}

/** The numbers of a summary, the first few. */
function figures({ summary }: RunRecord): string {
  const entries = Object.entries((summary ?? {}) as Record<string, unknown>);
  return entries
    .filter(([, value]) => typeof value === "number")
    .slice(0, 3)
    .map(([name, value]) => `${name} ${Number((value as number).toPrecision(4))}`)
    .join(", ");
}
