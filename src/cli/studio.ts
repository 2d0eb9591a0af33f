// Opening the store and the Studio together, and saying where they are.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type LabRegistry, listKeys, newKey, openStore, Queue, type Store } from "../lab/index.ts";
import type { RunningServer } from "../server/index.ts";
import { type CommonOptions, patienceMs } from "./options.ts";
import type { Output } from "./progress.ts";

/** Options of the commands that serve the Studio. */
export interface ServerCommandOptions extends CommonOptions {
  readonly port?: number;
  readonly host: string;
  /** Runs to work on at a time; 0 leaves them to other workers. */
  readonly workers?: number;
}

/** Opens the data folder; tells why a first start takes a little longer. */
export function openDataFolder(
  options: CommonOptions & { readonly lease?: number },
  say: Output,
): Promise<Store> {
  if (!options.database && !existsSync(join(options.dataDir, "database"))) {
    say.write(`Preparing the data folder ${options.dataDir} (once) …\n`);
  }
  const { database, lease } = options;
  return openStore(options.dataDir, { database, leaseSeconds: lease, patienceMs });
}

/** Opens the data folder and serves the Studio on it. `close` ends both. */
export async function openStudio(
  options: ServerCommandOptions,
  say: Output,
  registry: LabRegistry,
): Promise<{
  store: Store;
  queue: Queue;
  server: RunningServer;
  close: () => Promise<void>;
}> {
  // Loaded here: commands that only open the data folder need no server.
  const { ensureStudioBundle, startServer } = await import("../server/index.ts");
  const { keepCopying } = await import("../systems/hiplot/tracker/to-store.ts");
  const [store, bundle] = await Promise.allSettled([
    openDataFolder(options, say),
    ensureStudioBundle(),
  ]);
  if (store.status === "rejected") throw store.reason;
  try {
    if (bundle.status === "rejected") throw bundle.reason;
    const { port, host, workers = 1 } = options;
    await checkOpenness(store.value, host);
    const queue = await Queue.open(store.value);
    const ownerKey = newKey();
    const server = await startServer({
      store: store.value,
      ownerKey,
      registry,
      queue,
      studio: bundle.value,
      port,
      host,
    });
    const api = { url: server.url, key: ownerKey };
    await store.value.annotate(`the Studio at ${server.url}`, api);
    if (server.takenPort) say.write(`Port ${server.takenPort} is taken, using another one.\n`);
    if (workers > 0) queue.work({ registry, concurrency: workers });
    // What user code records beside this process appears by itself.
    const endCopying = await keepCopying(store.value);
    const close = async () => {
      await endCopying();
      await server.close();
      await queue.stop();
      await store.value.close();
    };
    return { store: store.value, queue, server, close };
  } catch (error) {
    await store.value.close();
    throw error;
  }
}

/** Beyond this machine nobody is served without a key. */
async function checkOpenness(store: Store, host: string): Promise<void> {
  if (/^(?:127\.|::1$|localhost$)/.test(host) || (await listKeys(store.database)).length > 0)
    return;
  throw new Error(
    `--host: ${host} can be reached from other machines, and there is no key yet; ` +
      "make one with: deepdive keys add <name>",
  );
}
