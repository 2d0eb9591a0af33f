// `deepdive keys`: who may use the HTTP API.
import { addKey, listKeys, removeKey, type Store } from "../lab/index.ts";
import { formatTable, oneLine } from "./format.ts";
import type { CommonOptions } from "./options.ts";
import { openDataFolder } from "./studio.ts";

/** Makes a key and prints it, this once. */
export function addKeyCommand(name: string, options: CommonOptions): Promise<void> {
  return withStore(options, async (store) => {
    const { key, info } = await addKey(store.database, name);
    if (options.json) return JSON.stringify({ ...info, key });
    return `${key}\n\nKeep it: it is not shown again. From now on the server asks for a key.`;
  });
}

/** Prints all keys without what makes them keys. */
export function listKeysCommand(options: CommonOptions): Promise<void> {
  return withStore(options, async (store) => {
    const keys = await listKeys(store.database);
    if (options.json) return JSON.stringify(keys);
    if (keys.length === 0) return "There are no keys: whoever reaches the server may use it.";
    const rows = keys.map(({ id, name, created }) => [id, oneLine(name, 40), created.slice(0, 16)]);
    return formatTable(["id", "name", "made"], rows);
  });
}

/** Removes a key. */
export function removeKeyCommand(id: string, options: CommonOptions): Promise<void> {
  return withStore(options, async (store) => {
    if (!(await removeKey(store.database, id)))
      throw new Error(`id: there is no key ${oneLine(id, 40)}`);
    return options.json ? JSON.stringify({ removed: id }) : `Key ${id} is removed.`;
  });
}

async function withStore(
  options: CommonOptions,
  work: (store: Store) => Promise<string>,
): Promise<void> {
  const store = await openDataFolder(options, process.stderr);
  try {
    process.stdout.write(`${await work(store)}\n`);
  } finally {
    await store.close();
  }
}
