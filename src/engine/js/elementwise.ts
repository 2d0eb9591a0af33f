/** @file Generates the loops of elementwise ops: broadcasting as strides, adjacent axes merged. */
import type { Aval, OpDef, Params } from "../op.ts";
import { type Shape, stridesOf } from "../shape.ts";
import type { JsContext, NDArray, NumericArray } from "./ndarray.ts";
import { erf, erfInverse } from "./special.ts";

type Loop = (
  out: NumericArray,
  inputs: readonly NumericArray[],
  dims: readonly number[],
  strides: readonly (readonly number[])[],
  M: typeof functions,
) => void;

/** Functions that expressions may call as `M.name`. */
const functions = { erf, erfInverse };

const loops = new Map<string, Loop>();

/** Element strides of `shape` seen as broadcast to `out`: 0 along broadcast axes. */
export function broadcastStrides(shape: Shape, out: Shape): number[] {
  const own = stridesOf(shape);
  const offset = out.length - shape.length;
  return out.map((_, i) => (i < offset || shape[i - offset] === 1 ? 0 : own[i - offset]));
}

/** Merges neighbouring axes that every operand walks through without a jump. */
function mergeAxes(
  shape: Shape,
  strides: readonly number[][],
): { dims: number[]; merged: number[][] } {
  const dims: number[] = [];
  const merged: number[][] = strides.map(() => []);
  for (let axis = 0; axis < shape.length; axis++) {
    if (shape[axis] === 1) continue;
    const last = dims.length - 1;
    const joins = last >= 0 && strides.every((s, k) => merged[k][last] === s[axis] * shape[axis]);
    if (joins) {
      dims[last] *= shape[axis];
      strides.forEach((s, k) => {
        merged[k][last] = s[axis];
      });
    } else {
      dims.push(shape[axis]);
      strides.forEach((s, k) => {
        merged[k].push(s[axis]);
      });
    }
  }
  return { dims, merged };
}

function generate(expression: string, arity: number, rank: number): Loop {
  const args = Array.from({ length: arity }, (_, k) => k);
  let code = args.map((k) => `const x${k} = inputs[${k}], s${k} = strides[${k}];\n`).join("");
  code += "let o = 0;\n";
  for (let axis = 0; axis < rank; axis++) {
    for (const k of args) {
      const outer = axis === 0 ? "0" : `p${k}_${axis - 1}`;
      code += `let p${k}_${axis} = ${outer}; const t${k}_${axis} = s${k}[${axis}];\n`;
    }
    code += `for (let i${axis} = 0, n${axis} = dims[${axis}]; i${axis} < n${axis}; i${axis}++) {\n`;
  }
  for (const k of args) code += `const v${k} = x${k}[${rank === 0 ? "0" : `p${k}_${rank - 1}`}];\n`;
  code += `out[o++] = ${expression};\n`;
  for (let axis = rank - 1; axis >= 0; axis--) {
    for (const k of args) code += `p${k}_${axis} += t${k}_${axis};\n`;
    code += "}\n";
  }
  return new Function("out", "inputs", "dims", "strides", "M", code) as Loop;
}

/** Runs an elementwise op by its `expression` over broadcast inputs. */
export function runElementwise(
  ctx: JsContext,
  op: OpDef,
  inputs: readonly NDArray[],
  params: Params,
  output: Aval,
): NDArray {
  const make = op.expression as NonNullable<OpDef["expression"]>;
  const expression = make(
    inputs.map((_, k) => `v${k}`),
    params,
    inputs.map((x) => x.dtype),
  );
  const out = ctx.alloc(output);
  if (out.data.length === 0) return out;
  const strides = inputs.map((x) => broadcastStrides(x.shape, output.shape));
  const { dims, merged } = mergeAxes(output.shape, strides);
  const key = `${inputs.length}/${dims.length}/${expression}`;
  let loop = loops.get(key);
  if (!loop) {
    loop = generate(expression, inputs.length, dims.length);
    loops.set(key, loop);
  }
  loop(
    out.data,
    inputs.map((x) => x.data),
    dims,
    merged,
    functions,
  );
  return out;
}
