/** @file What the operator cases are made of. */
import { tensor } from "../../../engine/index.ts";
import { ELEMENT } from "../types.ts";
import { floats, ints, type Stored, type TestAttribute } from "./build.ts";
import { noise, type OperatorCase } from "./compare.ts";

/** Cases by operator. */
export type Cases = Readonly<Record<string, OperatorCase | readonly OperatorCase[]>>;

/** [2, 3, 4] */
export const x = noise([2, 3, 4]);
/** The same without numbers near zero or below. */
export const positive = noise([2, 3, 4], 2).square().add(0.1);
/** [2, 4, 7, 6] */
export const image = noise([2, 4, 7, 6], 3);
/** A float attribute. */
export const float = (v: number): TestAttribute => ({ float: v });
/** Booleans to be fed. */
export const bools = (values: readonly number[], shape: readonly number[]) =>
  tensor(Uint8Array.from(values), { dtype: "bool", shape });
/** Four booleans. */
export const condition = bools([1, 0, 1, 1], [4]);
/** 8-bit integers to be stored. */
export const bytes = (
  values: readonly number[],
  shape: readonly number[],
  type: number,
): Stored => ({
  shape,
  type,
  bytes:
    type === ELEMENT.INT8 ? new Uint8Array(Int8Array.from(values).buffer) : Uint8Array.from(values),
});
/** Operators of one input. */
export const unary = (names: string, input = x): Cases =>
  Object.fromEntries(names.split(" ").map((name) => [name, { inputs: [input] }]));
/** Operators of two inputs that broadcast. */
export const binary = (names: string, dtype: "float32" | "bool" = "float32"): Cases =>
  Object.fromEntries(
    names.split(" ").map((name) => [
      name,
      [
        { inputs: [x, noise([3, 1], 5)], outputs: [dtype] },
        { inputs: [x, floats([0.5], [])], outputs: [dtype] },
      ],
    ]),
  );
/** Reductions. */
export const reduce = (names: string): Cases => {
  const cases: OperatorCase[] = [
    { inputs: [positive, ints([1])] },
    { inputs: [positive, ints([0, -1])], attributes: { keepdims: 0 } },
    { inputs: [positive] },
    { inputs: [positive, ints([])], attributes: { noop_with_empty_axes: 1 } },
  ];
  return Object.fromEntries(names.split(" ").map((name) => [name, cases]));
};
