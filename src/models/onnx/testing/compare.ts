/** @file Runs one operator here and in ONNX Runtime, and compares. */
import { expect } from "vitest";
import { type DType, type Tensor, tensor } from "../../../engine/index.ts";
import { ONNX_TYPE } from "../../../engine/onnx/model.ts";
import { importOnnx } from "../import.ts";
import { OpaqueSession } from "../session.ts";
import { modelBytes, type Stored, type TestAttribute } from "./build.ts";

/** What an operator is applied to: a fed tensor, a stored one, or nothing. */
export type Operand = Tensor | Stored | null;

/** One comparison. */
export interface OperatorCase {
  readonly inputs: readonly Operand[];
  readonly attributes?: Readonly<Record<string, TestAttribute>>;
  readonly opset?: number;
  readonly domain?: string;
  /** Element types of the outputs; one float by default. */
  readonly outputs?: readonly (DType | null)[];
  readonly tolerance?: number;
}

/** Numbers in [-1, 1] that look random and are the same everywhere. */
export function noise(shape: readonly number[], seed = 1, scale = 1): Tensor {
  const n = shape.reduce((a, b) => a * b, 1);
  const values = Float32Array.from({ length: n }, (_, i) => {
    const v = Math.sin((i + 1) * 12.9898 + seed * 78.233) * 43_758.5453;
    return scale * (2 * (v - Math.floor(v)) - 1);
  });
  return tensor(values, { shape });
}

/** Small whole numbers. */
export function wholes(
  values: readonly number[],
  shape?: readonly number[],
  dtype: DType = "int64",
) {
  return tensor([...values], { dtype, shape: shape ?? [values.length] });
}

const isStored = (x: Operand): x is Stored => x !== null && "bytes" in x;

/** Asserts that both give the same. */
export async function expectSame(op: string, given: OperatorCase): Promise<void> {
  const { inputs, attributes, opset, domain, outputs = ["float32"], tolerance = 1e-5 } = given;
  const names = inputs.map((x, i) => (x === null ? "" : `x${i}`));
  const fed = inputs.flatMap((x, i) => (x && !isStored(x) ? [[`x${i}`, x] as const] : []));
  const results = outputs.map((dtype, i) => (dtype === null ? "" : `y${i}`));
  const bytes = modelBytes(
    {
      inputs: fed.map(([name, x]) => ({ name, type: ONNX_TYPE[x.dtype], shape: x.shape })),
      outputs: outputs.flatMap((dtype, i) =>
        dtype === null ? [] : [{ name: `y${i}`, type: ONNX_TYPE[dtype] }],
      ),
      nodes: [
        { op, inputs: names, outputs: results, ...(attributes ? { attributes } : {}), domain },
      ] as never,
      stored: Object.fromEntries(
        inputs.flatMap((x, i) => (isStored(x) ? [[`x${i}`, x] as const] : [])),
      ),
    },
    opset,
  );
  const feeds = Object.fromEntries(fed);
  const session = await OpaqueSession.open({ bytes });
  const theirs = await session.run(feeds);
  await session.close();
  const model = await importOnnx(bytes);
  expect(model.blockers).toEqual([]);
  const ours = model.call(feeds);
  for (const name of results.filter(Boolean)) {
    expect(ours[name].shape, `${op} shape of ${name}`).toEqual(theirs[name].shape);
    expect(ours[name].dtype, `${op} dtype of ${name}`).toBe(theirs[name].dtype);
    const [a, b] = [await ours[name].numbers(), await theirs[name].numbers()];
    const far = a.findIndex((v, i) => !near(v, b[i], tolerance));
    expect(far < 0, `${op} ${name}[${far}]: ${a[far]} and ${b[far]}`).toBe(true);
  }
}

function near(a: number, b: number, tolerance: number): boolean {
  if (Object.is(a, b) || a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  return Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b));
}
