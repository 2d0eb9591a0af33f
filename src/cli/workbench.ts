// The workbench as commands ask it: over HTTP where a server has the data folder, else in this process.
import { setTimeout as sleep } from "node:timers/promises";
import {
  type HolderApi,
  type LabRegistry,
  newKey,
  openStore,
  Queue,
  type Store,
  StoreLockedError,
} from "../lab/index.ts";
import { type CommonOptions, patienceMs } from "./options.ts";

/** How to ask. */
export interface Question {
  readonly method?: "GET" | "POST" | "DELETE";
  readonly body?: object;
}

/** One way of asking, whoever has the data folder. */
export interface Workbench {
  /** @throws Error with the server's own sentence where it refuses. */
  json<T>(path: string, question?: Question): Promise<T>;
  bytes(path: string): Promise<Buffer>;
  /** The store and the queue, where they are this process's own. */
  readonly own?: { readonly store: Store; readonly queue: Queue };
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly bytes: Buffer;
}

type Ask = (path: string, question: Question) => Promise<Answer>;

/** A way to whoever has the data folder. */
interface Connection {
  readonly ask: Ask;
  readonly own?: Workbench["own"];
  close(): Promise<void>;
}

/**
 * Opens the data folder, or finds the process that has it open and asks that one.
 *
 * @throws StoreLockedError where another process has it that answers nobody.
 */
export async function openWorkbench(
  options: CommonOptions,
  registry: LabRegistry,
): Promise<Workbench> {
  let connection = await connect(options, registry);
  const ask: Ask = async (path, question) => {
    try {
      return await connection.ask(path, question);
    } catch (error) {
      // Whoever had the folder has ended its work, and may have done what it was asked before.
      const isGone = error instanceof TypeError && connection.own === undefined;
      if (!isGone || (question.method ?? "GET") !== "GET") throw error;
      connection = await connectSoon(options, registry);
      return connection.ask(path, question);
    }
  };
  return {
    ...client(ask),
    get own() {
      return connection.own;
    },
    close: () => connection.close(),
  };
}

async function connect(options: CommonOptions, registry: LabRegistry): Promise<Connection> {
  const { dataDir, database } = options;
  let store: Store;
  try {
    store = await openStore(dataDir, { database, patienceMs });
  } catch (error) {
    const api = error instanceof StoreLockedError ? error.holder.api : undefined;
    if (!api) throw error;
    return { ask: overHttp(api), close: async () => {} };
  }
  const { createApp } = await import("../server/index.ts");
  const { JournalCopier } = await import("../systems/hiplot/tracker/to-store.ts");
  const ownerKey = newKey();
  const queue = await Queue.open(store);
  const copier = new JournalCopier(store);
  await copier.copy();
  const app = await createApp({ store, registry, queue, ownerKey });
  const headers = { host: "localhost", authorization: `Bearer ${ownerKey}` };
  const ask: Ask = async (url, { method = "GET", body }) => {
    const answer = await app.inject({ url, method, headers, ...(body && { payload: body }) });
    return { status: answer.statusCode, bytes: answer.rawPayload };
  };
  const close = async () => {
    await app.close();
    await queue.stop();
    copier.close();
    await store.close();
  };
  return { ask, own: { store, queue }, close };
}

/** A process that ends needs a moment to give the folder back. */
async function connectSoon(options: CommonOptions, registry: LabRegistry): Promise<Connection> {
  for (let attempt = 0; ; attempt++) {
    const found = await connect(options, registry).catch((error: Error) => error);
    if (!(found instanceof Error)) {
      if (found.own) return found;
      const health = await found.ask("/api/health", {}).catch(() => undefined);
      if (health) return found;
    } else if (!(found instanceof StoreLockedError)) throw found;
    if (attempt === 25) throw new Error("the process that has the data folder does not answer");
    await sleep(200);
  }
}

function overHttp({ url, key }: HolderApi): Ask {
  return async (path, { method = "GET", body }) => {
    const answer = await fetch(new URL(path, url), {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body && { "content-type": "application/json" }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) };
  };
}

function client(ask: Ask): Pick<Workbench, "json" | "bytes"> {
  const asked = async (path: string, question: Question = {}) => {
    const { status, bytes } = await ask(path, question);
    if (status < 400) return bytes;
    const { error } = JSON.parse(bytes.toString("utf8")) as { error: { message: string } };
    throw new Error(error.message);
  };
  return {
    bytes: (path) => asked(path),
    json: async <T>(path: string, question?: Question) =>
      JSON.parse((await asked(path, question)).toString("utf8")) as T,
  };
}

/** Short work is over before anybody asks. */
const offerAfterMs = 1_500;

/**
 * Lets `deepdive runs` in another terminal ask this process, which has the data folder and works on a
 * run. Only who may read the folder is answered. Returns the function that ends it.
 */
export function offerApi(store: Store, registry: LabRegistry, queue?: Queue): () => Promise<void> {
  if (store.database.shared) return async () => {};
  let serving: Promise<{ close(): Promise<void> }> | undefined;
  const serve = async () => {
    const { startServer } = await import("../server/index.ts");
    const ownerKey = newKey();
    const server = await startServer({
      store,
      registry,
      queue,
      ownerKey,
      ownerOnly: true,
      port: 0,
    });
    const note = process.argv.slice(1, 3).join(" ");
    await store.annotate(note, { url: server.url, key: ownerKey });
    return server;
  };
  const timer = setTimeout(() => {
    serving = serve();
    serving.catch(() => {});
  }, offerAfterMs);
  return async () => {
    clearTimeout(timer);
    await (await serving?.catch(() => undefined))?.close();
  };
}
