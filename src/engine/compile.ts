/** @file `compile(fn)`: traces a function once per signature and runs the graph from then on. */
import {
  type BackendName,
  backendOf,
  currentBackend,
  type Executable,
  type NodeReport,
} from "./backend.ts";
import { ValueError } from "./errors.ts";
import { evaluateTensors } from "./evaluate.ts";
import { explainReport } from "./explain.ts";
import { buildGraph } from "./graph.ts";
import { showShape } from "./shape.ts";
import { simplify } from "./simplify.ts";
import type { Storage } from "./storage.ts";
import { Tensor } from "./tensor.ts";
import { flatten, type Structure, structureKey, unflatten } from "./tree.ts";

/** Settings of `compile`. */
export interface CompileOptions {
  /**
   * Arguments (by position) whose tensors the call may use up: their memory serves the outputs, and
   * they may not be used afterwards. For the model and optimizer state of a training step.
   */
  readonly donate?: readonly number[];
  /** The backend to compile for; the one in use at the call by default. */
  readonly backend?: BackendName;
  /** A name for messages and exported models; the function's own by default. */
  readonly name?: string;
  /** Called at every trace after the first with the reason; by default a warning from the fourth on. */
  readonly onRetrace?: (message: string) => void;
}

/** A function that `compile` made. */
export interface CompiledFunction<A extends unknown[], R> {
  (...args: A): Promise<R>;
  /** The compiled graph for these arguments as text: nodes, where each runs, estimated flops and bytes. */
  explain(...args: A): Promise<string>;
  /** The same as data. */
  report(...args: A): Promise<readonly NodeReport[]>;
  /** The graph for these arguments as the bytes of an .onnx file. */
  exportOnnx(...args: A): Promise<Uint8Array>;
  /** How many signatures have been traced. */
  readonly traces: number;
  /** Frees the compiled graphs. */
  dispose(): void;
}

interface Signature {
  readonly structures: readonly Structure[];
  readonly keys: readonly string[];
  readonly leaves: readonly Tensor[];
  readonly paths: readonly string[];
  /** For each argument, the positions among `leaves` of its tensors. */
  readonly places: readonly (readonly number[])[];
}

interface Trace {
  readonly executable: Executable;
  readonly outputStructure: Structure;
  readonly outputs: readonly Tensor[];
  /** For each leaf of the result: an output's number, an argument's, or a stored tensor. */
  readonly results: readonly ({ output: number } | { argument: number } | { stored: Tensor })[];
}

const WARN_FROM_TRACE = 4;

/** Runs a function that only hands its arguments through: ONNX Runtime refuses an empty graph. */
const NOTHING: Executable = {
  run: async () => [],
  report: () => [],
  model: async () => null,
  dispose() {},
};

/**
 * Compiles a function over trees: tensors, and arrays, plain objects, Maps and class instances that
 * hold them. Numbers, strings, booleans and functions in arguments are static: another value means
 * another trace (a message names the argument). The function is traced, so its control flow runs on
 * the host once per signature. Stored tensors that it closes over are baked in as constants.
 */
export function compile<A extends unknown[], R>(
  fn: (...args: A) => R,
  options: CompileOptions = {},
): CompiledFunction<A, R> {
  const name = options.name ?? (fn.name || "compiled function");
  const traces = new Map<string, Promise<Trace>>();
  const seen: Signature[] = [];
  const donate = new Set(options.donate ?? []);

  const traceFor = (args: A): { trace: Promise<Trace>; signature: Signature } => {
    const signature = signatureOf(args);
    const backend = options.backend ?? currentBackend();
    const key = `${backend}|${signature.keys.join("|")}`;
    let trace = traces.get(key);
    if (!trace) {
      if (seen.length > 0)
        announce(
          name,
          seen.length + 1,
          retraceReason(name, signature, seen[seen.length - 1]),
          options.onRetrace,
        );
      seen.push(signature);
      trace = traceFunction(fn, name, signature, donate, backend);
      traces.set(key, trace);
      trace.catch(() => traces.delete(key));
    }
    return { trace, signature };
  };

  const call = async (...args: A): Promise<R> => {
    const { trace, signature } = traceFor(args);
    const { executable, outputs, results, outputStructure } = await trace;
    if (signature.leaves.some((t) => !t._storage)) await evaluateTensors(signature.leaves);
    const inputs = signature.leaves.map((t) => t._storage as Storage);
    const storages = await executable.run(inputs);
    const tensors = outputs.map((o, i) => new Tensor(o.shape, o.dtype, { storage: storages[i] }));
    const leaves = results.map((r) =>
      "output" in r ? tensors[r.output] : "argument" in r ? signature.leaves[r.argument] : r.stored,
    );
    return unflatten(outputStructure, leaves) as R;
  };

  const compiled = call as unknown as {
    -readonly [K in keyof CompiledFunction<A, R>]: CompiledFunction<A, R>[K];
  } & CompiledFunction<A, R>;
  compiled.report = async (...args) => (await traceFor(args).trace).executable.report();
  compiled.explain = async (...args) => explainReport(name, await compiled.report(...args));
  compiled.exportOnnx = async (...args) => {
    const model = await (await traceFor(args).trace).executable.model();
    if (!model)
      throw new ValueError(
        `${name}: there is no ONNX form: it computes nothing, or was compiled for the js backend`,
      );
    return model;
  };
  compiled.dispose = () => {
    for (const trace of traces.values()) trace.then((t) => t.executable.dispose());
    traces.clear();
  };
  Object.defineProperty(compiled, "traces", { get: () => seen.length });
  return compiled;
}

