// A few-shot classifier as a folder: `config.json`, and its head and trained encoder as safetensors.
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomically } from "../../data/atomic-file.ts";
import { DataError } from "../../data/errors.ts";
import { readSafetensors, writeSafetensors } from "../../data/safetensors-file.ts";
import { type Tensor, tensor } from "../../engine/index.ts";
import { UseLite } from "../../models/encoders/use-lite.ts";
import { UseLiteEncoder } from "../../models/encoders/use-lite-encoder.ts";
import type { Classifier, FewShotMethod } from "./api.ts";
import { makeClassifier } from "./classifier.ts";
import { defaultEncoder } from "./label-vectors.ts";

const FORMAT = "deepdive-few-shot";
const VERSION = 1;
const ENCODER = "encoder.";

/** `config.json`. */
interface Config {
  readonly format: typeof FORMAT;
  readonly version: number;
  readonly labels: readonly string[];
  readonly method: FewShotMethod;
  /** Whether the encoder was trained; its weights are then beside the head. */
  readonly tuned: boolean;
  readonly encoder: string;
}

/** Writes a classifier into a folder. The encoder's weights are written only where they were trained. */
export async function saveClassifier(classifier: Classifier, folder: string): Promise<void> {
  const { head, labels, method, encoder } = classifier;
  await mkdir(folder, { recursive: true });
  const tuned = encoder !== (await defaultEncoder()) && encoder instanceof UseLiteEncoder;
  const tensors = new Map<string, Tensor>([
    ["head.weights", tensor(head.weights, { shape: [encoder.dim, labels.length] })],
    ["head.bias", tensor(head.bias)],
  ]);
  if (tuned) {
    for (const [path, value] of encoder.module.stateDict()) tensors.set(ENCODER + path, value);
  }
  await writeSafetensors(join(folder, "weights.safetensors"), tensors);
  const config: Config = {
    format: FORMAT,
    version: VERSION,
    labels,
    method,
    tuned,
    encoder: encoder.name,
  };
  const text = `${JSON.stringify(config, null, 2)}\n`;
  await writeFileAtomically(join(folder, "config.json"), [new TextEncoder().encode(text)]);
}

/** Reads a classifier's folder. @throws DataError where it is none */
export async function loadClassifier(folder: string): Promise<Classifier> {
  const path = join(folder, "config.json");
  const config = await readConfig(path);
  const { tensors } = await readSafetensors(join(folder, "weights.safetensors"));
  const floats = async (name: string) => (await tensors.get(name)!.data()) as Float32Array;
  const head = { weights: await floats("head.weights"), bias: await floats("head.bias") };
  const base = await defaultEncoder();
  let encoder = base;
  if (config.tuned && base instanceof UseLiteEncoder) {
    const module = new UseLite();
    const own = [...tensors].filter(([name]) => name.startsWith(ENCODER));
    module.loadStateDict(new Map(own.map(([name, value]) => [name.slice(ENCODER.length), value])));
    encoder = new UseLiteEncoder(module, base.tokenizer);
  }
  return makeClassifier({ encoder, head, labels: config.labels, method: config.method });
}

async function readConfig(path: string): Promise<Config> {
  const text = await readFile(path, "utf8").catch(() => "");
  let config: Partial<Config> = {};
  try {
    config = JSON.parse(text) as Partial<Config>;
  } catch {
    // Reported below, as any other file would be.
  }
  if (config.format === FORMAT && config.version === VERSION) return config as Config;
  const received = text === "" ? "no such file" : "another file";
  throw new DataError({
    code: "malformed",
    path,
    expected: "the folder of a classifier that `deepdive zero-shot train` wrote",
    received,
  });
}
