// The routes of sweeps: starting one, and looking at it with its trials.
import { readFile } from "node:fs/promises";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import {
  type FileResolver,
  goalOf,
  isRunId,
  LabInputError,
  type LabRegistry,
  parseDimension,
  type Queue,
  readSweepYaml,
  type Store,
  type SweepInput,
  sweepLab,
} from "../lab/index.ts";
import { ApiError } from "./errors.ts";
import { resolveRemoteFile } from "./uploads.ts";

/** A field is varied by words such as `log(1e-4,1e-2)`, or by a dimension as the store keeps it. */
const body = z.union([
  z.strictObject({
    /** A sweep file of Weights & Biases. */
    yaml: z.string().max(100_000),
    lab: z.string().optional(),
    name: z.string().max(200).optional(),
    project: z.string().max(200).optional(),
  }),
  z.looseObject({
    lab: z.string(),
    space: z.record(z.string(), z.union([z.string(), z.record(z.string(), z.unknown())])),
    metric: z.string(),
    goal: z.string().optional(),
    name: z.string().max(200).optional(),
    project: z.string().max(200).optional(),
  }),
]);

/** Adds `POST /api/sweeps` and `GET /api/sweeps/:id`. */
export function addSweepRoutes(
  app: FastifyInstance,
  options: { readonly store: Store; readonly registry: LabRegistry; readonly queue?: Queue },
): void {
  const { store, registry, queue } = options;

  app.post("/api/sweeps", async (request, reply) => {
    if (!queue)
      throw new ApiError(503, "no_queue", "This server shows runs and does not start any.");
    const { name, project, ...given } = body.parse(request.body ?? {});
    const resolveFile: FileResolver = (path, use) => resolveRemoteFile(store, path, use);
    try {
      const spec = toSpec(given as Given);
      const run = await queue.submitSweep(registry, spec, { name, project, resolveFile });
      reply.code(202).header("location", `/api/sweeps/${run.id}`);
      return { run };
    } catch (error) {
      const field = error instanceof LabInputError ? error.field : undefined;
      throw new ApiError(400, "bad_input", (error as Error).message, field);
    }
  });

  app.get<{ Params: { id: string } }>("/api/sweeps/:id", async ({ params: { id } }) => {
    const run = isRunId(id) ? await store.run(id) : undefined;
    if (run?.lab !== sweepLab) {
      throw new ApiError(404, "not_found", `There is no sweep ${JSON.stringify(id.slice(0, 40))}.`);
    }
    const artifact = await store.artifact(id, "trials");
    const table = artifact ? (JSON.parse(await readFile(artifact.path, "utf8")) as unknown) : null;
    return { run, trials: await store.runs({ sweep: id, limit: 1_000 }), table };
  });
}

type Given =
  | { readonly yaml: string; readonly lab?: string }
  | (Omit<SweepInput, "space"> & { readonly space: Record<string, string | object> });

function toSpec(given: Given): SweepInput {
  if ("yaml" in given) return readSweepYaml(given.yaml, given.lab);
  const { space, ...rest } = given;
  const dimensions = Object.entries(space).map(([field, words]) => [
    field,
    typeof words === "string" ? parseDimension(field, words) : words,
  ]);
  return {
    ...rest,
    goal: rest.goal ?? goalOf(rest.metric) ?? "minimize",
    space: Object.fromEntries(dimensions),
  } as SweepInput;
}