/**
 * A tensor that stands in several places (tied weights) is one leaf, so it stays tied in the result;
 * which places share one is part of the key.
 */
function signatureOf(args: readonly unknown[]): Signature {
  const structures: Structure[] = [];
  const keys: string[] = [];
  const leaves: Tensor[] = [];
  const paths: string[] = [];
  const places: number[][] = [];
  const position = new Map<Tensor, number>();
  for (const [i, arg] of args.entries()) {
    const flat = flatten(arg);
    structures.push(flat.structure);
    const own = flat.leaves.map((t, k) => {
      let at = position.get(t);
      if (at === undefined) {
        at = leaves.push(t) - 1;
        position.set(t, at);
        paths.push(`argument ${i}${flat.paths[k] ? ` at ${flat.paths[k]}` : ""}`);
      }
      return at;
    });
    places.push(own);
    const shapes = own.map((at) => `${at}:${leaves[at].dtype}${leaves[at].shape.join("x")}`);
    keys.push(`${structureKey(flat.structure)}:${shapes.join()}`);
  }
  return { structures, keys, leaves, paths, places };
}

async function traceFunction<A extends unknown[], R>(
  fn: (...args: A) => R,
  name: string,
  signature: Signature,
  donate: ReadonlySet<number>,
  backendName: BackendName,
): Promise<Trace> {
  const placeholders = signature.leaves.map(
    (t, i) => new Tensor(t.shape, t.dtype, { placeholder: signature.paths[i] }),
  );
  const donated = [...donate].flatMap((i) => signature.places[i] ?? []);
  const args = signature.structures.map((s, i) =>
    unflatten(
      s,
      signature.places[i].map((at) => placeholders[at]),
    ),
  );
  const result: unknown = fn(...(args as A));
  if (result instanceof Promise) {
    throw new ValueError(
      `${name}: a compiled function must be synchronous: it is traced, so it has nothing to wait for`,
    );
  }
  const { leaves, structure } = flatten(result);
  const argumentIndex = new Map(placeholders.map((p, i) => [p, i]));
  const outputs = [...new Set(leaves.filter((t) => !argumentIndex.has(t) && !t._storage))];
  // A donated argument that is handed through must come back as a tensor of its own.
  const through = [...new Set(leaves.filter((t) => donated.includes(argumentIndex.get(t) ?? -1)))];
  const all = [...outputs, ...through];
  const outputIndex = new Map(all.map((t, i) => [t, i]));
  const results = leaves.map((t) => {
    const output = outputIndex.get(t);
    if (output !== undefined) return { output };
    const argument = argumentIndex.get(t);
    return argument === undefined ? { stored: t } : { argument };
  });
  const simple = simplify(buildGraph(placeholders, all));
  const executable =
    all.length === 0
      ? NOTHING
      : await (await backendOf(backendName)).compile(simple, {
          donated,
          bakeConstants: true,
          name,
        });
  return { executable, outputStructure: structure, outputs: all, results };
}

function announce(
  name: string,
  trace: number,
  reason: string,
  onRetrace: CompileOptions["onRetrace"],
): void {
  const message = `compile: ${name} is traced for the ${ordinal(trace)} time: ${reason}`;
  if (onRetrace) onRetrace(message);
  else if (trace >= WARN_FROM_TRACE)
    console.warn(
      `${message}\n  (each signature is compiled once; pass values that change as tensors, and pad shapes that vary)`,
    );
}

function ordinal(n: number): string {
  const suffix = n % 100 >= 11 && n % 100 <= 13 ? "th" : (["th", "st", "nd", "rd"][n % 10] ?? "th");
  return `${n}${suffix}`;
}

/** Which argument differs between two signatures, and how. */
function retraceReason(name: string, now: Signature, before: Signature): string {
  if (now.structures.length !== before.structures.length) {
    return `it got ${now.structures.length} arguments, before ${before.structures.length}`;
  }
  for (const [i, key] of now.keys.entries()) {
    if (key === before.keys[i]) continue;
    for (const [k, t] of now.leaves.entries()) {
      const old = before.leaves[k];
      if (!now.paths[k].startsWith(`argument ${i}`) || !old || before.paths[k] !== now.paths[k])
        continue;
      if (old.dtype !== t.dtype || showShape(old.shape) !== showShape(t.shape)) {
        return `${now.paths[k]} has changed from ${old.dtype}${showShape(old.shape)} to ${t.dtype}${showShape(t.shape)}`;
      }
    }
    return (
      staticDifference(now.structures[i], before.structures[i], `argument ${i}`) ??
      `argument ${i} has changed its form`
    );
  }
  return `${name} was used with another backend`;
}

function staticDifference(a: Structure, b: Structure, path: string): string | null {
  if (a.kind === "static" && b.kind === "static") {
    if (structureKey(a) === structureKey(b)) return null;
    const show = (v: unknown): string =>
      typeof v === "function" ? "another function" : (JSON.stringify(v) ?? String(v));
    return `${path} is a static value and has changed from ${show(b.value)} to ${show(a.value)}`;
  }
  if (a.kind !== b.kind) return `${path} was a ${b.kind} and is a ${a.kind}`;
  if ("items" in a && "items" in b) {
    for (const [i, item] of a.items.entries()) {
      const key = a.kind === "object" || a.kind === "map" ? `.${String(a.keys[i])}` : `[${i}]`;
      if (!b.items[i]) return `${path}${key} is new`;
      const found = staticDifference(item, b.items[i], `${path}${key}`);
      if (found) return found;
    }
  }
  return null;
}
