/** @file Encodes small WebAssembly modules: functions of one loop over SIMD lanes. */

/** WebAssembly value types. */
export const I32 = 0x7f;
export const F32 = 0x7d;
export const V128 = 0x7b;

/** Plain instructions that kernels use. */
export const OP = {
  block: 0x02,
  loop: 0x03,
  end: 0x0b,
  brIf: 0x0d,
  localGet: 0x20,
  localSet: 0x21,
  i32Const: 0x41,
  f32Const: 0x43,
  i32GeU: 0x4f,
  i32LtU: 0x49,
  i32Add: 0x6a,
} as const;

/** SIMD instructions (after the 0xfd prefix). */
export const SIMD = {
  load: 0x00,
  store: 0x0b,
  splatF32: 0x13,
  bitselect: 0x52,
  f32Gt: 0x44,
  f32Lt: 0x43,
  f32Floor: 0x68,
  f32Ceil: 0x67,
  f32Abs: 0xe0,
  f32Neg: 0xe1,
  f32Sqrt: 0xe3,
  f32Add: 0xe4,
  f32Sub: 0xe5,
  f32Mul: 0xe6,
  f32Div: 0xe7,
  f32Min: 0xe8,
  f32Max: 0xe9,
} as const;

/** Bytes of an unsigned number in LEB128. */
export function unsigned(value: number): number[] {
  const out: number[] = [];
  let v = value >>> 0;
  do {
    const byte = v & 0x7f;
    v >>>= 7;
    out.push(v ? byte | 0x80 : byte);
  } while (v);
  return out;
}

/** Bytes of a signed 32-bit number in LEB128. */
export function signed(value: number): number[] {
  const out: number[] = [];
  let v = value | 0;
  for (;;) {
    const byte = v & 0x7f;
    v >>= 7;
    if ((v === 0 && !(byte & 0x40)) || (v === -1 && byte & 0x40)) return [...out, byte];
    out.push(byte | 0x80);
  }
}

/** `f32.const` with its bytes. */
export function f32Const(value: number): number[] {
  return [OP.f32Const, ...new Uint8Array(Float32Array.of(value).buffer)];
}

/** A SIMD instruction. */
export function simd(code: number, ...immediates: number[]): number[] {
  return [0xfd, ...unsigned(code), ...immediates];
}

/** A function: parameter types, local types and instructions (without the final end). */
export interface WasmFunction {
  readonly name: string;
  readonly params: readonly number[];
  readonly locals: readonly number[];
  readonly body: readonly number[];
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function vector(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function text(s: string): number[] {
  const bytes = new TextEncoder().encode(s);
  return [...unsigned(bytes.length), ...bytes];
}

/** A module that imports `env.memory` and exports the functions by name. */
export function encodeModule(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const types = functions.map((f) => [0x60, ...unsigned(f.params.length), ...f.params, 0]);
  const memory = [...text("env"), ...text("memory"), 0x02, 0x00, 0x00];
  const code = functions.map((f) => {
    const locals = vector(f.locals.map((t) => [1, t]));
    const body = [...locals, ...f.body, OP.end];
    return [...unsigned(body.length), ...body];
  });
  return Uint8Array.from([
    0x00,
    0x61,
    0x73,
    0x6d,
    0x01,
    0x00,
    0x00,
    0x00,
    ...section(1, vector(types)),
    ...section(2, vector([memory])),
    ...section(3, vector(functions.map((_, i) => unsigned(i)))),
    ...section(7, vector(functions.map((f, i) => [...text(f.name), 0x00, ...unsigned(i)]))),
    ...section(10, vector(code)),
  ]);
}
