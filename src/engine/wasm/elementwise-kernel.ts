/** @file Turns a group of elementwise ops into one WebAssembly SIMD loop: each element is read and written once. */
import type { Node } from "../tensor.ts";
import {
  F32,
  f32Const,
  I32,
  OP,
  SIMD,
  signed,
  simd,
  unsigned,
  V128,
  type WasmFunction,
} from "./assembler.ts";

/** An operand of a kernel instruction: a vector that is read, an earlier result, a number, a scalar that changes. */
export type KernelOperand =
  | { readonly kind: "input"; readonly index: number }
  | { readonly kind: "result"; readonly index: number }
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "scalar"; readonly index: number };

/** One elementwise op of a kernel. */
export interface KernelInstruction {
  readonly op: string;
  readonly operands: readonly KernelOperand[];
  readonly params: Node["params"];
}

/** A loop over `inputs` vectors that stores the results named by `outputs`. */
export interface KernelProgram {
  readonly inputs: number;
  readonly scalars: number;
  readonly instructions: readonly KernelInstruction[];
  readonly outputs: readonly number[];
}

type Emit = (args: readonly number[][], params: Node["params"]) => number[];

const one = simd(SIMD.splatF32);
const splat = (v: number): number[] => [...f32Const(v), ...one];
const unaryOp =
  (code: number): Emit =>
  ([x]) => [...x, ...simd(code)];
const binaryOp =
  (code: number): Emit =>
  ([a, b]) => [...a, ...b, ...simd(code)];

/** 1 where `x` compares with 0, else 0. */
const indicator = (x: number[], code: number): number[] => [
  ...splat(1),
  ...splat(0),
  ...x,
  ...splat(0),
  ...simd(code),
  ...simd(SIMD.bitselect),
];

/** Instructions of each op that kernels know; operands are instruction sequences that leave one v128. */
const EMIT: Readonly<Record<string, Emit>> = {
  add: binaryOp(SIMD.f32Add),
  sub: binaryOp(SIMD.f32Sub),
  mul: binaryOp(SIMD.f32Mul),
  div: binaryOp(SIMD.f32Div),
  maximum: binaryOp(SIMD.f32Max),
  minimum: binaryOp(SIMD.f32Min),
  neg: unaryOp(SIMD.f32Neg),
  abs: unaryOp(SIMD.f32Abs),
  sqrt: unaryOp(SIMD.f32Sqrt),
  floor: unaryOp(SIMD.f32Floor),
  ceil: unaryOp(SIMD.f32Ceil),
  square: ([x]) => [...x, ...x, ...simd(SIMD.f32Mul)],
  rsqrt: ([x]) => [...splat(1), ...x, ...simd(SIMD.f32Sqrt), ...simd(SIMD.f32Div)],
  reciprocal: ([x]) => [...splat(1), ...x, ...simd(SIMD.f32Div)],
  relu: ([x]) => [...x, ...splat(0), ...simd(SIMD.f32Max)],
  sign: ([x]) => [...indicator(x, SIMD.f32Gt), ...indicator(x, SIMD.f32Lt), ...simd(SIMD.f32Sub)],
  clip: ([x], params) => [
    ...x,
    ...splat(params.low as number),
    ...simd(SIMD.f32Max),
    ...splat(params.high as number),
    ...simd(SIMD.f32Min),
  ],
};

/** Whether kernels know an op. */
export function kernelKnows(op: string): boolean {
  return op in EMIT;
}

/** Bytes of one vector step. */
const STEP_BYTES = 16;

/**
 * The function of a program: `(bytes, in0, …, out0, …, scalar0, …)`; pointers are aligned to 16
 * bytes and `bytes` is a multiple of 16. Inputs are read before outputs are written, so an output
 * may stand where an input stood.
 */
export function kernelFunction(name: string, program: KernelProgram): WasmFunction {
  const { inputs, outputs, scalars, instructions } = program;
  const pointer = (k: number): number => 1 + k;
  const scalarParam = (k: number): number => 1 + inputs + outputs.length + k;
  const paramCount = 1 + inputs + outputs.length + scalars;
  const offset = paramCount;
  const inputLocal = (k: number): number => paramCount + 1 + k;
  const scalarLocal = (k: number): number => paramCount + 1 + inputs + k;
  const resultLocal = (k: number): number => paramCount + 1 + inputs + scalars + k;
  const get = (local: number): number[] => [OP.localGet, ...unsigned(local)];
  const set = (local: number): number[] => [OP.localSet, ...unsigned(local)];
  const address = (k: number): number[] => [...get(pointer(k)), ...get(offset), OP.i32Add];
  const operand = (o: KernelOperand): number[] => {
    if (o.kind === "number") return splat(o.value);
    const local = o.kind === "input" ? inputLocal : o.kind === "scalar" ? scalarLocal : resultLocal;
    return get(local(o.index));
  };
  const body: number[] = [];
  for (let k = 0; k < scalars; k++)
    body.push(...get(scalarParam(k)), ...one, ...set(scalarLocal(k)));
  body.push(OP.block, 0x40, ...get(offset), ...get(0), OP.i32GeU, OP.brIf, 0, OP.loop, 0x40);
  for (let k = 0; k < inputs; k++)
    body.push(...address(k), ...simd(SIMD.load, 4, 0), ...set(inputLocal(k)));
  for (const [k, { op, operands, params }] of instructions.entries()) {
    body.push(...EMIT[op](operands.map(operand), params), ...set(resultLocal(k)));
  }
  for (const [k, result] of outputs.entries()) {
    body.push(...address(inputs + k), ...get(resultLocal(result)), ...simd(SIMD.store, 4, 0));
  }
  body.push(...get(offset), OP.i32Const, ...signed(STEP_BYTES), OP.i32Add, ...set(offset));
  body.push(...get(offset), ...get(0), OP.i32LtU, OP.brIf, 0, OP.end, OP.end);
  return {
    name,
    params: [
      I32,
      ...new Array<number>(inputs + outputs.length).fill(I32),
      ...new Array<number>(scalars).fill(F32),
    ],
    locals: [I32, ...new Array<number>(inputs + scalars + instructions.length).fill(V128)],
    body,
  };
}
