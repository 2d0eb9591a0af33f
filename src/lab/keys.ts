// Keys of the HTTP API: random, shown once, kept as hashes.
import { createHash, randomBytes } from "node:crypto";
import type { Database } from "./database.ts";

/** A key as it may be listed. */
export interface KeyInfo {
  /** The first letters of the key, to tell it from others. */
  readonly id: string;
  readonly name: string;
  readonly created: string;
}

const form = /^dd_[A-Za-z0-9_-]{43}$/;

/** 256 random bits need no slow hash: nobody can guess their way to one. */
function hashKey(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

/** 256 random bits as a key. */
export function newKey(): string {
  return `dd_${randomBytes(32).toString("base64url")}`;
}

/** Makes a key. It is returned here and never again. */
export async function addKey(
  database: Database,
  name: string,
): Promise<{ key: string; info: KeyInfo }> {
  const key = newKey();
  const { rows } = await database.query<{ created: Date }>(
    "insert into keys (id, name, hash) values ($1, $2, $3) returning created",
    [key.slice(0, 9), name.replaceAll("\0", ""), hashKey(key)],
  );
  return {
    key,
    info: { id: key.slice(0, 9), name, created: rows[0].created.toISOString() },
  };
}

/** All keys, oldest first. */
export async function listKeys(database: Database): Promise<KeyInfo[]> {
  const { rows } = await database.query<{ id: string; name: string; created: Date }>(
    "select id, name, created from keys order by created",
  );
  return rows.map(({ created, ...key }) => ({ ...key, created: created.toISOString() }));
}

/** Removes a key by its id; false when there is none. */
export async function removeKey(database: Database, id: string): Promise<boolean> {
  const { rows } = await database.query("delete from keys where id = $1 returning id", [id]);
  return rows.length > 0;
}

const refreshMs = 10_000;

/** Tells whether a key is known; reads the keys again every few seconds. */
export class KeyRing {
  readonly #database: Database;
  readonly #ownerHash: string | undefined;
  readonly #always: boolean;
  #hashes: ReadonlySet<string> = new Set();
  #readAt = Number.NEGATIVE_INFINITY;

  /** @param owner a key that is known without being kept; `always`: ask for a key where none is kept. */
  constructor(database: Database, owner?: string, always = false) {
    this.#database = database;
    this.#ownerHash = owner === undefined ? undefined : hashKey(owner);
    this.#always = always;
  }

  /** Whether a key is asked for: one is kept, or it always is. */
  async isSet(): Promise<boolean> {
    return this.#always || (await this.#read()).size > 0;
  }

  /** Whether this is one of the keys. Looking up a hash tells nothing about the key by its time. */
  async knows(key: string): Promise<boolean> {
    if (!form.test(key)) return false;
    const hash = hashKey(key);
    return hash === this.#ownerHash || (await this.#read()).has(hash);
  }

  async #read(): Promise<ReadonlySet<string>> {
    if (performance.now() - this.#readAt > refreshMs) {
      this.#readAt = performance.now();
      const { rows } = await this.#database.query<{ hash: string }>("select hash from keys");
      this.#hashes = new Set(rows.map(({ hash }) => hash));
    }
    return this.#hashes;
  }
}
