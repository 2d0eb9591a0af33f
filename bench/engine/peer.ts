// A peer of the engine benchmark: something that can build a workload and time steps of it.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { adamW, type Workload } from "./workloads.ts";

/** One side of a comparison. Methods are called one at a time. */
export interface Peer {
  readonly name: string;
  /** Builds the workload and runs its first steps; rejects with the reason where it cannot. */
  setup(workload: Workload): Promise<void>;
  /** Runs n steps, each with its loss (or output) read back; resolves to milliseconds per step. */
  step(n: number): Promise<number[]>;
  close(): void | Promise<void>;
}

/** How bench/engine/ours.ts gives this project's side: one peer per workload. */
export type Ours = (
  workload: Workload,
  options: { readonly threads: number; readonly backend: "onnx" | "webgpu" },
) => Peer;

/** Names that `--peer` knows, in the order of the report. */
export const peerNames = [
  "torch-eager",
  "torch-compiled",
  "tfjs",
  "jax-js",
  "jax-js-threads",
] as const;
export type PeerName = (typeof peerNames)[number];

interface Answer {
  readonly ok?: boolean;
  readonly ms?: number[];
  readonly error?: string;
}

/** A peer in a process of its own that speaks JSON lines on stdin and stdout (see serve.ts). */
export class ChildPeer implements Peer {
  readonly name: string;
  readonly #settings: Record<string, unknown>;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  #complaints = "";

  constructor(
    name: string,
    command: string,
    args: readonly string[],
    settings: Record<string, unknown> = {},
  ) {
    this.name = name;
    this.#settings = settings;
    this.#child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
    this.#child.on("error", (error) => {
      this.#complaints += error.message;
    });
    // A process that ended while it was being written to is reported by the missing answer.
    this.#child.stdin!.on("error", () => {});
    this.#child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.#complaints = (this.#complaints + text).slice(-2000);
    });
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  async setup(workload: Workload): Promise<void> {
    await this.#ask({ cmd: "setup", workload, ...this.#settings });
  }

  async step(n: number): Promise<number[]> {
    const { ms } = await this.#ask({ cmd: "step", n });
    return ms ?? [];
  }

  /** Ends the process; resolves when it is gone. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.pid === undefined) return;
    const gone = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGKILL");
    await gone;
  }

  async #ask(request: Record<string, unknown>): Promise<Answer> {
    this.#child.stdin!.write(`${JSON.stringify(request)}\n`);
    const line = await this.#lines.next();
    if (line.done) {
      const last = this.#complaints.trim().split("\n").at(-1);
      throw new Error(`its process ended${last ? `: ${last}` : ""}`);
    }
    const answer: Answer = JSON.parse(line.value);
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer;
  }
}

/** The Python that has torch ($PYTHON, else python3), or undefined. */
export async function findTorch(): Promise<string | undefined> {
  for (const python of [process.env.PYTHON, "python3"]) {
    if (!python) continue;
    const found = await promisify(execFile)(python, ["-c", "import torch"]).catch(() => undefined);
    if (found) return python;
  }
  return undefined;
}

function here(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}

/** PyTorch in eager mode on CUDA: the peer of WebGPU. Rejects with the reason where there is none. */
export async function openCudaPeer(): Promise<Peer> {
  const python = await findTorch();
  if (python === undefined) throw new Error("neither $PYTHON nor python3 has torch");
  const settings = { adamw: adamW, mode: "eager", device: "cuda" };
  return new ChildPeer("torch-cuda", python, [here("./torch_peer.py")], settings);
}

/** Starts a peer on that many threads; rejects with the reason where it is not to be had. */
export async function openPeer(name: PeerName, threads: number): Promise<Peer> {
  switch (name) {
    case "torch-eager":
    case "torch-compiled": {
      const python = await findTorch();
      if (python === undefined) throw new Error("neither $PYTHON nor python3 has torch");
      const mode = name === "torch-eager" ? "eager" : "compiled";
      return new ChildPeer(name, python, [here("./torch_peer.py")], {
        adamw: adamW,
        mode,
        threads,
      });
    }
    case "tfjs":
      return new ChildPeer(name, process.execPath, [here("./tfjs-peer.ts")], { threads });
    // As it is installed, jax-js computes on one thread in Node.
    case "jax-js":
      return new ChildPeer(name, process.execPath, [here("./jax-peer.ts")], { threads: 1 });
    case "jax-js-threads":
      return new ChildPeer(name, process.execPath, [here("./jax-peer.ts")], { threads });
  }
}
