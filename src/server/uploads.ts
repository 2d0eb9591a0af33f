// Data files from a browser or a client: streamed to the data folder, bounded, and looked at while they pass.
import { randomBytes } from "node:crypto";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { syncFolder } from "../data/atomic-file.ts";
import type { PathUse, Store } from "../lab/index.ts";
import { ApiError } from "./errors.ts";
import { DepthMeter, maxDepth } from "./json.ts";

/** Files above this many bytes are refused unless the server is told otherwise. */
export const defaultUploadLimit = 1_024 * 2 ** 20;

const extensions = new Set(
  ".csv .tsv .json .jsonl .ndjson .parquet .txt .png .jpg .jpeg .webp .wav .onnx .safetensors".split(
    " ",
  ),
);

/** How archives and packed files begin; what they hold is not bounded by what they weigh. */
const packed: readonly [string, string][] = [
  ["zip", "504b0304"],
  ["zip", "504b0506"],
  ["gzip", "1f8b"],
  ["bzip2", "425a68"],
  ["xz", "fd377a585a00"],
  ["zstd", "28b52ffd"],
  ["7z", "377abcaf271c"],
  ["rar", "526172211a07"],
];

const query = z.object({ name: z.string().min(1).max(200) });

/** Adds `POST /api/uploads?name=mails.csv` with the file as the body. */
export async function addUploads(app: FastifyInstance, store: Store, limit: number): Promise<void> {
  // In a scope of its own: no other route takes a body that is not JSON.
  await app.register(async (scope) => {
    scope.addContentTypeParser(
      "application/octet-stream",
      { bodyLimit: limit },
      (_request, payload, done) => done(null, payload),
    );
    addRoute(scope, store, limit);
  });
}

function addRoute(app: FastifyInstance, store: Store, limit: number): void {
  app.post("/api/uploads", { bodyLimit: limit }, async (request, reply) => {
    const name = cleanName(query.parse(request.query).name);
    const body = request.body;
    if (!(body instanceof Readable)) {
      throw new ApiError(415, "bad_request", "Send the file as application/octet-stream.");
    }
    if (Number(request.headers["content-length"] ?? 0) > limit) throw tooLarge(limit);
    const id = randomBytes(8).toString("hex");
    const folder = join(store.folder, "uploads");
    const incoming = join(folder, `.${id}.tmp`);
    await mkdir(folder, { recursive: true });
    const inspector = new Inspector(name, limit);
    try {
      await receive(body, inspector, incoming);
      await mkdir(join(folder, id));
      await rename(incoming, join(folder, id, name));
      await syncFolder(join(folder, id));
      await syncFolder(folder);
    } catch (error) {
      await rm(incoming, { force: true });
      // What is still to come is not waited for.
      reply.header("connection", "close");
      throw error;
    }
    reply.code(201);
    return { file: `upload:${id}/${name}`, name, bytes: inspector.bytes };
  });
}

/**
 * The path behind `upload:<id>/<name>` or `run:<id>/<artifact>`: the only files that a request can name,
 * so that no client reads the rest of the disk through a lab, or writes there. A folder is that of
 * artifacts whose names begin alike, `run:<id>/model`.
 */
export async function resolveRemoteFile(
  store: Store,
  given: string,
  use: PathUse,
): Promise<string> {
  if (use === "write-path") {
    throw new Error("is for commands: over HTTP, what a run makes are its artifacts");
  }
  if (use === "path") {
    const [, run, name] = /^run:([0-9a-z]{10})\/(.+)$/.exec(given) ?? [];
    const artifacts = run === undefined ? [] : ((await store.run(run))?.artifacts ?? []);
    if (artifacts.some((one) => one.name.startsWith(`${name}/`))) {
      return join(store.runFolder(run!), "artifacts", name!);
    }
    throw new Error('must be a folder of a run\'s artifacts, e.g. "run:<id>/model"');
  }
  const upload = /^upload:([0-9a-f]{16})\/([^/\\]+)$/.exec(given);
  if (upload && cleanName(upload[2]) === upload[2]) {
    const path = join(store.folder, "uploads", upload[1], upload[2]);
    if ((await stat(path).catch(() => undefined))?.isFile()) return path;
    throw new Error(`there is no upload ${given}`);
  }
  const artifact = /^run:([0-9a-z]{10})\/(.+)$/.exec(given);
  const found = artifact && (await store.artifact(artifact[1], artifact[2]));
  if (found) return found.path;
  throw new Error('must be an upload ("upload:…", see POST /api/uploads) or "run:<id>/<artifact>"');
}

/** A plain file name with an ending that some reader knows. */
function cleanName(given: string): string {
  const name = given
    .normalize("NFKC")
    .replace(/^.*[\\/]/, "")
    .replace(/[^\p{L}\p{N}._ -]/gu, "_")
    .replace(/^[. ]+/, "");
  if (extensions.has(extname(name).toLowerCase())) return name;
  const known = [...extensions].join(" ");
  throw new ApiError(415, "unknown_format", `name: files end in one of ${known}.`, "name");
}

function tooLarge(limit: number): ApiError {
  const mebibytes = Math.round(limit / 2 ** 20);
  return new ApiError(413, "too_large", `Files of more than ${mebibytes} MiB are refused.`);
}

/** Writes a body to a file. The body is left open when it is refused, so that an answer can be sent. */
async function receive(body: Readable, inspector: Inspector, path: string): Promise<void> {
  const file = await open(path, "wx");
  try {
    for await (const chunk of body.iterator({ destroyOnReturn: false })) {
      inspector.look(chunk as Buffer);
      await file.write(chunk as Buffer);
    }
    if (inspector.bytes === 0) throw new ApiError(400, "empty_file", "The file is empty.");
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Looks at bytes as they come; refuses too many, packed files, and JSON nested too deeply. */
class Inspector {
  bytes = 0;
  readonly #limit: number;
  readonly #depth: DepthMeter | undefined;
  #head = Buffer.alloc(0);

  constructor(name: string, limit: number) {
    this.#limit = limit;
    if (/\.(json|jsonl|ndjson)$/i.test(name)) this.#depth = new DepthMeter();
  }

  look(chunk: Buffer): void {
    this.bytes += chunk.byteLength;
    if (this.bytes > this.#limit) throw tooLarge(this.#limit);
    if (this.#head.byteLength < 8) {
      this.#head = Buffer.concat([this.#head, chunk.subarray(0, 8)]);
      const start = this.#head.toString("hex");
      const kind = packed.find(([, mark]) => start.startsWith(mark))?.[0];
      if (kind) {
        throw new ApiError(415, "packed_file", `The file is packed (${kind}); unpack it first.`);
      }
    }
    if (this.#depth && this.#depth.add(chunk) > maxDepth) {
      throw new ApiError(400, "too_deep", `The JSON is nested more than ${maxDepth} deep.`);
    }
  }
}
