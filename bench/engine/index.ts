// `npm run bench -- engine`: our training and inference steps beside those of the peers.

import os from "node:os";
import { parseArgs } from "node:util";
import { UsageError } from "../../scripts/entries.ts";
import type { Bench } from "../types.ts";
import { type Ours, openCudaPeer, openPeer, peerNames } from "./peer.ts";
import { measureRows } from "./rows.ts";
import { type Workload, workloads } from "./workloads.ts";

const groups = [...new Set(workloads.map((workload) => workload.group))];

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) {
    throw new UsageError(`bench engine: --${name} must be a positive number, got "${text}"`);
  }
  return value;
}

function chosen<T extends string>(
  name: string,
  text: string | undefined,
  known: readonly T[],
): T[] {
  if (text === undefined) return [...known];
  return text.split(",").map((item) => {
    const found = known.find((candidate) => candidate === item);
    if (found !== undefined) return found;
    throw new UsageError(
      `bench engine: --${name} does not know "${item}"; it knows ${known.join(", ")}`,
    );
  });
}

/** Workloads of the given names; a group's name (encoder) stands for all of its members. */
function select(text: string | undefined): Workload[] {
  const names = new Set(workloads.flatMap(({ name, group }) => [name, group]));
  const wanted = chosen("workload", text, [...names]);
  return workloads.filter(({ name, group }) => wanted.includes(name) || wanted.includes(group));
}

/** Our side, loaded only when it is timed, so that listing the benchmarks starts no engine. */
async function loadOurs(): Promise<Ours> {
  const module: { ours: Ours } = await import(new URL("./ours.ts", import.meta.url).href);
  return module.ours;
}

/** The engine benchmark; its rows are {@link EngineRow}s. */
export const bench: Bench = {
  about: "Steps of seven workloads, ours and those of PyTorch, TensorFlow.js and jax-js in turn.",
  usage: `[--json FILE] [--workload ${groups.join(",")}]
  [--peer ${peerNames.join(",")}]
  [--steps 20]    timed steps of each side, the sides in turn
  [--block 5]     steps in a row before the other side's turn
  [--threads N]   for both sides; without it as many as there are cores
  [--gpu]         ours on WebGPU beside PyTorch on CUDA, in place of the peers
  [--budget S]    ends a comparison after S seconds, with fewer steps, where a peer is very slow`,

  async *run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        workload: { type: "string" },
        peer: { type: "string" },
        steps: { type: "string", default: "20" },
        block: { type: "string", default: "5" },
        threads: { type: "string", default: String(os.availableParallelism()) },
        budget: { type: "string", default: "Infinity" },
        gpu: { type: "boolean", default: false },
      },
    });
    const threads = positive("threads", values.threads);
    yield* measureRows({
      workloads: select(values.workload),
      ours: async (workload) =>
        (await loadOurs())(workload, { threads, backend: values.gpu ? "webgpu" : "onnx" }),
      peers: values.gpu
        ? [{ name: "torch-cuda", open: openCudaPeer }]
        : chosen("peer", values.peer, peerNames).map((name) => ({
            name,
            open: () => openPeer(name, threads),
          })),
      threads,
      measure: {
        steps: positive("steps", values.steps),
        block: positive("block", values.block),
        budgetSeconds: positive("budget", values.budget),
        settleMs: 50,
      },
    });
  },
};
