// A small server for the plot: a page with a field for URIs, `/data?uri=` as JSON or columns, and messages back.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { toPythonJson } from "./core/json.ts";
import { pointsForJson } from "./core/put-rows.ts";
import type { Datapoint } from "./core/types.ts";
import { encodeParts, type WireExperiment } from "./core/wire.ts";
import type { ExperimentData } from "./experiment.ts";
import { renderHtml } from "./html.ts";

/** Arguments of `serveHiplot`. */
export interface ServeOptions {
  readonly host?: string;
  /** 0 for any free one. */
  readonly port?: number;
  /** Loads what is asked for by URI; without it the server shows one experiment alone. */
  readonly load?: (uri: string) => Promise<ExperimentData>;
  /** What the page shows at first. */
  readonly experiment?: ExperimentData;
  /** What the page says of selection and brushes. */
  readonly onMessage?: (type: string, data: unknown) => void;
}

/** A running server. */
export interface HiplotServer {
  readonly url: string;
  /** Sends a message to the open pages. */
  send(type: string, data: unknown): void;
  /** Shows further rows in the open pages, or rows that have changed; brushes stay. */
  put(points: readonly Datapoint[]): void;
  /** Pages that are open now. */
  readonly pages: number;
  close(): Promise<void>;
}

/** The media type of columns as bytes; see core/wire.ts. */
export const columnsType = "application/x-deepdive-columns";

const longestMessage = 64 * 1024 * 1024;

