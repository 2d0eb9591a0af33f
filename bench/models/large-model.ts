// A generated ONNX model of a size to be chosen: a row of square matrix products.

import { writeFile } from "node:fs/promises";
import { modelBytes, stored } from "../../src/models/onnx/testing/build.ts";
import { ELEMENT } from "../../src/models/onnx/types.ts";

const WIDTH = 1024;

/** Writes a model of `layers` weights of 4 MiB each, which stand at any alignment; gives its bytes. */
export async function writeLargeModel(path: string, layers: number): Promise<number> {
  const names = Array.from({ length: layers }, (_, i) => `layer.${i}.weight${"_".repeat(i % 4)}`);
  const weights = names.map((name, i): [string, ReturnType<typeof stored>] => {
    const values = Float32Array.from({ length: WIDTH * WIDTH }, (_, k) => Math.sin(k + i));
    return [name, stored(values, "float32", [WIDTH, WIDTH])];
  });
  const bytes = modelBytes({
    inputs: [{ name: "x", type: ELEMENT.FLOAT, shape: ["batch", WIDTH] }],
    outputs: [{ name: "y", type: ELEMENT.FLOAT }],
    nodes: names.map((name, i) => ({
      op: "MatMul",
      inputs: [i === 0 ? "x" : `v${i}`, name],
      outputs: [i === layers - 1 ? "y" : `v${i + 1}`],
    })),
    stored: Object.fromEntries(weights),
  });
  await writeFile(path, bytes);
  return bytes.length;
}
