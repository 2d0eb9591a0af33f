// Takes the rows that a run wants reviewed out of its artifact into the table of reviews.
import { readLineBlocks } from "../data/read/source.ts";
import { type NewReview, Reviews } from "./reviews.ts";
import type { Store } from "./store.ts";

/** The artifact that a job leaves: one `NewReview` as JSON per line. */
export const reviewsArtifact = "reviews.jsonl";

/**
 * Takes in a run's `reviews.jsonl` where its rows are not in the table yet.
 * @returns whether there is anything to review
 */
export async function importReviews(store: Store, run: string): Promise<boolean> {
  const { rows } = await store.database.query<{ there: boolean }>(
    "select exists (select from reviews where run_id = $1) as there",
    [run],
  );
  if (rows[0]?.there) return true;
  const file = await store.artifact(run, reviewsArtifact);
  if (!file || file.bytes === 0) return false;
  const reviews = new Reviews(store.database);
  for await (const { text } of readLineBlocks(file.path)) {
    const lines = text.split("\n").filter((line) => line !== "");
    await reviews.add(
      run,
      lines.map((line) => JSON.parse(line) as NewReview),
    );
  }
  return true;
}
