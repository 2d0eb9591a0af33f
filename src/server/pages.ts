// Serves the Studio's bundle from memory: only files that were there at the start have an address.
import { readdir, readFile } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import type { FastifyInstance, FastifyReply } from "fastify";

const types: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

/** Paths of the Studio's own pages; each is the same document, which finds its way by the address. */
const pages = [
  "/",
  "/runs",
  "/runs/:id",
  "/labs/:id",
  "/projects/:name",
  "/compare",
  "/models",
  "/data",
  "/labelling",
  "/labelling/:id",
];

/** Adds the files of the bundle in `folder` and the addresses of the Studio's pages. */
export async function addPages(app: FastifyInstance, folder: string): Promise<void> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile() && extname(entry.name) in types);
  for (const entry of files) {
    const path = join(entry.parentPath, entry.name);
    const bytes = await readFile(path);
    const name = relative(folder, path).split(sep).join("/");
    // Names in assets/ carry a hash of their content.
    const cache = name.startsWith("assets/") ? "public, max-age=31536000, immutable" : "no-cache";
    const send = (reply: FastifyReply) =>
      reply.type(types[extname(name)]).header("cache-control", cache).send(bytes);
    if (name === "index.html") {
      for (const page of pages) app.get(page, (_request, reply) => send(reply));
    } else {
      app.get(`/${name}`, (_request, reply) => send(reply));
    }
  }
}
