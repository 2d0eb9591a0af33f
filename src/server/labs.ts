// The routes of the labs: what there is, starting runs, calls without a run, and a run's stop, resume and log.
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import {
  type FileResolver,
  isRunId,
  LabCallError,
  LabInputError,
  type LabRegistry,
  type ListedLab,
  localFile,
  prepareInput,
  type Queue,
  type Store,
  sweepLab,
  WarmLabs,
} from "../lab/index.ts";
import { ApiError } from "./errors.ts";
import { openApi } from "./openapi.ts";
import { resolveRemoteFile } from "./uploads.ts";

/** What the routes of labs work with. */
export interface LabRouteOptions {
  readonly store: Store;
  readonly registry: LabRegistry;
  /** Without it runs can be looked at but not started. */
  readonly queue?: Queue;
}

const runBody = z.strictObject({
  input: z.record(z.string(), z.unknown()).default({}),
  name: z.string().min(1).max(200).optional(),
  project: z.string().min(1).max(200).optional(),
});
const againBody = runBody.omit({ project: true });
const callBody = z.strictObject({ input: z.record(z.string(), z.unknown()).default({}) });
const logQuery = z.object({
  /** Bytes from the end. */
  tail: z.coerce
    .number()
    .int()
    .min(1)
    .max(2 ** 20)
    .default(2 ** 16),
});

type ById = { Params: { id: string } };

/** Adds `/api/labs…`, `/api/openapi.json` and the routes that start, stop and continue runs. */
export function addLabRoutes(app: FastifyInstance, options: LabRouteOptions): void {
  const { store, registry } = options;
  const warm = new WarmLabs();
  app.addHook("onClose", async () => warm.close());

  const findLab = async (id: string): Promise<ListedLab> => {
    const lab = await registry.find(id);
    if (lab) return lab;
    throw new ApiError(404, "not_found", `There is no lab ${JSON.stringify(id.slice(0, 60))}.`);
  };
  const queue = (): Queue => {
    if (options.queue) return options.queue;
    throw new ApiError(503, "no_queue", "This server shows runs and does not start any.");
  };
  const findRun = async (id: string) => {
    const run = isRunId(id) ? await store.run(id) : undefined;
    if (run) return run;
    throw new ApiError(404, "not_found", `There is no run ${JSON.stringify(id.slice(0, 40))}.`);
  };
  /** `known`: files of a run that there has been. */
  const check = async (lab: ListedLab, input: unknown, known: readonly unknown[] = []) => {
    const resolveFile: FileResolver = (path, use) =>
      known.includes(path) ? localFile(path, use) : resolveRemoteFile(store, path, use);
    return prepareInput(registry, lab.id, input, resolveFile).catch((error) => {
      if (!(error instanceof LabInputError)) throw error;
      throw new ApiError(400, "bad_input", error.message, error.field || undefined);
    });
  };

  // Made once: what there is does not change while the server runs.
  let listing: Promise<string> | undefined;
  app.get("/api/labs", async (_request, reply) => {
    listing ??= registry
      .list()
      .then((labs) =>
        JSON.stringify({ labs: labs.map(withoutModule), problems: registry.problems }),
      );
    reply.type("application/json; charset=utf-8");
    return listing;
  });
  app.get<ById>("/api/labs/:id", async ({ params }) => withoutModule(await findLab(params.id)));
  let description: Promise<string> | undefined;
  app.get("/api/openapi.json", async (_request, reply) => {
    description ??= registry.list().then((labs) => JSON.stringify(openApi(labs)));
    reply.type("application/json; charset=utf-8");
    return description;
  });

  app.post<ById>("/api/labs/:id/runs", async (request, reply) => {
    const lab = await findLab(request.params.id);
    const { input, ...rest } = runBody.parse(request.body ?? {});
    const run = await queue().submit({ ...rest, lab: lab.id, input: await check(lab, input) });
    reply.code(202).header("location", `/api/runs/${run.id}`);
    return { run };
  });

  app.post<ById>("/api/labs/:id/call", async (request) => {
    const lab = await findLab(request.params.id);
    if (!lab.interactive) {
      const message = `${lab.name} takes its time: start a run with POST /api/labs/${lab.id}/runs.`;
      throw new ApiError(409, "not_interactive", message);
    }
    const input = await check(lab, callBody.parse(request.body ?? {}).input);
    try {
      return { result: await warm.call(lab.module, lab.id, input) };
    } catch (error) {
      if (!(error instanceof LabCallError)) throw error;
      throw new ApiError(422, "lab_failed", error.message);
    }
  });

  app.post<ById>("/api/runs/:id/stop", async (request, reply) => {
    const { id, status } = await findRun(request.params.id);
    if (!(await store.requestStop(id))) {
      throw new ApiError(409, "not_running", `Run ${id} is ${status}; there is nothing to stop.`);
    }
    reply.code(202);
    return { run: await store.run(id) };
  });

  app.post<ById>("/api/runs/:id/resume", async (request, reply) => {
    const { id, status, lab } = await findRun(request.params.id);
    if (lab !== sweepLab && !(await registry.find(lab))) {
      const message = `Run ${id} was made by "${lab}", which is no lab here: only what made it can go on.`;
      throw new ApiError(409, "no_lab", message);
    }
    if (!(await queue().resume(id))) {
      throw new ApiError(409, "not_stopped", `Run ${id} is ${status}; there is nothing to resume.`);
    }
    reply.code(202);
    return { run: await store.run(id) };
  });

  app.post<ById>("/api/runs/:id/again", async (request, reply) => {
    const run = await findRun(request.params.id);
    const lab = await findLab(run.lab);
    const { input: changes, name = run.name } = againBody.parse(request.body ?? {});
    const before = run.config as Record<string, unknown>;
    const merged = Object.entries({ ...before, ...changes }).filter(([, value]) => value !== null);
    // What a run wrote for somebody is not written over by one with other settings.
    const { save = null } = changes;
    const wanted = merged.filter(([field]) => field !== "save" || save !== null);
    const input = await check(lab, Object.fromEntries(wanted), Object.values(before).flat());
    const { project } = run;
    const again = await queue().submit({
      ...{ lab: lab.id, input, name, parent: run.id },
      ...(project !== null && { project }),
    });
    reply.code(202).header("location", `/api/runs/${again.id}`);
    return { run: again };
  });

  app.get<ById>("/api/runs/:id/log", async (request, reply) => {
    const { id } = await findRun(request.params.id);
    const { tail } = logQuery.parse(request.query);
    reply.type("text/plain; charset=utf-8");
    return readTail(join(store.runFolder(id), "log.txt"), tail);
  });
}

function withoutModule({ module: _, ...lab }: ListedLab) {
  return lab;
}

async function readTail(path: string, bytes: number): Promise<string> {
  const file = await open(path).catch(() => undefined);
  if (!file) return "";
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - bytes);
    const { buffer, bytesRead } = await file.read(
      Buffer.alloc(size - start),
      0,
      size - start,
      start,
    );
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await file.close();
  }
}
