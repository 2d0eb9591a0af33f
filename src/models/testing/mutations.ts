/** @file Damages files byte by byte and checks that reading them ends in a result or one clear error. */
import { DataError } from "../../data/errors.ts";
import { buildGraph } from "../../engine/graph.ts";
import {
  DTypeError,
  ShapeError,
  type Tensor,
  UnsupportedError,
  ValueError,
  zeros,
} from "../../engine/index.ts";
import { importOnnx } from "../onnx/import.ts";
import type { OnnxModel } from "../onnx/model.ts";
import { openSafetensors } from "../safetensors.ts";
import { readTorch } from "../torch/checkpoint.ts";

/** Numbers from a seed (mulberry32, Tommy Ettinger, public domain): the same mutations everywhere. */
export function randomOf(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** Values that lengths and sizes break on. */
const EXTREMES = [0, 1, 0x7f, 0x80, 0xfe, 0xff];

/** A damaged copy: a few bytes changed, or a part cut off, taken out, doubled or filled. */
export function mutate(bytes: Uint8Array, random: (below: number) => number): Uint8Array {
  const at = random(bytes.length);
  const length = 1 + random(Math.min(64, bytes.length - at));
  const kind = random(8);
  if (kind === 0) return new Uint8Array(bytes.subarray(0, at));
  if (kind === 1) return joined(bytes.subarray(0, at), bytes.subarray(at + length));
  if (kind === 2) return joined(bytes.subarray(0, at + length), bytes.subarray(at));
  const out = new Uint8Array(bytes);
  if (kind === 3) out.fill(EXTREMES[random(EXTREMES.length)], at, at + length);
  const changes = kind === 3 ? 0 : 1 + random(4);
  for (let i = 0; i < changes; i++) {
    const place = random(out.length);
    const extreme = random(2) === 0;
    out[place] = extreme ? EXTREMES[random(EXTREMES.length)] : out[place] ^ (1 << random(8));
  }
  return out;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const out = new Uint8Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}

/** A kind of file: an intact one, and all that a user would do with it. */
export interface FileKind {
  readonly name: string;
  readonly intact: Uint8Array;
  use(bytes: Uint8Array): Promise<unknown>;
}

/** Reads every tensor. */
export async function useSafetensors(bytes: Uint8Array): Promise<void> {
  const file = await openSafetensors(bytes);
  for (const name of file.tensors.keys()) await (await file.read(name)).data();
  await file.close();
}

/** Reads every tensor. */
export async function useTorch(bytes: Uint8Array): Promise<void> {
  for (const t of (await readTorch(bytes)).values()) await t.data();
}

/** Imports, traces, and computes what stays small. */
export async function useOnnx(bytes: Uint8Array): Promise<void> {
  const model = await importOnnx(bytes);
  const outputs = Object.values(model.call(inputsFor(model)));
  const { nodes } = buildGraph([], outputs);
  const sizes = nodes.flatMap((n) => n.outputs.map((t) => t.size));
  if (Math.max(0, ...sizes) > 100_000) return;
  for (const y of outputs) await y.data();
}

function inputsFor(model: OnnxModel): Record<string, Tensor> {
  const entries = model.inputs.map(({ name, dtype, shape }): [string, Tensor] => {
    const sizes = (shape ?? []).map((d) => (typeof d === "number" ? d : 2));
    return [name, zeros(sizes, dtype ?? "float32")];
  });
  return Object.fromEntries(entries);
}

/** What one mutation came to. */
export interface Survival {
  /** "read" where the damage did not matter. */
  readonly outcome: "read" | "refused" | "broken";
  readonly ms: number;
  /** The error where it is none that a user should see. */
  readonly problem: string | null;
}

const CLEAR = [DataError, ValueError, ShapeError, DTypeError, UnsupportedError];

/** Uses a damaged file. Any error but the toolkit's own, with a message on few lines, is a break. */
export async function survive(kind: FileKind, bytes: Uint8Array): Promise<Survival> {
  const start = performance.now();
  try {
    await kind.use(bytes);
    return { outcome: "read", ms: performance.now() - start, problem: null };
  } catch (error) {
    const ms = performance.now() - start;
    const clear = CLEAR.some((type) => error instanceof type) && (error as Error).message !== "";
    if (clear) return { outcome: "refused", ms, problem: null };
    const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { outcome: "broken", ms, problem };
  }
}
