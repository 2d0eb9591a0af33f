// Server-sent events: what happens to a run, live, and without a gap after the connection was lost.
import type { FastifyReply, FastifyRequest } from "fastify";
import type { MetricPoint, Store, StoreEvent } from "../lab/index.ts";
import { finiteOrNull } from "./json.ts";

const heartbeatMs = 15_000;
/** A reader this far behind is cut off; its browser comes back and asks for what it missed. */
const maxWaitingBytes = 4 * 2 ** 20;

/** The streams that are open, so that the server can end them when it closes. */
export class EventStreams {
  #open = new Set<() => void>();

  /** Sends `run` events of all runs: enough to keep a list of runs up to date. */
  streamRuns(store: Store, request: FastifyRequest, reply: FastifyReply): void {
    const send = this.#start(request, reply);
    const leave = store.subscribe((event) => {
      if (event.type === "run") send("run", event.run);
      if (event.type === "removed") send("removed", { id: event.runId });
    });
    reply.raw.on("close", leave);
  }

  /**
   * Sends all events of one run. Metric points come with their `seq` as the event's id; those after
   * `cursor` are sent first, so a reader that says what it saw last misses none and sees none twice.
   */
  async streamRun(
    store: Store,
    runId: string,
    cursor: number,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    const send = this.#start(request, reply);
    let last = cursor;
    const sendPoints = (points: readonly MetricPoint[]) => {
      const unseen = points.filter((point) => point.seq > last);
      if (unseen.length === 0) return;
      last = unseen[unseen.length - 1].seq;
      const plain = unseen.map(({ name, step, value }) => ({
        name,
        step,
        value: finiteOrNull(value),
      }));
      send("metrics", { points: plain }, last);
    };
    const waiting: StoreEvent[] = [];
    let pass = (event: StoreEvent): void => void waiting.push(event);
    const leave = store.subscribe((event) => {
      if ((event.type === "run" ? event.run.id : event.runId) === runId) pass(event);
    });
    reply.raw.on("close", leave);
    for (;;) {
      const points = await store.metricsSince(runId, last);
      if (points.length === 0) break;
      sendPoints(points);
    }
    pass = (event) => {
      if (event.type === "metrics") sendPoints(event.points);
      else if (event.type === "run") send("run", event.run);
      else if (event.type === "artifact") send("artifact", event.artifact);
      else if (event.type === "progress") send("progress", event.progress);
    };
    // What changed between the reader's last look at the run and now.
    const now = await store.run(runId);
    if (now) send("run", now);
    for (const event of waiting.splice(0)) pass(event);
  }

  /** Ends all streams. */
  close(): void {
    for (const end of [...this.#open]) end();
  }

  #start(request: FastifyRequest, reply: FastifyReply) {
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      connection: "keep-alive",
    });
    raw.write("retry: 1000\n\n");
    const heartbeat = setInterval(() => raw.write(":\n\n"), heartbeatMs);
    const end = () => raw.end();
    this.#open.add(end);
    raw.on("close", () => {
      clearInterval(heartbeat);
      this.#open.delete(end);
    });
    return (event: string, data: unknown, id?: number) => {
      if (raw.writableLength > maxWaitingBytes) {
        request.raw.destroy();
        return;
      }
      const head = id === undefined ? "" : `id: ${id}\n`;
      raw.write(`${head}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    };
  }
}
