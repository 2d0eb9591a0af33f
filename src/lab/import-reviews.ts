// Takes the rows that a run wants reviewed out of its artifact into the table of reviews.
import { open } from "node:fs/promises";
import { readLineBlocks } from "../data/read/source.ts";
import { type NewReview, Reviews } from "./reviews.ts";
import type { Store } from "./store.ts";

/** The artifact that a job leaves: one `NewReview` as JSON per line, the most doubtful first. */
export const reviewsArtifact = "reviews.jsonl";

/** Earlier runs whose answers are looked through. */
const EARLIER_RUNS = 1_000;

interface Import {
  /** The first rows are there. */
  readonly begun: Promise<void>;
  readonly done: Promise<void>;
}

const running = new WeakMap<Store, Map<string, Import>>();

/**
 * Takes in a run's `reviews.jsonl` where its rows are not in the table yet, together with the answers
 * that the same rows got in earlier runs of the same settings. It waits for the first rows only, so a
 * desk opens at once; `reviewsImported` waits for all of them.
 *
 * @returns whether there is anything to review
 */
export async function importReviews(store: Store, run: string): Promise<boolean> {
  const reviews = new Reviews(store.database);
  const known = running.get(store)?.get(run);
  if (known) return known.begun.then(() => true);
  const file = await store.artifact(run, reviewsArtifact);
  if (!file || file.bytes === 0) return reviews.has(run);
  if (await isComplete(reviews, run, file.path, file.bytes)) return true;
  const imports = running.get(store) ?? new Map<string, Import>();
  running.set(store, imports);
  // Another call may have begun while this one looked.
  const begun = imports.get(run) ?? beginImport(store, reviews, run, file.path);
  imports.set(run, begun);
  const forget = () => imports.delete(run);
  begun.done.then(forget, forget);
  return begun.begun.then(() => true);
}

/** Resolves once all rows of an import that is under way are in the table. */
export async function reviewsImported(store: Store, run: string): Promise<void> {
  await running.get(store)?.get(run)?.done;
}

function beginImport(store: Store, reviews: Reviews, run: string, path: string): Import {
  const { promise: begun, resolve, reject } = Promise.withResolvers<void>();
  const work = async () => {
    const earlier = await earlierRuns(store, run);
    for await (const { text } of readLineBlocks(path)) {
      const lines = text.split("\n").filter((line) => line !== "");
      const rows = lines.map((line) => JSON.parse(line) as NewReview);
      await reviews.add(run, rows);
      if (earlier.length > 0) await reviews.inherit(run, earlier);
      resolve();
    }
    await reviews.refreshStatistics();
  };
  const done = work();
  // Whoever waits is told; a desk that has its first rows learns of it with its next question.
  done.catch(reject);
  return { begun, done };
}

/** Runs with the very settings of this one, the newest first. */
async function earlierRuns(store: Store, run: string): Promise<string[]> {
  const own = await store.run(run);
  if (!own) return [];
  const settings = JSON.stringify(own.config);
  const runs = await store.runs({ lab: own.lab, limit: EARLIER_RUNS });
  return runs
    .filter(({ id, config }) => id !== run && JSON.stringify(config) === settings)
    .map(({ id }) => id);
}

/** Rows go in in their order, so where the last one is they all are. */
async function isComplete(reviews: Reviews, run: string, path: string, bytes: number) {
  const last = JSON.parse(await lastLine(path, bytes)) as NewReview;
  return reviews.has(run, last.row);
}

async function lastLine(path: string, bytes: number): Promise<string> {
  const file = await open(path);
  try {
    for (let size = 4096; ; size *= 8) {
      const length = Math.min(size, bytes);
      const { buffer } = await file.read(Buffer.alloc(length), 0, length, bytes - length);
      const lines = buffer.toString("utf8").trimEnd().split("\n");
      if (lines.length > 1 || length === bytes) return lines.at(-1)!;
    }
  } finally {
    await file.close();
  }
}
