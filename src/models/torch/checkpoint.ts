/** @file PyTorch checkpoints (`.pt`, `.pth`, `.bin`): read tensor by tensor, nothing executed. */
import { DataError } from "../../data/errors.ts";
import { type DType, type Tensor, type TypedArray, tensor } from "../../engine/index.ts";
import { type ByteSource, openSource } from "../byte-source.ts";
import { checkpointHost, TORCH_TYPES, TorchTensor, type TorchType } from "./allowed.ts";
import { PickleRecord, PickleTuple, readPickle } from "./pickle.ts";
import { entryStart, readZip, type ZipEntry } from "./zip.ts";

/** Settings of `openTorch` and `readTorch`. */
export interface TorchOptions {
  /** Only what stands under this key of the checkpoint, e.g. "state_dict"; names begin below it. */
  readonly under?: string;
  /** Further classes (`argparse.Namespace`) that are read as records of their state. */
  readonly inert?: readonly string[];
  /** The most memory that all tensors together may take; by default 4 times the file and 64 MiB. */
  readonly maxBytes?: number;
}

/** What is known of a tensor before it is read. */
export interface TorchTensorInfo {
  readonly shape: readonly number[];
  readonly type: TorchType;
  /** Bytes in memory. */
  readonly bytes: number;
}

/** An open checkpoint. */
export interface TorchCheckpoint {
  /** Tensors by their place, names joined by dots. */
  readonly tensors: ReadonlyMap<string, TorchTensorInfo>;
  /** What stands beside the tensors, by place: numbers, texts, booleans, null. */
  readonly values: ReadonlyMap<string, unknown>;
  /** Reads one tensor. @throws DataError where the file is damaged */
  read(name: string): Promise<Tensor>;
  close(): Promise<void>;
}

const EXPECTED = "a PyTorch checkpoint";
const MAX_PICKLE_BYTES = 512 * 2 ** 20;
const MAX_VALUES = 2_000_000;
const MAX_DEPTH = 100;

/** What holds each element type here; int8 and int16 are widened, bfloat16 becomes float32. */
const DTYPES: Readonly<Record<TorchType, DType>> = {
  float32: "float32",
  float64: "float64",
  float16: "float16",
  bfloat16: "float32",
  int64: "int64",
  int32: "int32",
  int16: "int32",
  int8: "int32",
  uint8: "uint8",
  bool: "bool",
};

/**
 * Opens a checkpoint and reads its directory. Pickles are not executed: calls of anything but
 * tensors and containers are refused.
 * @throws DataError where the file is missing, damaged, of the format before version 1.6, or asks
 *   for calls that are not allowed
 */
