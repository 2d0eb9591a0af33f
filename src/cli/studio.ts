// Opening the store and the Studio together, and saying where they are.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type LabRegistry, openStore, type Store } from "../lab/index.ts";
import { ensureStudioBundle, type RunningServer, startServer } from "../server/index.ts";
import type { CommonOptions } from "./program.ts";
import type { Output } from "./progress.ts";

/** Options of the commands that serve the Studio. */
export interface ServerCommandOptions extends CommonOptions {
  readonly port?: number;
  readonly host: string;
}

/** Opens the data folder; tells why a first start takes a little longer. */
export function openDataFolder(options: CommonOptions, say: Output): Promise<Store> {
  if (!existsSync(join(options.dataDir, "database"))) {
    say.write(`Preparing the data folder ${options.dataDir} (once) …\n`);
  }
  return openStore(options.dataDir);
}

/** Opens the data folder and serves the Studio on it. `close` ends both. */
export async function openStudio(
  options: ServerCommandOptions,
  say: Output,
  registry: LabRegistry,
): Promise<{ store: Store; server: RunningServer; close: () => Promise<void> }> {
  const [store, bundle] = await Promise.allSettled([
    openDataFolder(options, say),
    ensureStudioBundle(),
  ]);
  if (store.status === "rejected") throw store.reason;
  try {
    if (bundle.status === "rejected") throw bundle.reason;
    const { port, host } = options;
    const server = await startServer({
      store: store.value,
      registry,
      studio: bundle.value,
      port,
      host,
    });
    await store.value.annotate(`the Studio at ${server.url}`);
    if (server.takenPort) say.write(`Port ${server.takenPort} is taken, using another one.\n`);
    const close = async () => {
      await server.close();
      await store.value.close();
    };
    return { store: store.value, server, close };
  } catch (error) {
    await store.value.close();
    throw error;
  }
}
