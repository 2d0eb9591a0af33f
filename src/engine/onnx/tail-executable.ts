/** @file Runs a training step as one ONNX session and the SIMD updates that follow it. */
import type { Executable, NodeReport } from "../backend.ts";
import type { TypedArray } from "../dtype.ts";
import type { Graph } from "../graph.ts";
import { Storage } from "../storage.ts";
import type { Tensor } from "../tensor.ts";
import { encodeModule } from "../wasm/assembler.ts";
import { type KernelProgram, kernelFunction } from "../wasm/elementwise-kernel.ts";
import type { OnnxExecutable } from "./executable.ts";
import { reportOf } from "./lower-graph.ts";
import type { TailGroup, TailSplit } from "./tail.ts";

const PAGE_BYTES = 65536;
const ALIGN_BYTES = 64;
/** A WebAssembly memory holds at most 4 GiB; views beyond 2 GiB are slow to index. */
export const MAX_TAIL_BYTES = 2 ** 31;

type Kernel = (...args: number[]) => void;

interface BoundGroup {
  readonly group: TailGroup;
  readonly kernel: Kernel;
  readonly args: readonly number[];
}

/** Bytes of linear memory that a split's vectors take. */
export function tailBytes({ groups }: TailSplit): number {
  let bytes = 0;
  for (const g of groups) {
    const fresh = g.inPlace.filter((i) => i < 0).length;
    bytes += (g.inputs.length + fresh) * padded(g.size);
  }
  return bytes;
}

function padded(size: number): number {
  return Math.ceil((size * 4) / ALIGN_BYTES) * ALIGN_BYTES;
}

/** State that the step owns: vectors at fixed places in one linear memory. */
export class TailExecutable implements Executable {
  /** Null where the updates are all there is. */
  readonly #main: OnnxExecutable | null;
  readonly #graph: Graph;
  readonly #split: TailSplit;
  readonly #views = new Map<Tensor, Float32Array>();
  readonly #bound: readonly BoundGroup[];
  readonly #mainOutput: ReadonlyMap<Tensor, number>;
  readonly #inputIndex: ReadonlyMap<Tensor, number>;
  readonly #donated: readonly number[];
  readonly #whole: () => Promise<Uint8Array>;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    main: OnnxExecutable | null,
    graph: Graph,
    split: TailSplit,
    donated: readonly number[],
    whole: () => Promise<Uint8Array>,
  ) {
    this.#main = main;
    this.#graph = graph;
    this.#split = split;
    this.#donated = donated;
    this.#whole = whole;
    this.#mainOutput = new Map(split.main.outputs.map((t, i) => [t, i]));
    this.#inputIndex = new Map(graph.inputs.map((t, i) => [t, i]));
    const memory = new WebAssembly.Memory({
      initial: Math.max(1, Math.ceil(tailBytes(split) / PAGE_BYTES)),
    });
    const kernels = compileKernels(
      split.groups.map((g) => g.program),
      memory,
    );
    let top = 0;
    const place = (t: Tensor): number => {
      const view = new Float32Array(memory.buffer, top, t.size);
      this.#views.set(t, view);
      top += padded(t.size);
      return view.byteOffset;
    };
    this.#bound = split.groups.map((group, i) => {
      const inputs = group.inputs.map(place);
      const outputs = group.outputs.map((t, k) => {
        const over = group.inPlace[k];
        if (over < 0) return place(t);
        this.#views.set(t, this.#views.get(group.inputs[over]) as Float32Array);
        return inputs[over];
      });
      return { group, kernel: kernels[i], args: [padded(group.size), ...inputs, ...outputs] };
    });
    for (const t of split.main.outputs) {
      const view = this.#views.get(t);
      if (view) main?.preallocate(t, view);
    }
  }

  /** Runs one after the other: all of them work in the same memory. */
  run(inputs: readonly Storage[]): Promise<Storage[]> {
    const result = this.#last.then(() => this.#step(inputs));
    this.#last = result.catch(() => {});
    return result;
  }

  async #step(inputs: readonly Storage[]): Promise<Storage[]> {
    const placed = await this.#place(inputs);
    const results = this.#main ? await this.#main.run(placed) : [];
    const scalar = (t: Tensor): number => {
      const output = this.#mainOutput.get(t);
      const storage =
        output === undefined ? placed[this.#inputIndex.get(t) as number] : results[output];
      return (storage.host as Float32Array)[0];
    };
    for (const { group, kernel, args } of this.#bound)
      kernel(...args, ...group.scalars.map(scalar));
    const donated = new Set(this.#donated);
    for (const i of donated) inputs[i].dispose("donated to a compiled function");
    return this.#outputs(results);
  }

  #outputs(results: readonly Storage[]): Storage[] {
    const inPlace = new Set(
      this.#split.groups.flatMap((g) => g.outputs.filter((_, k) => g.inPlace[k] >= 0)),
    );
    return this.#graph.outputs.map((t, i, all) => {
      const view = this.#views.get(t);
      const again = all.indexOf(t) !== i;
      if (!view) {
        const storage = results[this.#mainOutput.get(t) as number];
        return again ? new Storage(t.dtype, (storage.host as TypedArray).slice()) : storage;
      }
      const owned = inPlace.has(t) && !again;
      return new Storage(t.dtype, owned ? view : view.slice(), null, { reused: owned });
    });
  }

  /** Brings the vectors that kernels read to their places; from the second step on they are there. */
  async #place(inputs: readonly Storage[]): Promise<Storage[]> {
    const placed = [...inputs];
    const moves: [Float32Array, Float32Array][] = [];
    for (const [t, view] of this.#views) {
      const index = this.#inputIndex.get(t);
      if (index === undefined) continue;
      const host = (await inputs[index].read()) as Float32Array;
      placed[index] = new Storage("float32", view, null, { reused: true });
      if (host === view) continue;
      // Elements that stand elsewhere in this memory may be overwritten by an earlier move.
      moves.push([view, host.buffer === view.buffer ? host.slice() : host]);
    }
    // So may other arguments that an earlier call left in this memory.
    const viewed = new Set([...this.#views.keys()].map((t) => this.#inputIndex.get(t)));
    const memory = this.#views.values().next().value?.buffer;
    for (const [index, storage] of inputs.entries()) {
      if (viewed.has(index) || storage.host?.buffer !== memory) continue;
      placed[index] = new Storage(storage.dtype, (storage.host as TypedArray).slice());
    }
    for (const [view, source] of moves) view.set(source);
    return placed;
  }

  report(): readonly NodeReport[] {
    return [
      ...(this.#main?.report() ?? []),
      ...this.#split.groups.flatMap((g) => g.nodes.map((n) => reportOf(n, "wasm simd"))),
    ];
  }

  model(): Promise<Uint8Array> {
    return this.#whole();
  }

  dispose(): void {
    this.#main?.dispose();
  }
}

/** One kernel per group; groups of one form share the code. */
function compileKernels(programs: readonly KernelProgram[], memory: WebAssembly.Memory): Kernel[] {
  const names = new Map<string, string>();
  const functions: ReturnType<typeof kernelFunction>[] = [];
  const used = programs.map((program) => {
    const key = JSON.stringify(program);
    let name = names.get(key);
    if (!name) {
      name = `k${names.size}`;
      names.set(key, name);
      functions.push(kernelFunction(name, program));
    }
    return name;
  });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(encodeModule(functions)), {
    env: { memory },
  });
  return used.map((name) => instance.exports[name] as Kernel);
}