/** Starts the server. It answers to loopback names and to the host it was given, to nobody else. */
export async function serveHiplot(options: ServeOptions): Promise<HiplotServer> {
  const { host = "127.0.0.1", port = 0 } = options;
  const streams = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    answer(request, response, options, streams).catch((error: Error) => {
      if (response.headersSent) response.destroy();
      else reply(response, 400, "application/json", JSON.stringify({ error: error.message }));
    });
  });
  await listen(server, host, port);
  const address = server.address() as AddressInfo;
  const name = address.family === "IPv6" ? `[${address.address}]` : address.address;
  const send = (type: string, data: unknown) => {
    for (const stream of streams) stream.write(`data: ${JSON.stringify({ type, data })}\n\n`);
  };
  return {
    url: `http://${name}:${address.port}/`,
    get pages() {
      return streams.size;
    },
    send,
    put: (points) => send("put_rows", pointsForJson(points)),
    close: () =>
      new Promise((done) => {
        for (const stream of streams) stream.end();
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((done, fail) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken = error.code === "EADDRINUSE";
      fail(taken ? new Error(`port ${port} is taken; choose another with --port`) : error);
    });
    server.listen(port, host, () => done());
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: ServeOptions,
  streams: Set<ServerResponse>,
): Promise<void> {
  const refusal = refused(request, options.host);
  if (refusal) return reply(response, 403, "application/json", JSON.stringify({ error: refusal }));
  const url = new URL(request.url ?? "/", "http://localhost");
  const uri = url.searchParams.get("uri") ?? "";
  switch (`${request.method} ${url.pathname}`) {
    case "GET /":
      return reply(response, 200, "text/html; charset=utf-8", page(url, options));
    case "GET /plot":
      return sendPlot(response, await loaded(uri, options));
    case "GET /data":
      return sendData(request, response, await loaded(uri, options));
    case "GET /events":
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
      response.write(":\n\n");
      streams.add(response);
      request.on("close", () => streams.delete(response));
      return;
    case "POST /messages": {
      const { type, data } = JSON.parse(await body(request)) as { type: string; data: unknown };
      options.onMessage?.(String(type), data);
      return reply(response, 204, "text/plain", "");
    }
    default:
      return reply(
        response,
        404,
        "application/json",
        JSON.stringify({ error: "There is no such page." }),
      );
  }
}

/** A foreign site may neither ask by another name nor from another page. */
function refused({ headers }: IncomingMessage, host = "127.0.0.1"): string | undefined {
  const name = (headers.host ?? "").replace(/:\d+$/, "");
  const own = ["localhost", "127.0.0.1", "[::1]", host];
  const open = host === "0.0.0.0" || host === "::";
  if (!own.includes(name) && !(open && /^[\d.]+$|^\[/.test(name))) {
    return `This server does not answer to the name ${JSON.stringify(name.slice(0, 100))}.`;
  }
  if (headers.origin !== undefined && headers.origin !== `http://${headers.host}`) {
    return "Requests from other sites are refused.";
  }
  return undefined;
}

async function loaded(uri: string, { load, experiment }: ServeOptions): Promise<ExperimentData> {
  if (uri === "" && experiment) return experiment;
  if (uri === "" || !load) throw new Error("uri: expected a file or another URI to load");
  return load(uri);
}

async function sendPlot(response: ServerResponse, experiment: ExperimentData): Promise<void> {
  const html = await renderHtml(wireOf(experiment));
  reply(response, 200, "text/html; charset=utf-8", html);
}

/** JSON as HiPlot's page expects it, or columns as bytes where the client asks for them. */
function sendData(
  request: IncomingMessage,
  response: ServerResponse,
  experiment: ExperimentData,
): void {
  if (request.headers.accept?.includes(columnsType)) {
    sendColumns(response, wireOf(experiment));
    return;
  }
  const json = toPythonJson({ experiment: experiment.toJson({ compress: true }) });
  reply(response, 200, "application/json", json);
}

/** Answers with columns as bytes. */
export function sendColumns(response: ServerResponse, data: WireExperiment): void {
  const parts = encodeParts(data, { plain: true });
  const size = parts.reduce((sum, { length }) => sum + length, 0);
  response.writeHead(200, { ...safety, "content-type": columnsType, "content-length": size });
  for (const part of parts) response.write(part);
  response.end();
}

/** An experiment as bytes of `columnsType`. */
export function encodeExperiment(experiment: ExperimentData): Buffer {
  return Buffer.concat(encodeParts(wireOf(experiment), { plain: true }));
}

/** What travels: rows in columns, and the settings that can be applied. */
export function wireOf(experiment: ExperimentData): WireExperiment {
  return { frame: experiment.frame(), experiment: experiment.settingsJson() };
}

const safety = { "x-content-type-options": "nosniff", "referrer-policy": "no-referrer" };

function reply(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { ...safety, "content-type": type });
  response.end(text);
}

async function body(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > longestMessage) throw new Error("the message is too long");
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

/** The page around the plot: a field for URIs where there is a loader, and the way messages go. */
function page(url: URL, { load, experiment }: ServeOptions): string {
  const text = url.searchParams.get("hip.load_uri");
  let uri = "";
  try {
    uri = text === null ? "" : String(JSON.parse(text));
  } catch {
    uri = text ?? "";
  }
  const shown =
    uri !== "" || experiment ? `/plot?uri=${encodeURIComponent(uri)}#refreshable` : "about:blank";
  const safe = uri.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
  const field = `<form><textarea name="uri" rows="2" aria-label="URI" placeholder="a file, demo, sql://select …, one per line">${safe}</textarea><button>Load</button></form>`;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><link rel="icon" href="data:,"><title>hiplot</title><style>
body{margin:0;display:flex;flex-direction:column;height:100vh;font:14px system-ui}
form{display:flex;gap:8px;padding:8px}textarea{flex:1}iframe{flex:1;border:0}
</style></head><body>${load ? field : ""}<iframe title="plot" src="${shown}"></iframe><script>
const frame = document.querySelector("iframe");
document.querySelector("form")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const uri = event.target.uri.value;
  history.replaceState(null, "", "?hip.load_uri=" + encodeURIComponent(JSON.stringify(uri)));
  frame.src = "/plot?uri=" + encodeURIComponent(uri) + "#refreshable";
});
async function refresh() {
  const asked = new URL(frame.src).search;
  const answer = await fetch("/data" + asked, { headers: { accept: ${JSON.stringify(columnsType)} } });
  if (!answer.ok) return;
  const data = await answer.arrayBuffer();
  frame.contentWindow.postMessage({ type: "columns", data }, location.origin, [data]);
}
addEventListener("message", (event) => {
  if (event.source !== frame.contentWindow) return;
  if (event.data.type === "refresh") return void refresh();
  fetch("/messages", { method: "POST", body: JSON.stringify(event.data) });
});
new EventSource("/events").onmessage = (event) => frame.contentWindow.postMessage(JSON.parse(event.data), location.origin);
</script></body></html>`;
}
