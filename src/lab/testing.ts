// Stores for tests: a fresh one in a fraction of the time that making a database takes.
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { migrations } from "./migrations.ts";
import { openStore, type Store } from "./store.ts";

const cache = fileURLToPath(new URL("../../node_modules/.cache/deepdive/", import.meta.url));

/**
 * A new folder with an empty store in it, closed. It is copied from a template that the first test
 * makes; the caller removes the folder.
 */
export async function makeStoreFolder(): Promise<string> {
  const template = join(cache, `store-${migrations.length}`);
  if (!existsSync(template)) {
    const fresh = `${template}-${randomBytes(4).toString("hex")}`;
    await (await openStore(fresh)).close();
    // Another test file may have been quicker: its template is as good.
    await rename(fresh, template).catch(() => rm(fresh, { recursive: true }));
  }
  const folder = await mkdtemp(join(tmpdir(), "deepdive-store-"));
  await cp(template, folder, { recursive: true });
  return folder;
}

/** An open empty store, and the function that closes it and removes its folder. */
export async function makeStore(): Promise<{ store: Store; discard: () => Promise<void> }> {
  const folder = await makeStoreFolder();
  const store = await openStore(folder);
  const discard = async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  };
  return { store, discard };
}
