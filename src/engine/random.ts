/** @file Random numbers from counter-based keys: the same bits on every backend, `splitKey` and `foldIn`. */
import type { DType } from "./dtype.ts";
import { ShapeError, ValueError } from "./errors.ts";
import type { Lowering, Value } from "./onnx/lowering.ts";
import { defineOp, type OpDef, type Params } from "./op.ts";
import { cast } from "./ops/cast.ts";
import { fromHostArray, full } from "./ops/create.ts";
import { add, cos, log, mul, sqrt } from "./ops/elementwise.ts";
import { less } from "./ops/logic.ts";
import { reshape } from "./ops/reshape.ts";
import { slice } from "./ops/slice.ts";
import { type Shape, showShape, sizeOf } from "./shape.ts";
import { apply1, type Tensor } from "./tensor.ts";

/**
 * The generator: x = counter·0x9E3779B1 + k0, then five rounds of x·(2x+1), a rotation by 16 and a
 * key word with an odd constant. Only Add, Mul and rotation, because WebGPU has no kernels for
 * shifts, and, or xor; worst avalanche bias measured 0.013.
 */
const WEYL = 0x9e3779b1;
const ROUNDS = [0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f, 0x165667b1, 0x9e3779b9] as const;

interface BitsParams extends Params {
  readonly count: number;
}

function mix(counter: number, k0: number, k1: number): number {
  let x = (Math.imul(counter, WEYL) + k0) >>> 0;
  for (const [i, constant] of ROUNDS.entries()) {
    x = Math.imul(x, (2 * x + 1) >>> 0) >>> 0;
    x = ((x << 16) | (x >>> 16)) >>> 0;
    x = (x + (i % 2 === 0 ? k1 : k0) + constant) >>> 0;
  }
  return x;
}

const bitsOp: OpDef<BitsParams> = defineOp<BitsParams>({
  name: "randomBits",
  infer([key], { count }) {
    checkKey("randomBits", key);
    return [{ shape: [count], dtype: "uint32" }];
  },
  grad: () => [null],
  lower(b, [key], { count }) {
    const u = (v: number): Value => b.scalar(v, "uint32");
    const word = (i: number): Value =>
      b.op("Gather", [key, b.ints([i])], { shape: [1], dtype: "uint32" });
    const [k0, k1] = [word(0), word(1)];
    const limits = [0, count, 1].map((v) => b.scalar(v, "int32"));
    const counters = b.cast(b.op("Range", limits, { shape: [count], dtype: "int32" }), "uint32");
    let x = b.binary("Add", b.binary("Mul", counters, u(WEYL)), k0);
    for (const [i, constant] of ROUNDS.entries()) {
      x = b.binary("Mul", x, b.binary("Add", b.binary("Mul", x, u(2)), u(1)));
      x = rotate16(b, x);
      x = b.binary("Add", x, b.binary("Add", i % 2 === 0 ? k1 : k0, u(constant)));
    }
    return [x];
  },
  js(ctx, [key], _params, [out]) {
    const result = ctx.alloc(out);
    const [k0, k1] = key.data;
    for (let i = 0; i < result.data.length; i++) result.data[i] = mix(i, k0, k1);
    return [result];
  },
});

function rotate16(b: Lowering, x: Value): Value {
  const half = b.scalar(65536, "uint32");
  return b.binary("Add", b.binary("Mul", x, half), b.binary("Div", x, half));
}

function checkKey(op: string, key: { shape: Shape; dtype: DType }): void {
  if (key.dtype !== "uint32" || key.shape.length !== 1 || key.shape[0] !== 2) {
    throw new ShapeError(
      `${op}: expected a key uint32[2] from randomKey, splitKey or foldIn, got ${key.dtype}${showShape(key.shape)}`,
    );
  }
}

/** A key from a whole number. Equal seeds give equal random numbers on every backend. */
export function randomKey(seed: number): Tensor {
  if (!Number.isSafeInteger(seed))
    throw new ValueError(`randomKey: seed ${seed}: expected a whole number`);
  const low = seed >>> 0;
  const high = Math.floor(seed / 2 ** 32) >>> 0;
  return fromHostArray(
    Uint32Array.of(mix(low, high, 0x243f6a88), mix(high, low, 0x85a308d3)),
    [2],
    "uint32",
  );
}

/** 32 random bits for each element of `shape` (uint32). */
export function randomBits(key: Tensor, shape: Shape): Tensor {
  return reshape(apply1(bitsOp, [key], { count: sizeOf(shape) }), shape);
}

/** `count` independent keys. */
export function splitKey(key: Tensor, count = 2): Tensor[] {
  const words = randomBits(key, [2 * count]);
  return Array.from({ length: count }, (_, i) => slice(words, [2 * i], [2 * i + 2]));
}

/** A key for the `index`-th use of another: a number, or a uint32 scalar tensor such as a step count. */
export function foldIn(key: Tensor, index: number | Tensor): Tensor {
  const offset =
    typeof index === "number" ? full([], index >>> 0, "uint32") : cast(index, "uint32");
  // The index shifts the key by an odd multiple, which the generator then mixes; the constant keeps
  // index 0 apart from the keys that splitKey makes.
  const shift = add(mul(offset, full([], WEYL, "uint32")), full([], 0x6c62272e, "uint32"));
  return randomBits(add(shift, key), [2]);
}

/** Uniform numbers in `[low, high)`: 24 random bits each. */
export function randomUniform(
  key: Tensor,
  shape: Shape,
  low = 0,
  high = 1,
  dtype: DType = "float32",
): Tensor {
  const unit = unitFloats(randomBits(key, shape), 0);
  return cast(low === 0 && high === 1 ? unit : add(mul(unit, high - low), low), dtype);
}

/** The upper 24 bits as a float in [0, 1), plus `offset` steps of 2^-24. */
function unitFloats(bits: Tensor, offset: number): Tensor {
  const whole = cast(bits.div(256), "float32");
  return mul(offset === 0 ? whole : add(whole, offset), 2 ** -24);
}

/** Standard normal numbers (Box & Muller 1958), scaled by `std` and shifted by `mean`. */
export function randomNormal(
  key: Tensor,
  shape: Shape,
  mean = 0,
  std = 1,
  dtype: DType = "float32",
): Tensor {
  const n = sizeOf(shape);
  const bits = randomBits(key, [2 * n]);
  // Half a step above 0 keeps the logarithm finite.
  const radius = sqrt(mul(log(unitFloats(slice(bits, [0], [n]), 0.5)), -2));
  const angle = mul(unitFloats(slice(bits, [n], [2 * n]), 0), 2 * Math.PI);
  const normal = reshape(mul(radius, cos(angle)), shape);
  return cast(mean === 0 && std === 1 ? normal : add(mul(normal, std), mean), dtype);
}

/** Whole numbers (int32) in `[low, high)`, at most 2^24 apart. */
export function randomInt(key: Tensor, shape: Shape, low: number, high: number): Tensor {
  if (!(high > low) || high - low > 2 ** 24) {
    throw new ValueError(
      `randomInt: expected low < high at most 2^24 apart, got ${low} and ${high}`,
    );
  }
  return add(cast(mul(randomUniform(key, shape), high - low), "int32"), low);
}

/** True with probability `p` for each element (bool). */
export function bernoulli(key: Tensor, p: number, shape: Shape): Tensor {
  return less(randomUniform(key, shape), p);
}
