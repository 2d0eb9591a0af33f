// The routes of the review desk: rows of a run that wait for a person, and what people said of them.
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { importReviews, isRunId, Reviews, type Store } from "../lab/index.ts";
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
    const [page, agreement] = await Promise.all([reviews.page(id, options), reviews.agreement(id)]);
    return { ...page, agreement };
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
