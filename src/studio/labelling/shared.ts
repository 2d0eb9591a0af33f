// A run's labelling queue as the server keeps it: what others have decided is there, what we decide stays.
import type { SimilarRows } from "../../systems/zero-shot/wire.ts";
import { artifactUrl, fetchJson, type Json, type RunDetails } from "../api.ts";
import { postJson } from "../labs/api.ts";
import { queryClient } from "../live.ts";
import type { Item, Queue } from "./queue.ts";

/** The artifact of runs that set texts apart for people. */
export const reviewsArtifact = "reviews.jsonl";

interface Review {
  readonly row: number;
  readonly text: string;
  readonly guess: string | null;
  readonly doubt: number;
  /** How likely the guess is to be right, calibrated on the answers once there are some. */
  readonly confidence?: number;
  readonly scores: Readonly<Record<string, number>>;
  readonly answer: string | null;
  /** When. */
  readonly answered: string | null;
}

/** Texts that are fetched at once: more than anybody labels at a sitting. */
const fetched = 1_000;

/** The queue of a run: the texts it doubts most, what is like them, and the answers that there are. */
export async function loadQueue(run: string): Promise<Queue & { readonly name: string }> {
  const path = `/api/runs/${run}/reviews`;
  const details = await fetchJson<RunDetails>(`/api/runs/${run}`);
  const artifact = async <T>(name: string) =>
    details.artifacts.some((each) => each.name === name)
      ? fetchJson<T>(artifactUrl(run, name))
      : undefined;
  const [open, answered, table, similar] = await Promise.all([
    fetchJson<{ reviews: Review[] }>(`${path}?limit=${fetched}`),
    fetchJson<{ reviews: Review[] }>(answeredPath(run)),
    artifact<readonly { readonly label: string }[]>("labels"),
    artifact<SimilarRows>("similar.json"),
  ]);
  const all = [...answered.reviews, ...open.reviews];
  const names = all.flatMap(({ guess, scores, answer }) => [
    ...(guess === null ? [] : [guess]),
    ...Object.keys(scores),
    ...(answer === null ? [] : [answer]),
  ]);
  const own = table?.map(({ label }) => label) ?? [];
  const others = [...new Set(names)].filter((name) => !own.includes(name)).sort();
  return {
    name: details.name,
    items: all.map(
      ({ row, text, guess, doubt, confidence = 1 - doubt, scores }): Item => ({
        id: String(row),
        text,
        ...(guess === null ? {} : { guess }),
        confidence,
        likely: Object.keys(scores).sort((a, b) => scores[b] - scores[a]),
        similar: similar?.[row]?.map(([other]) => String(other)) ?? [],
      }),
    ),
    labels: [...own, ...others],
    // In the order in which they were made: the last is taken back first.
    reviews: answered.reviews
      .toSorted((a, b) => (a.answered ?? "").localeCompare(b.answered ?? ""))
      .flatMap(({ row, text, answer }) =>
        answer === null ? [] : [{ id: String(row), text, label: answer }],
      ),
    skipped: [],
  };
}

/** Where the server says how many answers there are, and how many keep the guess. */
export function agreementPath(run: string): string {
  return `/api/runs/${run}/reviews?limit=1`;
}

/** Where the answers are. */
export function answeredPath(run: string): string {
  return `/api/runs/${run}/reviews/answered`;
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
  if (answers.length === 0) return;
  await postJson(`/api/runs/${run}/reviews`, { answers });
  for (const path of [agreementPath(run), answeredPath(run)]) {
    await queryClient.invalidateQueries({ queryKey: [path] });
  }
}
