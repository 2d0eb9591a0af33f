/**
 * @file The channel layout of ONNX Runtime's fastest CPU convolutions: `[N, C/B, H, W, B]`, B channels
 * of a pixel side by side. Values stay in it from op to op, and are put in order again for whoever
 * needs them plain, once.
 *
 * The runtime types such a value with the plain shape `[N, C, H, W]`; a value of one spatial axis is
 * held as `[N, C, 1, L]`.
 */
import type { DType } from "../dtype.ts";
import type { Aval } from "../op.ts";
import { type Shape, sameShape, sizeOf } from "../shape.ts";
import { type Lowering, NCHWC, type Value } from "./lowering.ts";
import type { Attribute, NodeModel } from "./model.ts";

/** A value and its blocked form; `plain` is null until somebody asks for it. */
interface Held {
  readonly blocked: Value;
  plain: Value | null;
}

/** The shape of a blocked value: two spatial axes. */
export function blockedShape(shape: Shape): Shape {
  return shape.length === 3 ? [shape[0], shape[1], 1, shape[2]] : shape;
}

/** Keeps account of the values of one graph that exist in the blocked layout. */
export class BlockedLayout {
  /** Channels per block. */
  readonly size: number;
  readonly #b: Lowering;
  readonly #held = new Map<string, Held>();
  readonly #uses = new Map<string, number>();
  readonly #memo = new Map<string, Value>();

  constructor(b: Lowering, size: number) {
    this.#b = b;
    this.size = size;
  }

  /** Whether a value can be brought into the layout. */
  fits({ shape, dtype }: Aval): boolean {
    const rank = shape.length;
    return (
      dtype === "float32" &&
      (rank === 3 || rank === 4) &&
      shape[1] % this.size === 0 &&
      sizeOf(shape) > 0
    );
  }

  /** Whether a value is there in blocked form. */
  has(x: Value): boolean {
    return this.#held.has(x.name);
  }

  /** Whether a value is there in blocked form only. */
  only(x: Value): boolean {
    const held = this.#held.get(x.name);
    return held !== undefined && held.plain === null;
  }

  /** The blocked form of a value. */
  block(x: Value): Value {
    const held = this.#held.get(x.name);
    if (held) return held.blocked;
    const whole = this.#b.reshape(x, blockedShape(x.shape));
    const blocked = this.emit("ReorderInput", [whole], whole);
    this.#held.set(x.name, { blocked, plain: x });
    return blocked;
  }

  /** A value that exists in blocked form; `aval` is its shape for the rest of the graph. */
  hold(blocked: Value, aval: Aval): Value {
    const value = { name: this.#b.fresh(), shape: aval.shape, dtype: aval.dtype };
    this.#held.set(value.name, { blocked, plain: null });
    return value;
  }

  /** The plain form of a value. */
  plain(x: Value): Value {
    const held = this.#held.get(x.name);
    if (!held) return x;
    held.plain ??= { ...this.#b.reshape(this.#ordered(held.blocked), x.shape), dtype: x.dtype };
    return held.plain;
  }

  #ordered(blocked: Value): Value {
    const [, channels, height, width] = blocked.shape;
    // One pixel: both layouts are the same.
    if (height * width === 1) return blocked;
    const float = this.#b.rawCast(blocked, "float32");
    const ordered = this.emit("ReorderOutput", [float], float, { channels: { int: channels } });
    return this.#b.rawCast(ordered, blocked.dtype);
  }

  /** Adds a node of the blocked domain; inputs and output are taken as they are. */
  emit(
    type: string,
    inputs: readonly (Value | null)[],
    output: Aval,
    attributes: Record<string, Attribute> = {},
  ): Value {
    return this.#b.emit(type, inputs, [output], attributes, NCHWC)[0];
  }

  /** The blocked data with its axes apart: `[N, C/B, H·W, B]`. */
  apart(blocked: Value): Value {
    const [n, c, h, w] = blocked.shape;
    return this.#b.reshape(blocked, [n, c / this.size, h * w, this.size]);
  }

  /** `x·scale + shift (+ sum)` per channel, in one pass: a depthwise convolution of one element. */
  channelwise(x: Value, scale: Value | null, shift: Value | null, sum: Value | null = null): Value {
    const channels = x.shape[1];
    const weights = scale ?? this.constant(1, channels);
    return this.emit("Conv", [x, this.#b.reshape(weights, [channels, 1, 1, 1]), shift, sum], x, {
      kernel_shape: { ints: [1, 1] },
      group: { int: channels },
    });
  }

  /** The sums of `x·y` over the pixels of each channel, `[N, C]`: each plane is the other's kernel. */
  planeProducts(x: Value, y: Value): Value {
    const [n, c, h, w] = x.shape;
    const products = this.emit(
      "Conv",
      [this.#b.reshape(x, [1, n * c, h, w]), this.#b.reshape(y, [n * c, 1, h, w])],
      { shape: [1, n * c, 1, 1], dtype: x.dtype },
      { kernel_shape: { ints: [h, w] }, group: { int: n * c } },
    );
    return this.#b.reshape(products, [n, c]);
  }

  /** The means over the pixels of each channel, `[N, C]`. */
  planeMeans(x: Value): Value {
    const [n, c] = x.shape;
    const means = this.emit("GlobalAveragePool", [x], { shape: [n, c, 1, 1], dtype: x.dtype });
    return this.#b.reshape(means, [n, c]);
  }

  /** A vector that holds one number. */
  constant(value: number, length: number, dtype: DType = "float32"): Value {
    return this.memo(`${value}/${length}/${dtype}`, () =>
      this.#b.constant(new Float32Array(length).fill(value), [length], dtype),
    );
  }

  /** The value made under `key` before, else a new one. */
  memo(key: string, make: () => Value): Value {
    let value = this.#memo.get(key);
    if (!value) {
      value = make();
      this.#memo.set(key, value);
    }
    return value;
  }

  /** Notes how many applications and graph outputs read a value. */
  countUses(x: Value, uses: number): void {
    this.#uses.set(x.name, (this.#uses.get(x.name) ?? 0) + uses);
  }

  /**
   * Has the convolution that made `x` do more, where nobody else reads `x`: `change` gives its new
   * inputs and attributes, or null where it is taken already.
   */
  extend(x: Value, aval: Aval, change: (node: NodeModel) => NodeModel | null): Value | null {
    const held = this.#held.get(x.name);
    if (!held || held.plain || this.#uses.get(x.name) !== 1) return null;
    const { nodes } = this.#b.graph;
    const at = nodes.findLastIndex((n) => n.outputs[0] === held.blocked.name);
    const node = nodes[at];
    if (node?.type !== "Conv" || node.domain !== NCHWC) return null;
    const changed = change(node);
    if (!changed) return null;
    // What the change reads may have been made later than the node was.
    nodes.splice(at, 1);
    nodes.push(changed);
    return this.hold(held.blocked, aval);
  }
}

/** Whether `v` has one number per channel of `[N, C, ...spatial]` (`"channel"`), or one per image and channel. */
export function channelKind(v: Shape, whole: Shape): "channel" | "plane" | null {
  const spatial = whole.slice(2).map(() => 1);
  const [n, c] = whole;
  if (sameShape(v, [c, ...spatial]) || sameShape(v, [1, c, ...spatial])) return "channel";
  return sameShape(v, [n, c, ...spatial]) ? "plane" : null;
}
