/** @file Safetensors files read one tensor at a time, alone or in shards with an index. */
import { DataError } from "../data/errors.ts";
import {
  decodeHeader,
  decodeTensor,
  headerLength,
  PREFIX_BYTES,
  type SafetensorsEntry,
} from "../data/safetensors.ts";
import { cast, type Tensor, tensor } from "../engine/index.ts";
import { type ByteSource, openSource } from "./byte-source.ts";
import { widenFloat16 } from "./onnx/tensor-data.ts";

/** What is known of a tensor before it is read. */
export interface StoredTensorInfo {
  readonly shape: readonly number[];
  /** The format's code, e.g. F32, F16, BF16, I64. */
  readonly code: string;
  /** Bytes in the file. */
  readonly bytes: number;
}

/** How one tensor is read. */
export interface ReadTensorOptions {
  /** Float tensors become this dtype; by default float16 stays and bfloat16 becomes float32. */
  readonly floats?: "float32" | "float16";
}

/** Open safetensors: only what is read takes memory. */
export interface SafetensorsFile {
  readonly tensors: ReadonlyMap<string, StoredTensorInfo>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Reads one tensor. @throws DataError for unknown names and damaged files */
  read(name: string, options?: ReadTensorOptions): Promise<Tensor>;
  close(): Promise<void>;
}

const EXPECTED = "a safetensors file";
const MAX_INDEX_BYTES = 256 * 2 ** 20;

/**
 * Opens a safetensors file, or an index (`model.safetensors.index.json`) with its shards beside it.
 * @throws DataError where a file is missing, cut short, damaged, or its tensors overlap
 */
export async function openSafetensors(source: string | URL | Uint8Array): Promise<SafetensorsFile> {
  const path = source instanceof Uint8Array ? "" : String(source);
  return path.endsWith(".json") ? openIndex(source as string | URL) : openOne(source);
}

interface Placed extends SafetensorsEntry {
  readonly start: number;
}

async function openOne(source: string | URL | Uint8Array): Promise<SafetensorsFile> {
  const file = await openSource(source, EXPECTED);
  try {
    const { name, size } = file;
    const prefix = await file.read(0, Math.min(size, PREFIX_BYTES));
    const start = PREFIX_BYTES + headerLength(prefix, size, name);
    const header = await file.read(PREFIX_BYTES, start - PREFIX_BYTES);
    const { entries, metadata } = decodeHeader(header, size - start, name);
    refuseOverlaps(file, entries);
    const placed = new Map(entries.map((e): [string, Placed] => [e.name, { ...e, start }]));
    return {
      tensors: new Map(entries.map((e) => [e.name, infoOf(e)])),
      metadata,
      async read(wanted, options = {}) {
        const entry = placed.get(wanted);
        if (!entry) throw unknownTensor(name, wanted);
        const [begin, end] = entry.offsets;
        const bytes = await file.read(entry.start + begin, end - begin);
        return inDtype(decodeTensor(entry, bytes.buffer), options);
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function infoOf({ shape, dtype, offsets: [begin, end] }: SafetensorsEntry): StoredTensorInfo {
  return { shape, code: dtype, bytes: end - begin };
}

/** A few bytes may not stand for many tensors: reading them all would take any amount of memory. */
function refuseOverlaps(file: ByteSource, entries: readonly SafetensorsEntry[]): void {
  const ordered = [...entries].sort((a, b) => a.offsets[0] - b.offsets[0]);
  let end = 0;
  for (const { name, offsets } of ordered) {
    if (offsets[0] < end) {
      throw new DataError({
        code: "malformed",
        path: file.name,
        field: "safetensors header",
        expected: "tensors that do not overlap",
        received: `${name} at byte ${offsets[0]}, before the end of another at ${end}`,
      });
    }
    end = Math.max(end, offsets[1]);
  }
}

async function inDtype(t: Tensor, { floats }: ReadTensorOptions): Promise<Tensor> {
  const isFloat = t.dtype === "float32" || t.dtype === "float16" || t.dtype === "float64";
  if (!floats || !isFloat || t.dtype === floats) return t;
  if (t.dtype === "float16") {
    const bits = (await t.data()) as Uint16Array;
    return tensor(widenFloat16(bits), { shape: t.shape });
  }
  return cast(t, floats);
}

/** Shards are opened when something is read from them, and the last one stays open. */
async function openIndex(source: string | URL): Promise<SafetensorsFile> {
  const { basename, dirname, join } = await import("node:path");
  const { fileURLToPath } = await import("node:url");
  const path = source instanceof URL ? fileURLToPath(source) : source;
  const { shardOf, metadata } = await readIndex(path);
  for (const shard of new Set(shardOf.values())) {
    if (basename(shard) !== shard || shard === "..")
      throw malformedIndex(path, "shards in the folder of the index", JSON.stringify(shard));
  }
  const tensors = new Map<string, StoredTensorInfo>();
  for (const shard of new Set(shardOf.values())) {
    const file = await openOne(join(dirname(path), shard));
    for (const [name, info] of file.tensors)
      if (shardOf.get(name) === shard) tensors.set(name, info);
    await file.close();
  }
  const absent = [...shardOf.keys()].find((name) => !tensors.has(name));
  if (absent !== undefined)
    throw malformedIndex(path, `${absent} in ${shardOf.get(absent)}`, "a shard without it");
  let open: { shard: string; file: SafetensorsFile } | null = null;
  let last: Promise<unknown> = Promise.resolve();
  const readNow = async (name: string, options?: ReadTensorOptions): Promise<Tensor> => {
    const shard = shardOf.get(name);
    if (!shard) throw unknownTensor(path, name);
    if (open?.shard !== shard) {
      await open?.file.close();
      open = { shard, file: await openOne(join(dirname(path), shard)) };
    }
    return open.file.read(name, options);
  };
  return {
    tensors,
    metadata,
    // One after the other: two reads at a time would close each other's shard.
    read(name, options) {
      const result = last.then(() => readNow(name, options));
      last = result.catch(() => {});
      return result;
    },
    async close() {
      await last;
      await open?.file.close();
      open = null;
    },
  };
}

async function readIndex(
  path: string,
): Promise<{ shardOf: Map<string, string>; metadata: Record<string, string> }> {
  const file = await openSource(path, "an index of safetensors files");
  let text: string;
  try {
    if (file.size > MAX_INDEX_BYTES)
      throw malformedIndex(path, `at most ${MAX_INDEX_BYTES} bytes`, `${file.size}`);
    text = new TextDecoder().decode(await file.read(0, file.size));
  } finally {
    await file.close();
  }
  let parsed: { weight_map?: unknown; metadata?: unknown };
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw malformedIndex(path, "JSON", (error as Error).message);
  }
  const map = parsed?.weight_map;
  const entries = map && typeof map === "object" ? Object.entries(map) : [];
  const named = entries.length > 0 && entries.every(([, shard]) => typeof shard === "string");
  if (!named) throw malformedIndex(path, "weight_map: tensor names to file names", "none");
  const notes = parsed.metadata && typeof parsed.metadata === "object" ? parsed.metadata : {};
  const metadata = Object.fromEntries(Object.entries(notes).map(([k, v]) => [k, String(v)]));
  return { shardOf: new Map(entries as [string, string][]), metadata };
}

function unknownTensor(path: string, name: string): DataError {
  const expected = "the name of a tensor in it";
  return new DataError({ code: "value", path, expected, received: JSON.stringify(name) });
}

function malformedIndex(path: string, expected: string, received: string): DataError {
  return new DataError({ code: "malformed", path, field: "index", expected, received });
}