export async function openTorch(
  source: string | URL | Uint8Array,
  options: TorchOptions = {},
): Promise<TorchCheckpoint> {
  const file = await openSource(source, EXPECTED);
  try {
    return await openSourceFile(file, options);
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Reads all tensors of a checkpoint. @throws DataError as `openTorch` */
export async function readTorch(
  source: string | URL | Uint8Array,
  options: TorchOptions = {},
): Promise<Map<string, Tensor>> {
  const checkpoint = await openTorch(source, options);
  try {
    const tensors = new Map<string, Tensor>();
    for (const name of checkpoint.tensors.keys()) tensors.set(name, await checkpoint.read(name));
    return tensors;
  } finally {
    await checkpoint.close();
  }
}

async function openSourceFile(
  file: ByteSource,
  { under, inert = [], maxBytes = 4 * file.size + 64 * 2 ** 20 }: TorchOptions,
): Promise<TorchCheckpoint> {
  await refuseOldFormat(file);
  const entries = await readZip(file);
  const pickle = [...entries.values()].find((e) => /(^|\/)data\.pkl$/.test(e.name));
  if (!pickle) throw malformed(file, "an archive with data.pkl", "another archive");
  const root = pickle.name.slice(0, -"data.pkl".length);
  if (entries.has(`${root}constants.pkl`)) {
    const hint = "Save model.state_dict() with torch.save instead.";
    throw malformed(file, "a checkpoint", "a TorchScript program", hint);
  }
  await refuseBigEndian(file, entries.get(`${root}byteorder`));
  if (pickle.size > MAX_PICKLE_BYTES)
    throw malformed(file, `a pickle of at most ${MAX_PICKLE_BYTES} bytes`, `${pickle.size}`);
  const bytes = await file.read(await entryStart(file, pickle), pickle.size);
  const tree = readPickle(bytes, checkpointHost(file.name, inert));
  const found = collect(file, below(file, tree, under));
  const infos = new Map([...found.tensors].map(([name, t]) => [name, infoOf(file, name, t)]));
  const total = [...infos.values()].reduce((sum, info) => sum + info.bytes, 0);
  if (total > maxBytes) {
    const hint = "Views may share what is stored once; raise { maxBytes } if that is meant.";
    throw malformed(file, `tensors of at most ${maxBytes} bytes in all`, `${total}`, hint);
  }
  return {
    tensors: infos,
    values: found.values,
    async read(name) {
      const view = found.tensors.get(name);
      if (!view) throw malformed(file, `a tensor called ${name}`, "none of that name");
      const entry = entries.get(`${root}data/${view.storage.key}`);
      if (!entry) throw malformed(file, `the elements of ${name}`, "none in the archive");
      return readView(file, entry, name, view);
    },
    close: () => file.close(),
  };
}

/** Before version 1.6, a checkpoint was a row of pickles that begins with this number. */
async function refuseOldFormat(file: ByteSource): Promise<void> {
  if (file.size === 0) throw malformed(file, "an archive", "nothing: it is empty");
  const head = await file.read(0, Math.min(4, file.size));
  if (head[0] === 0x80 && head[2] === 0x8a) {
    const hint = "Load it in PyTorch and save it again.";
    throw malformed(file, "the zip format of PyTorch 1.6 and later", "the older format", hint);
  }
}

async function refuseBigEndian(file: ByteSource, entry: ZipEntry | undefined): Promise<void> {
  if (!entry || entry.size > 16) return;
  const order = new TextDecoder().decode(
    await file.read(await entryStart(file, entry), entry.size),
  );
  if (order.trim() === "big") throw malformed(file, "little-endian elements", "big-endian ones");
}

function below(file: ByteSource, tree: unknown, under: string | undefined): unknown {
  if (under === undefined) return tree;
  if (tree instanceof Map && tree.has(under)) return tree.get(under);
  const keys = tree instanceof Map ? [...tree.keys()].map(String).slice(0, 12).join(", ") : "none";
  throw malformed(file, `a key ${JSON.stringify(under)}`, `the keys ${keys}`);
}

interface Found {
  readonly tensors: Map<string, TorchTensor>;
  readonly values: Map<string, unknown>;
}

/** Names every tensor and value of a tree by its place; shared parts may not make it endless. */
function collect(file: ByteSource, root: unknown): Found {
  const found: Found = { tensors: new Map(), values: new Map() };
  let visited = 0;
  const visit = (value: unknown, path: string, depth: number): void => {
    visited++;
    if (visited > MAX_VALUES || depth > MAX_DEPTH)
      throw malformed(file, "values that end", "a structure that contains itself, or too much");
    const enter = (key: unknown, part: unknown): void =>
      visit(part, path === "" ? String(key) : `${path}.${String(key)}`, depth + 1);
    if (value instanceof TorchTensor) found.tensors.set(path, value);
    else if (value instanceof Map) for (const [key, part] of value) enter(simple(key), part);
    else if (Array.isArray(value)) for (const [i, part] of value.entries()) enter(i, part);
    else if (value instanceof PickleTuple) for (const [i, p] of value.items.entries()) enter(i, p);
    else if (value instanceof PickleRecord) visit(value.state, path, depth + 1);
    else if (isSimple(value)) found.values.set(path, value);
  };
  visit(root, "", 0);
  return found;
}

function isSimple(value: unknown): boolean {
  return value === null || ["number", "bigint", "string", "boolean"].includes(typeof value);
}

function simple(key: unknown): string {
  return isSimple(key) ? String(key) : "?";
}

function infoOf(file: ByteSource, name: string, { shape, type }: TorchTensor): TorchTensorInfo {
  const count = shape.reduce((n, d) => n * d, 1);
  if (!Number.isSafeInteger(count))
    throw malformed(file, `sizes of ${name} that fit into memory`, `[${shape.join(", ")}]`);
  const wide = DTYPES[type] === "int32" || type === "bfloat16";
  return { shape, type, bytes: count * (wide ? 4 : TORCH_TYPES[type]) };
}

async function readView(
  file: ByteSource,
  entry: ZipEntry,
  name: string,
  { type, offset, shape, strides }: TorchTensor,
): Promise<Tensor> {
  const width = TORCH_TYPES[type];
  const count = shape.reduce((n, d) => n * d, 1);
  const last = shape.reduce((at, d, i) => at + (d - 1) * strides[i], offset);
  const end = (count === 0 ? offset : last + 1) * width;
  if (!(count === 0 || end <= entry.size)) {
    throw malformed(file, `${end} bytes of ${name}`, `${entry.size} in ${entry.name}`);
  }
  const options = { shape, dtype: DTYPES[type] };
  if (count === 0) return tensor(elements(type, new Uint8Array(0).buffer), options);
  const start = await entryStart(file, entry);
  const bytes = await file.read(start + offset * width, end - offset * width);
  const whole = last + 1 - offset === count && isContiguous(shape, strides);
  const data = whole ? bytes : gathered(bytes, width, shape, strides);
  return tensor(elements(type, data.buffer), options);
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1 && strides[i] !== step) return false;
    step *= shape[i];
  }
  return true;
}

/** The elements in row-major order. */
function gathered(
  bytes: Uint8Array,
  width: number,
  shape: readonly number[],
  strides: readonly number[],
): Uint8Array<ArrayBuffer> {
  const count = shape.reduce((n, d) => n * d, 1);
  const out = new Uint8Array(count * width);
  const index = new Array<number>(shape.length).fill(0);
  let from = 0;
  for (let o = 0; o < count; o++) {
    for (let b = 0; b < width; b++) out[o * width + b] = bytes[from * width + b];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++index[axis] < shape[axis]) break;
      from -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return out;
}

function elements(type: TorchType, buffer: ArrayBuffer): TypedArray {
  switch (type) {
    case "float32":
      return new Float32Array(buffer);
    case "float64":
      return new Float64Array(buffer);
    case "float16":
      return new Uint16Array(buffer);
    case "bfloat16":
      return new Float32Array(Uint32Array.from(new Uint16Array(buffer), (h) => h << 16).buffer);
    case "int64":
      return new BigInt64Array(buffer);
    case "int32":
      return new Int32Array(buffer);
    case "int16":
      return Int32Array.from(new Int16Array(buffer));
    case "int8":
      return Int32Array.from(new Int8Array(buffer));
    default:
      return new Uint8Array(buffer);
  }
}

function malformed(file: ByteSource, expected: string, received: string, hint?: string): DataError {
  return new DataError({
    code: "malformed",
    path: file.name,
    expected,
    received,
    ...(hint ? { hint } : {}),
  });
}
