// The worker process of `runJob`: calls one job and passes what it reports to the process of the store.
import { checkArtifactName } from "./artifacts.ts";
import type { JobMessage, JobReply, JobStart } from "./job-messages.ts";
import { checkMetrics } from "./metric-names.ts";
import type { ArtifactInfo, JobProgress, RunHandle } from "./run.ts";

type Job = (options: object) => Promise<object>;

const controller = new AbortController();
const waiting = new Map<
  number,
  { resolve: (value: unknown) => void; reject: (e: Error) => void }
>();
let requests = 0;

function send(message: JobMessage): void {
  process.send?.(message);
}

function request<T>(message: (id: number) => JobMessage): Promise<T> {
  const id = requests++;
  return new Promise<T>((resolve, reject) => {
    waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
    send(message(id));
  });
}

function remoteRun({ runId: id, folder, parentFolder }: JobStart): RunHandle {
  return {
    id,
    folder,
    ...(parentFolder === undefined ? {} : { parentFolder }),
    metrics: (step, values) => {
      checkMetrics(step, values);
      send({ type: "metrics", step, values });
    },
    flush: () => request<void>((id) => ({ type: "flush", id })),
    artifact: async (name, kind, content, options) => {
      checkArtifactName(name);
      return request<ArtifactInfo>((id) => ({
        type: "artifact",
        id,
        arguments: [name, kind, content, options],
      }));
    },
  };
}

async function work(start: JobStart): Promise<JobMessage> {
  try {
    const module: Record<string, unknown> = await import(start.module);
    const job = module[start.function] as Job | undefined;
    if (!job) throw new Error(`internal: ${start.module} has no export ${start.function}`);
    const summary = await job({
      ...start.options,
      run: remoteRun(start),
      signal: controller.signal,
      onProgress: (progress: JobProgress) => send({ type: "progress", progress }),
    });
    return { type: "done", summary };
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    return { type: "failed", message, stack };
  }
}

process.on("message", async (message: JobStart | JobReply) => {
  if (message.type === "abort") return controller.abort();
  if (message.type === "start") {
    const last = await work(message);
    // Leave at once: teardown of native libraries after the result is of no use to anybody.
    process.send?.(last, undefined, undefined, () => process.exit(0));
    return;
  }
  const call = waiting.get(message.id);
  waiting.delete(message.id);
  if ("error" in message) call?.reject(new Error(message.error));
  else call?.resolve(message.value);
});
// Ctrl-C goes to the whole process group; the process of the store decides and sends `abort`.
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit(1));
