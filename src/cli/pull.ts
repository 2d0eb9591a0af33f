// `deepdive model pull` and `deepdive data pull`: what they print.
import type { PulledModel } from "../models/index.ts";
import { oneLine } from "./format.ts";
import { ProgressPrinter } from "./progress.ts";
import { stopSignal } from "./signals.ts";

/** Options of `model pull`. */
export interface ModelPullOptions {
  readonly files?: string;
  readonly revision?: string;
  readonly folder?: string;
  readonly json?: boolean;
}

/** Fetches a model and says where it lies. */
export async function modelPull(name: string, options: ModelPullOptions): Promise<void> {
  const { pullModel } = await import("../models/index.ts");
  const { files, revision, folder, json } = options;
  await withBar(json, async (tell, signal) => {
    const pulled: PulledModel = await pullModel(name, {
      ...(files !== undefined && { files: pattern(files) }),
      ...(revision !== undefined && { revision }),
      ...(folder !== undefined && { folder }),
      signal,
      onProgress: ({ file, done, total }) => tell(done, total, file),
    });
    const note = pulled.offline ? ["The hub cannot be reached: these files were there."] : [];
    return { note, pulled };
  });
}

function pattern(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    const reason = (error as Error).message;
    throw new Error(
      `--files: expected a regular expression, got ${JSON.stringify(text)}: ${reason}`,
    );
  }
}

/** Options of `data pull`. */
export interface DataPullOptions {
  readonly folder?: string;
  readonly json?: boolean;
}

/** Fetches a data set and says where it lies. */
export async function dataPull(name: string, { folder, json }: DataPullOptions): Promise<void> {
  const { pullData } = await import("../data/index.ts");
  await withBar(json, async (tell, signal) => {
    const pulled = await pullData(name, {
      ...(folder !== undefined && { folder }),
      signal,
      onProgress: (bytes) => tell(bytes, undefined, name),
    });
    return { note: [], pulled };
  });
}

interface Pulled {
  readonly folder: string;
  readonly files: readonly string[];
}

type Tell = (done: number, total: number | undefined, file: string) => void;

async function withBar(
  json: boolean | undefined,
  work: (tell: Tell, signal: AbortSignal) => Promise<{ note: string[]; pulled: Pulled }>,
): Promise<void> {
  const bar = new ProgressPrinter(process.stderr);
  const { signal, release } = stopSignal();
  const tell: Tell = (done, total, file) => {
    const size = `${megabytes(done)}${total === undefined ? "" : ` of ${megabytes(total)}`} MB`;
    const message = `${oneLine(file, 30)} ${size}`;
    bar.update({ phase: "fetch", message, done, ...(total !== undefined && { total }) });
  };
  let ok = false;
  try {
    const { note, pulled } = await work(tell, signal);
    ok = true;
    bar.finish(true);
    // Names from a server must not move the cursor.
    const files = pulled.files.map((file) => `  ${oneLine(file, 200)}`);
    const text = json ? JSON.stringify(pulled) : [...note, pulled.folder, ...files].join("\n");
    process.stdout.write(`${text}\n`);
  } catch (error) {
    if (!signal.aborted) throw error;
    process.exitCode = 130;
    process.stderr.write("\nStopped; the same command goes on from here.\n");
  } finally {
    if (!ok) bar.finish(false);
    release();
  }
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
