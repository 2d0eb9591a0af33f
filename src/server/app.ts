// The HTTP app without a port: guard, API and pages put together.
import fastify, { type FastifyInstance } from "fastify";
import { KeyRing, type LabRegistry, packageVersion, type Queue, type Store } from "../lab/index.ts";
import { ApiError, handleError } from "./errors.ts";
import { EventStreams } from "./events.ts";
import { guard, securityHeaders } from "./guard.ts";
import { DepthMeter, maxDepth } from "./json.ts";
import { requireKeys } from "./keys.ts";
import { addLabRoutes } from "./labs.ts";
import { addPages } from "./pages.ts";
import { addPlotData } from "./plot-data.ts";
import { addReviewRoutes } from "./reviews.ts";
import { addRunRoutes } from "./runs.ts";
import { addSweepRoutes } from "./sweeps.ts";
import { addUploads, defaultUploadLimit } from "./uploads.ts";

/** Arguments of `createApp`. */
export interface AppOptions {
  readonly store: Store;
  /** The labs that can be run; without it the app shows runs only. */
  readonly registry?: LabRegistry;
  /** Brings the runs that are started to workers; without it none can be started. */
  readonly queue?: Queue;
  /** Largest data file that is taken, in bytes; default 1 GiB. */
  readonly uploadLimit?: number;
  /** Folder of the Studio's bundle; without it the app has the API only. */
  readonly studio?: string;
  /** True when the app is served beyond loopback. */
  readonly open?: boolean;
  /** A key that is known without being kept: for commands beside the server. */
  readonly ownerKey?: string;
  /** Answer nobody without a key, even where no key is kept. */
  readonly ownerOnly?: boolean;
  /** Folders besides the data folder whose files the plot may show. */
  readonly plotFolders?: readonly string[];
  /** Further host names that the app answers to. */
  readonly allowedHosts?: readonly string[];
}

/** Puts the app together; `startServer` gives it a port, `app.inject` asks it without one. */
export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const { store, registry, queue, studio, open = false, allowedHosts = [] } = options;
  const app = fastify({
    bodyLimit: 2 ** 20,
    requestTimeout: 30_000,
    forceCloseConnections: true,
    logger: { level: process.env.DEEPDIVE_DEBUG ? "info" : "silent" },
    // What no route sees, such as an address that cannot be decoded.
    frameworkErrors: (error, request, reply) => {
      handleError(error, request, reply.headers(securityHeaders));
    },
    routerOptions: { maxParamLength: 500 },
  });
  const streams = new EventStreams();
  app.addHook("preClose", async () => streams.close());
  app.setErrorHandler(handleError);
  app.setNotFoundHandler((request) => {
    const path = JSON.stringify(request.url.split("?")[0].slice(0, 100));
    throw new ApiError(404, "not_found", `There is nothing at ${path}.`);
  });
  guard(app, { open, allowedHosts });
  requireKeys(app, new KeyRing(store.database, options.ownerKey, options.ownerOnly));
  parseJson(app);
  app.addHook("onSend", async (_request, reply) => {
    if (!reply.hasHeader("cache-control")) reply.header("cache-control", "no-store");
  });
  app.get("/api/health", async () => ({ status: "ok", version: packageVersion() }));
  addRunRoutes(app, store, streams);
  addReviewRoutes(app, store);
  addPlotData(app, store, options.plotFolders);
  await addUploads(app, store, options.uploadLimit ?? defaultUploadLimit);
  if (registry) {
    addLabRoutes(app, { store, registry, queue });
    addSweepRoutes(app, { store, registry, queue });
  }
  if (studio) await addPages(app, studio);
  return app;
}

/** JSON bodies as they are, but none that code could not walk, and none that touches prototypes. */
function parseJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeContentTypeParser(["application/json", "text/plain"]);
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body, done) => {
    const bytes = body as Buffer;
    if (new DepthMeter().add(bytes) > maxDepth) {
      const message = `The JSON is nested more than ${maxDepth} deep.`;
      return done(new ApiError(400, "too_deep", message));
    }
    // A request that says JSON and sends nothing, as a button without settings does.
    if (bytes.byteLength === 0) return done(null, undefined);
    parse(request, bytes.toString("utf8"), done);
  });
}
