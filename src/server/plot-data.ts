// Rows for the plot by URI: `/api/plot/data?uri=` reads recorded runs, demos, JSON, and files of the data folder.
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Store } from "../lab/index.ts";
import { Experiment, HiplotError, loadUri } from "../systems/hiplot/index.ts";
import { columnsType, encodeExperiment } from "../systems/hiplot/serve.ts";
import { ApiError } from "./errors.ts";

/** Parts of the data folder whose files may be shown; the database is not among them. */
const readable = ["files", "uploads", "runs", "hiplot"];

const query = z.object({ uri: z.string().min(1).max(100_000) });

/**
 * Adds the route. It answers with columns as bytes, or as HiPlot's JSON where the client does not ask
 * for those. Files are read from the data folder and from `folders` alone.
 */
export function addPlotData(
  app: FastifyInstance,
  store: Store,
  folders: readonly string[] = [],
): void {
  const within = [...readable.map((name) => join(store.folder, name)), ...folders];
  app.get("/api/plot/data", async (request, reply) => {
    const { uri } = query.parse(request.query);
    const experiment = await load(uri);
    if (!request.headers.accept?.includes(columnsType)) {
      const text = experiment.toJsonText({ compress: true });
      return reply.type("application/json").send(`{"experiment": ${text}}`);
    }
    return reply.type(columnsType).send(encodeExperiment(experiment));
  });

  async function load(uri: string): Promise<Experiment> {
    try {
      const options = { dataDir: store.folder, store, within, repair: true };
      const experiment = Experiment.of(await loadUri(uri, options));
      experiment.dropUnusableSettings();
      return experiment.validate();
    } catch (error) {
      if (!(error instanceof HiplotError)) throw error;
      const status = error.code === "file-missing" || error.code === "no-fetcher" ? 404 : 400;
      throw new ApiError(status, error.code.replaceAll("-", "_"), error.message);
    }
  }
}
