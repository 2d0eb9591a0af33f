/** @file The weights of a TensorFlow.js model: `model.json` lists them, shards beside it hold them. */
import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { DataError } from "../../data/errors.ts";
import { type DType, type Tensor, tensor } from "../../engine/index.ts";

const MAX_JSON_BYTES = 64 * 2 ** 20;

const quantization = z.object({
  dtype: z.enum(["uint8", "uint16", "float16"]),
  scale: z.number().optional(),
  min: z.number().optional(),
  original_dtype: z.string().optional(),
});

const manifest = z.array(
  z.object({
    paths: z.array(z.string()),
    weights: z.array(
      z.object({
        name: z.string(),
        shape: z.array(z.number().int().nonnegative()),
        dtype: z.enum(["float32", "int32", "bool"]),
        quantization: quantization.optional(),
      }),
    ),
  }),
);

/** A `model.json` of TensorFlow.js whose weights are checked; the topology is for its importer to read. */
export interface TfjsFile {
  readonly path: string;
  readonly topology: unknown;
  readonly weights: ReadonlyMap<string, Tensor>;
}

type Group = z.infer<typeof manifest>[number];
type Entry = Group["weights"][number];

/**
 * Reads `model.json` and its weight shards, which lie beside it. Quantized weights become float32.
 * @throws DataError that names the file and what is wrong with it
 */
export async function readTfjs(path: string): Promise<TfjsFile> {
  const json = await readJson(path);
  const parsed = manifest.safeParse(json.weightsManifest);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = `weightsManifest${issue!.path.map((part) => `.${String(part)}`).join("")}`;
    const expected = "a list of weight groups";
    throw new DataError({ code: "malformed", path, field, expected, received: issue!.message });
  }
  const weights = new Map<string, Tensor>();
  for (const group of parsed.data) await readGroup(path, group, weights);
  return { path, topology: json.modelTopology, weights };
}

async function readJson(path: string): Promise<Record<string, unknown>> {
  const expected = "the model.json of a TensorFlow.js model";
  try {
    const { size } = await stat(path);
    if (size > MAX_JSON_BYTES) {
      const received = `${size} bytes`;
      const limitBytes = MAX_JSON_BYTES;
      throw new DataError({ code: "file-too-large", path, expected, received, limitBytes });
    }
    const json: unknown = JSON.parse(await readFile(path, "utf8"));
    if (typeof json === "object" && json !== null) return json as Record<string, unknown>;
    throw new SyntaxError(`JSON of type ${typeof json}`);
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    const received = missing ? "no such file" : (cause as Error).message;
    const code = missing ? "file-missing" : "malformed";
    throw new DataError({ code, path, expected, received }, { cause });
  }
}

async function readGroup(path: string, group: Group, into: Map<string, Tensor>): Promise<void> {
  const shards = await Promise.all(group.paths.map((name) => readShard(path, name)));
  const bytes = Buffer.concat(shards);
  const needed = group.weights.reduce((sum, entry) => sum + byteLength(entry), 0);
  if (needed !== bytes.length) {
    throw new DataError({
      code: "truncated",
      path,
      field: group.paths.join(", "),
      expected: `${needed} bytes of weights`,
      received: `${bytes.length}`,
      expectedBytes: needed,
      receivedBytes: bytes.length,
    });
  }
  let at = 0;
  for (const entry of group.weights) {
    const length = byteLength(entry);
    // Each weight is a copy of its own: arrays of numbers must begin at a multiple of their size.
    const own = new Uint8Array(bytes.subarray(at, at + length));
    into.set(entry.name, decode(path, entry, own));
    at += length;
  }
}

async function readShard(path: string, name: string): Promise<Buffer> {
  if (name !== basename(name) || name === ".." || name.includes("\\")) {
    const expected = "shards beside model.json";
    const received = JSON.stringify(name);
    const field = "weightsManifest.paths";
    throw new DataError({ code: "malformed", path, field, expected, received });
  }
  const shard = join(dirname(path), name);
  return readFile(shard).catch((cause: NodeJS.ErrnoException) => {
    const expected = `a weight shard of ${basename(path)}`;
    const received = cause.message;
    throw new DataError({ code: "file-missing", path: shard, expected, received }, { cause });
  });
}

const ITEM_BYTES = { float32: 4, int32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2 } as const;

function countOf({ shape }: Entry): number {
  return shape.reduce((count, size) => count * size, 1);
}

function byteLength(entry: Entry): number {
  return countOf(entry) * ITEM_BYTES[entry.quantization?.dtype ?? entry.dtype];
}

function decode(path: string, entry: Entry, { buffer }: Uint8Array<ArrayBuffer>): Tensor {
  const { shape, dtype, quantization: q } = entry;
  if (q === undefined) {
    const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;
    return tensor(new arrays[dtype](buffer), { shape, dtype: dtype as DType });
  }
  if (q.dtype === "float16") {
    return tensor(new Uint16Array(buffer), { shape, dtype: "float16" }).cast("float32");
  }
  const { scale, min } = q;
  if (scale === undefined || min === undefined) {
    const field = `weights of ${entry.name}`;
    const expected = "a scale and a minimum of the quantization";
    const received = JSON.stringify(q);
    throw new DataError({ code: "malformed", path, field, expected, received });
  }
  const steps = q.dtype === "uint8" ? new Uint8Array(buffer) : new Uint16Array(buffer);
  const values = Float32Array.from(steps, (step) => step * scale + min);
  const real = tensor(values, { shape });
  return dtype === "float32" ? real : real.round().cast(dtype);
}
