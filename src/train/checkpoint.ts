/** @file A run's state on disk: one safetensors file, replaced whole, from which the run goes on bit for bit. */
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { readSafetensors, writeSafetensors } from "../data/safetensors-file.ts";
import { flattenTree, type Tensor, unflattenTree } from "../engine/index.ts";
import { TrainingError } from "./errors.ts";
import type { RunProgress } from "./run-progress.ts";

/** The trees of a run by name: model, optimizer, averages, best weights, random key. */
export type CheckpointTrees = Readonly<Record<string, unknown>>;

/** A checkpoint that was read. */
export interface Checkpoint {
  readonly path: string;
  readonly progress: RunProgress;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

const FORMAT = "deepdive-checkpoint";
const VERSION = 1;

/** Where the checkpoint of a folder is. */
export function checkpointPath(dir: string): string {
  return join(dir, "checkpoint.safetensors");
}

/** Writes a checkpoint over the one before. A crash leaves either of them whole. */
export async function saveCheckpoint(
  dir: string,
  trees: CheckpointTrees,
  progress: RunProgress,
): Promise<void> {
  await mkdir(dir, { recursive: true });
  const tensors = new Map<string, Tensor>();
  for (const [name, tree] of Object.entries(trees)) {
    const { leaves, paths } = flattenTree(tree);
    for (const [i, leaf] of leaves.entries()) tensors.set(treePath(name, paths[i]), leaf);
  }
  await writeSafetensors(checkpointPath(dir), tensors, {
    format: FORMAT,
    version: String(VERSION),
    progress: JSON.stringify(progress),
  });
}

function treePath(name: string, path: string): string {
  return path ? `${name}/${path}` : name;
}

/** The checkpoint of a folder, or null where there is none. @throws TrainingError where it is none of ours */
export async function loadCheckpoint(dir: string): Promise<Checkpoint | null> {
  const path = checkpointPath(dir);
  if (!(await stat(path).catch(() => null))) return null;
  const { tensors, metadata } = await readSafetensors(path);
  if (metadata.format !== FORMAT || metadata.version !== String(VERSION)) {
    const found = `${metadata.format ?? "no format"} version ${metadata.version ?? "?"}`;
    throw new TrainingError(
      "checkpoint",
      `${path}: expected a ${FORMAT} of version ${VERSION}, found ${found}. Use another folder.`,
    );
  }
  return { path, tensors, progress: JSON.parse(metadata.progress ?? "{}") as RunProgress };
}

/** The names below `name` in a checkpoint, as a record by path. */
export function recordFrom(checkpoint: Checkpoint, name: string): Record<string, Tensor> {
  const prefix = `${name}/`;
  const own = [...checkpoint.tensors].filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value]));
}

/**
 * A tree of the form of `tree` with the checkpoint's tensors.
 * @throws TrainingError where one is missing, too many or of another shape
 */
export function restoreTree<T>(checkpoint: Checkpoint, name: string, tree: T): T {
  const { leaves, paths, structure } = flattenTree(tree);
  const names = paths.map((path) => treePath(name, path));
  const known = new Set(names);
  const extra = [...checkpoint.tensors.keys()].find(
    (key) => (key === name || key.startsWith(`${name}/`)) && !known.has(key),
  );
  const fail = (what: string): never => {
    throw new TrainingError(
      "checkpoint",
      `${checkpoint.path} does not belong to this model and optimizer: ${what}. ` +
        "Build them as in the run that saved it, use another folder, or pass resume: false.",
    );
  };
  if (extra) fail(`it has ${extra}, which is not there now`);
  const restored = leaves.map((leaf, i) => {
    const saved = checkpoint.tensors.get(names[i]);
    if (!saved) return fail(`it lacks ${names[i]}`);
    if (saved.dtype !== leaf.dtype || saved.shape.join() !== leaf.shape.join()) {
      return fail(
        `${names[i]} is ${saved.dtype}[${saved.shape}] there, ${leaf.dtype}[${leaf.shape}] here`,
      );
    }
    return saved;
  });
  return unflattenTree(structure, restored) as T;
}
