/** @file A server that behaves, and misbehaves, like the Hugging Face hub. */
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** A file of the repository. */
export interface HubFile {
  path: string;
  content: Buffer;
  /** The checksum to announce, where it is not the truth. */
  digest?: string;
}

/** A request that the server got. */
export interface HubRequest {
  readonly url: string;
  readonly range: string | undefined;
  readonly token: string | undefined;
}

/** The server, and what can be changed about it while it runs. */
export interface HubServer {
  readonly url: string;
  files: HubFile[];
  /** The next answers for large files stop after so many bytes, one each; at 0 they end there. */
  breaks: number[];
  requests: HubRequest[];
  status: number;
  /** Ends the connection of an answer that has stopped: called when its bytes have arrived. */
  breakOff(): void;
  close(): void;
}

/** Files from this size on are announced with a SHA-256, as the hub does for large ones. */
const LARGE = 1000;

function entryOf({ path, content, digest }: HubFile): Record<string, unknown> {
  const size = content.length;
  const large = size > LARGE;
  const hash = createHash(large ? "sha256" : "sha1");
  if (!large) hash.update(`blob ${size}\0`);
  const oid = digest ?? hash.update(content).digest("hex");
  const lfs = large ? { lfs: { oid, size, pointerSize: 130 } } : {};
  return { type: "file", size, path, oid: large ? "pointer" : oid, ...lfs };
}

/** Serves the repository `name` on a port of this machine. */
export async function openHubServer(name: string, files: HubFile[]): Promise<HubServer> {
  let stopped: Socket | undefined;
  const server = createServer((request, response) => {
    const { range, authorization } = request.headers;
    const url = request.url ?? "";
    hub.requests.push({ url, range, token: authorization });
    if (hub.status !== 200) return void response.writeHead(hub.status).end("no");
    if (url.startsWith("/api/")) {
      response.setHeader("Content-Type", "application/json");
      return void response.end(JSON.stringify(hub.files.map(entryOf)));
    }
    const file = hub.files.find(({ path }) => url === `/${name}/resolve/main/${path}`);
    if (!file) return void response.writeHead(404).end();
    const from = Number(/bytes=(\d+)-/.exec(range ?? "")?.[1] ?? 0);
    const rest = file.content.subarray(from);
    const { length } = file.content;
    response.writeHead(from > 0 ? 206 : 200, {
      "Content-Length": rest.length,
      ...(from > 0 && { "Content-Range": `bytes ${from}-${length - 1}/${length}` }),
    });
    const cut = length > LARGE ? hub.breaks.shift() : undefined;
    if (cut === undefined) return void response.end(rest);
    if (cut === 0) return void request.socket.destroy();
    response.write(rest.subarray(0, cut));
    stopped = request.socket;
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const hub: HubServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    files,
    breaks: [],
    requests: [],
    status: 200,
    breakOff() {
      stopped?.destroy();
      stopped = undefined;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return hub;
}
