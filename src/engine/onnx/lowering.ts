/** @file Builds the ONNX graph: typed values, constants without repeats, and the node forms that lowerings share. */

import { bytesOf, type DType, isFloat, type TypedArray, toTypedArray } from "../dtype.ts";
import type { Aval } from "../op.ts";
import { broadcastShapes, reducedShape, type Shape, sameShape, sizeOf } from "../shape.ts";
import { BlockedLayout } from "./blocked.ts";
import { keepBlocked } from "./blocked-elementwise.ts";
import { concatBlocked, sliceBlocked } from "./blocked-moves.ts";
import { reduceBlocked } from "./blocked-reduce.ts";
import type { Attribute, GraphModel, NodeModel } from "./model.ts";

/** Which kernels the graph is for; they differ in what they support and in what is fast. */
export type Provider = "cpu" | "webgpu" | "wasm";

/** A named value of the ONNX graph with its static shape and dtype. */
export interface Value extends Aval {
  readonly name: string;
}

/** ONNX operator domains beside the default one. */
export const MICROSOFT = "com.microsoft";
export const NCHWC = "com.microsoft.nchwc";

/** WebGPU promises 8 buffers to a shader: one to read and these to write. */
const SHADER_OUTPUTS = 7;

/** Builder of one ONNX graph; lowerings add nodes through it. */
export class Lowering {
  readonly provider: Provider;
  readonly graph: GraphModel;
  readonly parent: Lowering | null;
  /** Where the CPU kernels have a blocked channel layout: the values that are held in it. */
  readonly layout: BlockedLayout | null;
  #names: { n: number };
  #constants = new Map<string, Value>();

  /** `blockSize`: channels per block of that layout, 0 for none. */
  constructor(provider: Provider, name: string, parent: Lowering | null = null, blockSize = 0) {
    this.provider = provider;
    this.parent = parent;
    this.layout = blockSize > 0 ? new BlockedLayout(this, blockSize) : null;
    this.graph = { name, nodes: [], inputs: [], outputs: [], initializers: [] };
    this.#names = parent ? parent.#names : { n: 0 };
  }

  /** Whether kernels run on the host's own cores. */
  get onCpu(): boolean {
    return this.provider !== "webgpu";
  }

  /** A builder for the body of a Scan, Loop or If; names stay unique over the whole model. */
  subgraph(name: string): Lowering {
    return new Lowering(this.provider, name, this);
  }

  /** A fresh name. */
  fresh(prefix = "t"): string {
    return `${prefix}${this.#names.n++}`;
  }

  /** Declares a graph input. */
  input(name: string, aval: Aval): Value {
    const value = { name, shape: aval.shape, dtype: aval.dtype };
    this.graph.inputs.push(value);
    return value;
  }

  /** Makes `value` the graph output `name`. */
  output(name: string, value: Value): void {
    const node = this.node("Identity", [value], [value], {}, "");
    const last = this.graph.nodes.at(-1) as NodeModel;
    last.outputs[0] = name;
    this.graph.outputs.push({ ...node[0], name });
  }

  /** Adds a node with the given outputs; a null input is left out (optional inputs). */
  node(
    type: string,
    inputs: readonly (Value | null)[],
    outputs: readonly (Aval | null)[],
    attributes: Record<string, Attribute> = {},
    domain = "",
  ): Value[] {
    const { layout } = this;
    if (layout && domain === "" && outputs.length === 1 && outputs[0]) {
      const kept = keepBlocked(this, layout, type, inputs, outputs[0], attributes);
      if (kept) return [kept];
    }
    const plain = inputs.map((v) => v && this.#plain(v));
    return this.emit(type, plain, outputs, attributes, domain);
  }

  #plain(v: Value): Value {
    return this.parent ? this.parent.#plain(v) : this.layout ? this.layout.plain(v) : v;
  }

