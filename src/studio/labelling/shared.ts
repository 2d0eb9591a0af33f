// A run's labelling queue as the server keeps it: what others have decided is there, what we decide stays.
import { fetchJson, type Json } from "../api.ts";
import { postJson } from "../labs/api.ts";
import type { Item, Queue } from "./queue.ts";

/** The artifact of runs that set texts apart for people. */
export const reviewsArtifact = "reviews.jsonl";

interface Review {
  readonly row: number;
  readonly text: string;
  readonly guess: string | null;
  readonly doubt: number;
  readonly scores: Readonly<Record<string, number>>;
  readonly answer: string | null;
}

/** Texts that are fetched at once: more than anybody labels at a sitting. */
const fetched = 1_000;

/** The queue of a run: the texts it doubts most, and the answers that there are. */
export async function loadQueue(run: string): Promise<Queue> {
  const path = `/api/runs/${run}/reviews`;
  const [open, answered] = await Promise.all([
    fetchJson<{ reviews: Review[] }>(`${path}?limit=${fetched}`),
    fetchJson<{ reviews: Review[] }>(`${path}/answered`),
  ]);
  const all = [...answered.reviews, ...open.reviews];
  const names = all.flatMap(({ guess, scores, answer }) => [
    ...(guess === null ? [] : [guess]),
    ...Object.keys(scores),
    ...(answer === null ? [] : [answer]),
  ]);
  return {
    items: all.map(
      ({ row, text, guess, doubt }): Item => ({
        id: String(row),
        text,
        ...(guess === null ? {} : { guess }),
        confidence: 1 - doubt,
      }),
    ),
    labels: [...new Set(names)].sort().slice(0, 9),
    reviews: answered.reviews.flatMap(({ row, text, answer }) =>
      answer === null ? [] : [{ id: String(row), text, label: answer }],
    ),
    skipped: [],
  };
}

/** Tells the server what changed between two states of the queue. */
export async function keepAnswers(run: string, before: Queue, after: Queue): Promise<void> {
  const had = new Set(before.reviews.map(({ id }) => id));
  const has = new Set(after.reviews.map(({ id }) => id));
  const added = after.reviews.filter(({ id }) => !had.has(id));
  const taken = before.reviews.filter(({ id }) => !has.has(id));
  const answers: Json[] = [
    ...added.map(({ id, label }) => ({ row: Number(id), label })),
    ...taken.map(({ id }) => ({ row: Number(id), label: null })),
  ];
  if (answers.length > 0) await postJson(`/api/runs/${run}/reviews`, { answers });
}
