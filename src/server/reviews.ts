// The routes of the review desk: rows of a run that wait for a person, and what people said of them.
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import {
  importReviews,
  isRunId,
  type Review,
  Reviews,
  reviewsImported,
  type Store,
} from "../lab/index.ts";
import { calibrate, fitCalibration } from "../systems/zero-shot/confidence.ts";
import { ApiError } from "./errors.ts";

const body = z.strictObject({
  answers: z
    .array(
      z.strictObject({
        row: z.int().min(0),
        /** Null puts the question back. */
        label: z.string().min(1).max(1_000).nullable(),
        reviewer: z.string().min(1).max(200).optional(),
        /** How long the reviewer looked at it. */
        seconds: z.number().min(0).optional(),
      }),
    )
    .min(1)
    .max(5_000),
});

const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1_000).default(50),
  /** Doubt and row of the last review seen, as `next` of a page gives them. */
  after: z
    .string()
    .regex(/^-?[\d.eE+-]+,\d+$/, "expected DOUBT,ROW")
    .transform((text) => {
      const [doubt, row] = text.split(",").map(Number) as [number, number];
      return { doubt, row };
    })
    .optional(),
});

type ById = { Params: { id: string } };

/** Adds `/api/runs/:id/reviews…`; the rows come from the run's own artifact when they are first asked for. */
export function addReviewRoutes(app: FastifyInstance, store: Store): void {
  const reviews = new Reviews(store.database);
  const open = async (id: string): Promise<string> => {
    if (!isRunId(id) || !(await store.run(id))) {
      throw new ApiError(404, "not_found", `There is no run ${JSON.stringify(id.slice(0, 40))}.`);
    }
    await importReviews(store, id);
    return id;
  };

  app.get<ById>("/api/runs/:id/reviews", async ({ params, query }) => {
    const options = pageQuery.parse(query);
    const id = await open(params.id);
    let page = await reviews.page(id, options);
    if (page.next === null) {
      // Rows may still be on their way into the table.
      await reviewsImported(store, id);
      page = await reviews.page(id, options);
    }
    const [agreement, judged] = await Promise.all([reviews.agreement(id), reviews.judged(id)]);
    return { ...page, reviews: withConfidence(page.reviews, judged), agreement };
  });

  app.get<ById>("/api/runs/:id/reviews/answered", async ({ params }) => ({
    reviews: await reviews.answered(await open(params.id)),
  }));

  app.post<ById>("/api/runs/:id/reviews", async ({ params, body: given }) => {
    const { answers } = body.parse(given ?? {});
    const id = await open(params.id);
    try {
      const before = await reviews.answer(id, answers);
      return { before, agreement: await reviews.agreement(id) };
    } catch (error) {
      throw new ApiError(404, "no_review", (error as Error).message);
    }
  });

  app.post<ById>("/api/runs/:id/reviews/undo", async ({ params }) => {
    const id = await open(params.id);
    return { review: (await reviews.undo(id)) ?? null, agreement: await reviews.agreement(id) };
  });
}

/**
 * How likely each guess is to be right: with 30 answers or more the share that was right among guesses
 * as sure as it, before that what the job said.
 */
function withConfidence(
  reviews: readonly Review[],
  judged: readonly { readonly doubt: number; readonly kept: boolean }[],
): (Review & { readonly confidence: number })[] {
  const calibration = fitCalibration(
    judged.map(({ doubt }) => 1 - doubt),
    judged.map(({ kept }) => Number(kept)),
  );
  return reviews.map((review) => {
    const sureness = 1 - review.doubt;
    return { ...review, confidence: calibration ? calibrate(calibration, sureness) : sureness };
  });
}