  /** Adds a node to the graph with its inputs as they are, blocked or not. */
  emit(
    type: string,
    inputs: readonly (Value | null)[],
    outputs: readonly (Aval | null)[],
    attributes: Record<string, Attribute>,
    domain: string,
  ): Value[] {
    const values = outputs.map((o) =>
      o ? { name: this.fresh(), shape: o.shape, dtype: o.dtype } : null,
    );
    this.graph.nodes.push({
      type,
      domain,
      name: `${type}_${this.#names.n}`,
      inputs: inputs.map((v) => v?.name ?? ""),
      outputs: values.map((v) => v?.name ?? ""),
      attributes,
    });
    return values as Value[];
  }

  /** Adds a node with one output. */
  op(
    type: string,
    inputs: readonly (Value | null)[],
    output: Aval,
    attributes: Record<string, Attribute> = {},
    domain = "",
  ): Value {
    return this.node(type, inputs, [output], attributes, domain)[0];
  }

  /** A constant; equal small ones are one initializer. */
  constant(data: TypedArray, shape: Shape, dtype: DType): Value {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.length * bytesOf(dtype));
    let key = "";
    if (bytes.length <= 256) {
      key = `${dtype}/${shape.join()}/${bytes.join()}`;
      const known = this.#known(key);
      if (known) return known;
    }
    const value = { name: this.fresh("c"), shape, dtype };
    this.graph.initializers.push({ name: value.name, dtype, shape, bytes });
    if (key) this.#constants.set(key, value);
    return value;
  }

  #known(key: string): Value | undefined {
    return this.#constants.get(key) ?? (this.parent ? this.parent.#known(key) : undefined);
  }

  /** A scalar constant. */
  scalar(value: number, dtype: DType): Value {
    return this.constant(toTypedArray([value], dtype), [], dtype);
  }

  /** A 1-D int64 constant, as shapes and axes are given. */
  ints(values: readonly number[]): Value {
    return this.constant(toTypedArray(values, "int64"), [values.length], "int64");
  }

  /** An elementwise node of one input. */
  unary(type: string, x: Value, dtype: DType = x.dtype): Value {
    return this.op(type, [x], { shape: x.shape, dtype });
  }

  /** An elementwise node of two inputs, broadcasting. */
  binary(type: string, a: Value, b: Value, dtype: DType = a.dtype): Value {
    return this.op(type, [a, b], { shape: broadcastShapes(type, a.shape, b.shape), dtype });
  }

  /** `a * k` for a number k. */
  scale(a: Value, k: number): Value {
    return k === 1 ? a : this.binary("Mul", a, this.scalar(k, a.dtype));
  }

  cast(x: Value, dtype: DType): Value {
    return x.dtype === dtype
      ? x
      : this.op("Cast", [x], { shape: x.shape, dtype }, { to: { dtype } });
  }

  /** Cast of a value as it is, blocked or not. */
  rawCast(x: Value, dtype: DType): Value {
    if (x.dtype === dtype) return x;
    return this.emit("Cast", [x], [{ shape: x.shape, dtype }], { to: { dtype } }, "")[0];
  }

  /** int64 positions below `limit` as int32. WebGPU cannot cast them down, but Gather reads them. */
  positions(index: Value, limit: number): Value {
    if (this.onCpu) return this.cast(index, "int32");
    const all = Int32Array.from({ length: limit }, (_, i) => i);
    const count = this.constant(all, [limit], "int32");
    return this.op("Gather", [count, index], { shape: index.shape, dtype: "int32" });
  }

  reshape(x: Value, shape: Shape): Value {
    if (sameShape(x.shape, shape)) return x;
    const attributes: Record<string, Attribute> =
      sizeOf(shape) === 0 ? { allowzero: { int: 1 } } : {};
    return this.op("Reshape", [x, this.ints(shape)], { shape, dtype: x.dtype }, attributes);
  }

  transpose(x: Value, perm: readonly number[]): Value {
    if (perm.every((p, i) => p === i)) return x;
    const shape = perm.map((p) => x.shape[p]);
    return this.op("Transpose", [x], { shape, dtype: x.dtype }, { perm: { ints: perm } });
  }

  expand(x: Value, shape: Shape): Value {
    if (sameShape(x.shape, shape)) return x;
    // Expand of a size-1 axis to nothing keeps the size 1 in ONNX Runtime.
    if (sizeOf(shape) === 0) return this.constant(toTypedArray([], x.dtype), shape, x.dtype);
    return this.op("Expand", [x, this.ints(shape)], { shape, dtype: x.dtype });
  }

  /** ReduceSum, ReduceMax, ReduceMean, … over `axes`. */
  reduce(type: string, x: Value, axes: readonly number[], keepdims: boolean): Value {
    if (axes.length === 0) return x;
    const blocked = this.layout && reduceBlocked(this, this.layout, type, x, axes, keepdims);
    if (blocked) return blocked;
    const shape = reducedShape(x.shape, axes, keepdims);
    return this.op(
      type,
      [x, this.ints(axes)],
      { shape, dtype: x.dtype },
      { keepdims: { int: keepdims ? 1 : 0 } },
    );
  }

  slice(
    x: Value,
    starts: readonly number[],
    ends: readonly number[],
    steps?: readonly number[],
  ): Value {
    const axes = x.shape.map((_, i) => i);
    const step = steps ?? axes.map(() => 1);
    const shape = x.shape.map((_, i) => Math.max(0, Math.ceil((ends[i] - starts[i]) / step[i])));
    const contiguous = step.every((s) => s === 1);
    if (contiguous && sameShape(shape, x.shape)) return x;
    const blocked = contiguous && this.layout && sliceBlocked(this, this.layout, x, starts, ends);
    if (blocked) return blocked;
    const used = axes.filter((i) => !(starts[i] === 0 && step[i] === 1 && ends[i] === x.shape[i]));
    // ONNX reads an end of -1 as "one before the last": going down to the front needs INT_MIN.
    const end = used.map((i) => (step[i] < 0 && ends[i] < 0 ? -(2 ** 31) : ends[i]));
    return this.op(
      "Slice",
      [
        x,
        this.ints(used.map((i) => starts[i])),
        this.ints(end),
        this.ints(used),
        this.ints(used.map((i) => step[i])),
      ],
      { shape, dtype: x.dtype },
    );
  }

  /** Parts of the given sizes along an axis. A WebGPU shader writes to few buffers, so it goes in rounds. */
  split(x: Value, sizes: readonly number[], axis: number): Value[] {
    if (sizes.length === 1) return [x];
    if (this.layout?.only(x) && axis < 2) return this.#cut(x, sizes, axis);
    const most = this.onCpu ? sizes.length : SHADER_OUTPUTS;
    let perPart = 1;
    while (perPart * most < sizes.length) perPart *= most;
    const runs: number[][] = [];
    for (let i = 0; i < sizes.length; i += perPart) runs.push(sizes.slice(i, i + perPart));
    const totals = runs.map((run) => run.reduce((a, b) => a + b, 0));
    const avals = totals.map((total) => ({
      shape: x.shape.map((d, i) => (i === axis ? total : d)),
      dtype: x.dtype,
    }));
    const parts = this.node("Split", [x, this.ints(totals)], avals, { axis: { int: axis } });
    return parts.flatMap((part, i) => this.split(part, runs[i], axis));
  }

  #cut(x: Value, sizes: readonly number[], axis: number): Value[] {
    let from = 0;
    return sizes.map((size) => {
      const starts = x.shape.map((_, i) => (i === axis ? from : 0));
      from += size;
      return this.slice(
        x,
        starts,
        x.shape.map((d, i) => (i === axis ? from : d)),
      );
    });
  }

  concat(xs: readonly Value[], axis: number): Value {
    if (xs.length === 1) return xs[0];
    const shape = xs[0].shape.map((d, i) =>
      i === axis ? xs.reduce((n, x) => n + x.shape[i], 0) : d,
    );
    const blocked = this.layout && concatBlocked(this, this.layout, xs, axis, shape);
    if (blocked) return blocked;
    return this.op("Concat", xs, { shape, dtype: xs[0].dtype }, { axis: { int: axis } });
  }

  /**
   * `alpha · op(a) · op(b)` over the last two axes, batch axes broadcasting. CPU kernels take the
   * transposes and alpha in one node; WebGPU has Gemm for matrices and needs Transpose otherwise.
   */
  matmul(
    a: Value,
    b: Value,
    { transposeA = false, transposeB = false, alpha = 1 }: MatmulOptions = {},
  ): Value {
    const m = a.shape[a.shape.length - (transposeA ? 1 : 2)];
    const n = b.shape[b.shape.length - (transposeB ? 2 : 1)];
    const batch = broadcastShapes("matmul", a.shape.slice(0, -2), b.shape.slice(0, -2));
    const out: Aval = { shape: [...batch, m, n], dtype: a.dtype };
    const plain = !transposeA && !transposeB;
    if (!isFloat(a.dtype) || sizeOf(a.shape) === 0 || sizeOf(b.shape) === 0) {
      return this.#plainMatmul(a, b, transposeA, transposeB, alpha, out);
    }
    if (this.onCpu && a.dtype !== "float16" && !(plain && alpha === 1)) {
      return this.op(
        "FusedMatMul",
        [a, b],
        out,
        {
          transA: { int: transposeA ? 1 : 0 },
          transB: { int: transposeB ? 1 : 0 },
          alpha: { float: alpha },
        },
        MICROSOFT,
      );
    }
    if (a.shape.length === 2 && b.shape.length === 2 && !plain) {
      return this.op("Gemm", [a, b], out, {
        transA: { int: transposeA ? 1 : 0 },
        transB: { int: transposeB ? 1 : 0 },
        alpha: { float: alpha },
      });
    }
    return this.#plainMatmul(a, b, transposeA, transposeB, alpha, out);
  }

  #plainMatmul(a: Value, b: Value, ta: boolean, tb: boolean, alpha: number, out: Aval): Value {
    const x = ta ? this.transpose(a, swapLast(a.shape.length)) : a;
    const y = tb ? this.transpose(b, swapLast(b.shape.length)) : b;
    // MatMul over an empty inner axis ends the process on WebGPU; the sum over nothing is zero.
    if (sizeOf(a.shape) === 0 || sizeOf(b.shape) === 0) {
      return sizeOf(out.shape) === 0
        ? this.constant(toTypedArray([], out.dtype), out.shape, out.dtype)
        : this.expand(this.scalar(0, out.dtype), out.shape);
    }
    if (!this.onCpu && !isFloat(a.dtype)) return this.scale(this.#wholeMatmul(x, y, out), alpha);
    return this.scale(this.op("MatMul", [x, y], out), alpha);
  }

  /** WebGPU multiplies matrices of whole numbers only in Gemm; batches are spread out and summed. */
  #wholeMatmul(x: Value, y: Value, out: Aval): Value {
    if (x.shape.length === 2 && y.shape.length === 2) return this.op("Gemm", [x, y], out);
    const left = this.reshape(x, [...x.shape, 1]);
    const right = this.reshape(y, [...y.shape.slice(0, -2), 1, ...y.shape.slice(-2)]);
    const products = this.binary("Mul", left, right);
    return this.reduce("ReduceSum", products, [products.shape.length - 2], false);
  }
}

/** Options of `Lowering.matmul`. */
export interface MatmulOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  readonly alpha?: number;
}

/** The permutation that swaps the last two of `rank` axes. */
export function swapLast(rank: number): number[] {
  const perm = Array.from({ length: rank }, (_, i) => i);
  [perm[rank - 2], perm[rank - 1]] = [rank - 1, rank - 2];
  return perm;
}
