// The routes that read runs, their curves and their artifacts.
import { open, readFile } from "node:fs/promises";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import {
  type ArtifactFile,
  isRunId,
  type RunDetails,
  runStatuses,
  type Store,
} from "../lab/index.ts";
import { toCsv } from "./csv.ts";
import { ApiError } from "./errors.ts";
import type { EventStreams } from "./events.ts";
import { finiteOrNull } from "./json.ts";

const wholeNumber = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

const runsQuery = z.object({
  /** The beginning of ids. */
  id: z.string().max(10).optional(),
  lab: z.string().max(100).optional(),
  status: z.enum(runStatuses).optional(),
  project: z.string().max(200).optional(),
  sweep: z.string().max(20).optional(),
  limit: z.coerce.number().int().min(1).max(10_000).default(100),
});

const metricsQuery = z.object({
  /** Joined by commas. */
  names: z.string().max(2_000).optional(),
  afterStep: wholeNumber.optional(),
  maxPoints: z.coerce.number().int().min(2).max(100_000).default(2_000),
});

const artifactQuery = z.object({ format: z.enum(["csv"]).optional() });

const eventsQuery = z.object({ after: wholeNumber.default(0) });

/** What a browser may show by itself; everything else is handed over as a download. */
const shownTypes = /^(?:application\/json|text\/plain|image\/(?:png|jpeg|webp)|audio\/wav)\b/;

/** A page that a run made, in a frame of the Studio: in an origin of its own, without any network. */
const framedPage = {
  "content-security-policy":
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; " +
    "style-src 'unsafe-inline'; img-src data: blob:; frame-ancestors 'self'",
  "x-frame-options": "SAMEORIGIN",
};

/** Adds `/api/runs…` and `/api/events`. */
export function addRunRoutes(app: FastifyInstance, store: Store, streams: EventStreams): void {
  const findRun = async (id: string): Promise<RunDetails> => {
    const run = isRunId(id) ? await store.run(id) : undefined;
    if (run) return run;
    throw new ApiError(404, "not_found", `There is no run ${JSON.stringify(id.slice(0, 40))}.`);
  };

  app.get("/api/runs", async (request) => {
    return { runs: await store.runs(runsQuery.parse(request.query)) };
  });

  app.get<{ Params: { id: string } }>("/api/runs/:id", ({ params }) => findRun(params.id));

  app.delete<{ Params: { id: string } }>("/api/runs/:id", async ({ params }) => {
    const { id, status } = await findRun(params.id);
    if (await store.removeRun(id)) return { removed: id };
    throw new ApiError(409, "not_ended", `Run ${id} is ${status}; stop it before it is removed.`);
  });

  app.get<{ Params: { id: string } }>("/api/runs/:id/metrics", async (request) => {
    const { names, ...filter } = metricsQuery.parse(request.query);
    const { id } = request.params;
    if (!isRunId(id)) await findRun(id);
    const result = await store.metrics(id, { ...filter, names: names?.split(",") });
    // Only a run without points may be one that is not there.
    if (result.series.length === 0) await findRun(id);
    const series = result.series.map((curve) => ({
      ...curve,
      values: curve.values.map(finiteOrNull),
    }));
    return { cursor: result.cursor, series };
  });

  app.get<{ Params: { id: string; "*": string } }>(
    "/api/runs/:id/artifacts/*",
    async (request, reply) => {
      const { id } = await findRun(request.params.id);
      const name = request.params["*"];
      const artifact = await store.artifact(id, name);
      if (!artifact) {
        const shown = JSON.stringify(name.slice(0, 100));
        throw new ApiError(404, "not_found", `Run ${id} has no artifact ${shown}.`);
      }
      if (artifactQuery.parse(request.query).format === "csv") {
        const file = name
          .split("/")
          .at(-1)
          ?.replace(/\.json$/, "");
        reply.type("text/csv; charset=utf-8");
        reply.header("content-disposition", `attachment; filename="${file}.csv"`);
        return reply.send(await tableCsv(artifact, id));
      }
      const framed = (request.query as { frame?: string }).frame === "1";
      if (framed && artifact.mediaType.startsWith("text/html")) reply.headers(framedPage);
      else if (!shownTypes.test(artifact.mediaType)) {
        const file = name.split("/").at(-1);
        reply.header("content-disposition", `attachment; filename="${file}"`);
      }
      // Length and bytes from one open file: the job may replace it at any moment.
      const file = await open(artifact.path);
      const { size } = await file.stat();
      reply.type(artifact.mediaType).header("content-length", size);
      return reply.send(file.createReadStream());
    },
  );

  app.get<{ Params: { id: string } }>(
    "/api/runs/:id/events",
    { exposeHeadRoute: false },
    async (request, reply) => {
      const { id } = await findRun(request.params.id);
      // A browser that lost the connection says by itself what it saw last.
      const after = request.headers["last-event-id"] ?? eventsQuery.parse(request.query).after;
      const cursor = eventsQuery.parse({ after }).after;
      await streams.streamRun(store, id, cursor, request, reply);
    },
  );

  app.get("/api/events", { exposeHeadRoute: false }, async (request, reply) => {
    streams.streamRuns(store, request, reply);
  });
}

/** Larger tables are read as they are. */
const longestTable = 64 * 2 ** 20;

async function tableCsv(artifact: ArtifactFile, runId: string): Promise<string> {
  const unfit = (why: string) =>
    new ApiError(409, "no_table", `${artifact.name} of run ${runId} ${why}.`);
  if (!artifact.mediaType.startsWith("application/json")) throw unfit("is no table of rows");
  if (artifact.bytes > longestTable) throw unfit("is too large to be put into CSV");
  const rows: unknown = JSON.parse(await readFile(artifact.path, "utf8"));
  if (!Array.isArray(rows) || rows.some((row) => typeof row !== "object" || row === null)) {
    throw unfit("is no table of rows");
  }
  return toCsv(rows as Record<string, unknown>[]);
}
