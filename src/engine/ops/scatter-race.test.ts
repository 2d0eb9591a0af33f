import { expect, it } from "vitest";
import { compile, scatterAddRows, type Tensor, tensor, zeros } from "../index.ts";

// ONNX Runtime's own ScatterND loses updates here when it uses more than one thread.
it.each([[65], [3000]])(
  "adding rows at repeated positions loses none, in a table of %i rows",
  async (height) => {
    const [count, width] = [2048, 128];
    const ids = Int32Array.from({ length: count }, (_, i) => (i * 7) % 37);
    const expected = new Float32Array(height * width);
    for (const id of ids) for (let d = 0; d < width; d++) expected[id * width + d]++;
    const add = compile(
      (i: Tensor, rows: Tensor) => scatterAddRows(zeros([height, width]), i, rows),
      { backend: "onnx" },
    );
    const rows = tensor(new Float32Array(count * width).fill(1), { shape: [count, width] });
    for (let run = 0; run < 20; run++) {
      expect(await (await add(tensor(ids), rows)).data()).toEqual(expected);
    }
  },
);
