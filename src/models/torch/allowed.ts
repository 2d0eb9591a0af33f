/** @file The classes and functions that a PyTorch checkpoint may name, and what stands for them here. */
import { DataError } from "../../data/errors.ts";
import { PickleGlobal, type PickleHost, PickleRecord, PickleTuple } from "./pickle.ts";

/** Element types by what PyTorch calls them, with their bytes. */
export const TORCH_TYPES = {
  float32: 4,
  float64: 8,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
} as const;

/** A PyTorch element type. */
export type TorchType = keyof typeof TORCH_TYPES;

/** The elements behind tensors, which may share them. */
export class TorchStorage {
  /** The name of its entry in the archive. */
  readonly key: string;
  readonly type: TorchType | null;
  /** Number of elements (of bytes, without a type). */
  readonly length: number;

  constructor(key: string, type: TorchType | null, length: number) {
    this.key = key;
    this.type = type;
    this.length = length;
  }
}

/** A tensor in a checkpoint: a view on a storage. */
export class TorchTensor {
  readonly storage: TorchStorage;
  readonly type: TorchType;
  /** All three count elements. */
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];

  constructor(
    storage: TorchStorage,
    type: TorchType,
    offset: number,
    shape: readonly number[],
    strides: readonly number[],
  ) {
    this.storage = storage;
    this.type = type;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
}

const STORAGES: Readonly<Record<string, TorchType>> = {
  FloatStorage: "float32",
  DoubleStorage: "float64",
  HalfStorage: "float16",
  BFloat16Storage: "bfloat16",
  LongStorage: "int64",
  IntStorage: "int32",
  ShortStorage: "int16",
  CharStorage: "int8",
  ByteStorage: "uint8",
  BoolStorage: "bool",
};

type Call = (args: readonly unknown[], fail: (received: string) => DataError) => unknown;

const dictionary: Call = ([pairs]) => {
  if (pairs instanceof Map) return new Map(pairs);
  const list = pairs instanceof PickleTuple ? pairs.items : Array.isArray(pairs) ? pairs : [];
  return new Map(
    list.map(
      (pair: unknown) => (pair instanceof PickleTuple ? pair.items : []) as [unknown, unknown],
    ),
  );
};

const items = (value: unknown): readonly unknown[] =>
  value instanceof PickleTuple ? value.items : Array.isArray(value) ? value : [];

function sizes(value: unknown): number[] | null {
  const list = items(value);
  const whole = list.every((n) => Number.isSafeInteger(n) && (n as number) >= 0);
  return whole ? (list as number[]) : null;
}

function tensorOf(
  storage: unknown,
  offset: unknown,
  size: unknown,
  stride: unknown,
  type: TorchType | null,
): TorchTensor | null {
  const [shape, strides] = [sizes(size), sizes(stride)];
  if (!(storage instanceof TorchStorage) || !shape || !strides) return null;
  const own = type ?? storage.type;
  if (!own || !Number.isSafeInteger(offset) || (offset as number) < 0) return null;
  if (shape.length !== strides.length) return null;
  return new TorchTensor(storage, own, offset as number, shape, strides);
}

const rebuild: Call = ([storage, offset, size, stride], fail) => {
  const tensor = tensorOf(storage, offset, size, stride, null);
  if (!tensor) throw fail("a tensor whose storage, sizes or strides make no sense");
  return tensor;
};

const CALLS: Readonly<Record<string, Call>> = {
  "collections.OrderedDict": dictionary,
  "collections.defaultdict": ([, pairs], fail) => dictionary([pairs], fail),
  "collections.Counter": dictionary,
  "builtins.dict": dictionary,
  "builtins.set": ([list]) => new Set(items(list)),
  "__builtin__.set": ([list]) => new Set(items(list)),
  "torch.Size": ([list]) => new PickleTuple(items(list)),
  "torch.device": ([name]) => String(name),
  "torch._utils._rebuild_tensor": rebuild,
  "torch._utils._rebuild_tensor_v2": rebuild,
  "torch._utils._rebuild_tensor_v3": ([storage, offset, size, stride, , , type], fail) => {
    const known = type instanceof PickleGlobal ? typeNamed(type.name) : null;
    const tensor = known && tensorOf(storage, offset, size, stride, known);
    if (!tensor) throw fail("a tensor of an unknown element type");
    return tensor;
  },
  "torch._utils._rebuild_parameter": ([data]) => data,
  "torch._utils._rebuild_parameter_with_state": ([data]) => data,
  // Bytes in protocol 2 are text that is to be encoded.
  "_codecs.encode": ([text]) => Uint8Array.from(String(text), (c) => c.charCodeAt(0)),
};

function typeNamed(name: string): TorchType | null {
  const short = name.replace(/^torch\./, "");
  return Object.hasOwn(TORCH_TYPES, short) ? (short as TorchType) : null;
}

/** Names that stand for themselves: element types, storage classes, types of dictionary values. */
function isPlainName(name: string): boolean {
  if (typeNamed(name)) return true;
  if (
    /^torch(\.storage)?\.\w+$/.test(name) &&
    Object.hasOwn(STORAGES, name.split(".").at(-1) as string)
  )
    return true;
  return [
    "torch.storage.UntypedStorage",
    "torch.storage.TypedStorage",
    "torch.UntypedStorage",
    "builtins.int",
    "builtins.float",
    "builtins.list",
    "__builtin__.int",
    "__builtin__.list",
  ].includes(name);
}

/** What a checkpoint's pickle may do. `inert` names further classes that are read as plain records. */
export function checkpointHost(source: string, inert: readonly string[]): PickleHost {
  const refuse = (expected: string, received: string, hint?: string): DataError =>
    new DataError({
      code: "malformed",
      path: source,
      field: "pickle",
      expected,
      received,
      ...(hint ? { hint } : {}),
    });
  return {
    source,
    global(name) {
      if (Object.hasOwn(CALLS, name) || isPlainName(name) || inert.includes(name))
        return new PickleGlobal(name);
      throw refuse(
        "tensors, numbers, texts and containers of them",
        `a call of ${JSON.stringify(name.slice(0, 80))}, which nothing here executes`,
        "If it is a plain data class of a file you trust, name it in { inert: [...] } to have it " +
          "read as a record; else save the state_dict() alone.",
      );
    },
    call(callee, args) {
      const name = callee instanceof PickleGlobal ? callee.name : "";
      if (inert.includes(name)) return new PickleRecord(name, args);
      if (!Object.hasOwn(CALLS, name)) throw refuse("a call of an allowed class", "another call");
      return CALLS[name](args, (received) => refuse("tensors", received));
    },
    persistent(id) {
      const [kind, type, key, , length] = items(id);
      const name = type instanceof PickleGlobal ? (type.name.split(".").at(-1) as string) : "";
      const typed = STORAGES[name] ?? null;
      const known = typed !== null || name === "UntypedStorage";
      if (kind !== "storage" || !known || typeof key !== "string" || !Number.isSafeInteger(length))
        throw refuse("references to storages", "another reference");
      return new TorchStorage(key, typed, length as number);
    },
  };
}
