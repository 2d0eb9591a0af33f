// Neighbourhoods computed elsewhere: .npz files as `numpy.savez` writes them.
import { openSource } from "../../models/byte-source.ts";
import { entryStart, readZip } from "../../models/torch/zip.ts";
import type { Matrix, Neighbourhood } from "./api.ts";
import { LimeError } from "./errors.ts";
import { decodeNpy, type NpyArray } from "./npy.ts";

/**
 * Reads `data` [N, d] (row 0 is the example), `labels` [N, C] or [N] (the model's outputs) and
 * `distances` [N] from an uncompressed .npz file. @throws LimeError on a missing or misshapen array
 */
export async function readNeighbourhood(path: string): Promise<Neighbourhood> {
  const source = await openSource(path, "an .npz file as numpy.savez writes it");
  try {
    const entries = await readZip(source);
    const read = async (name: string): Promise<NpyArray> => {
      const entry = entries.get(`${name}.npy`);
      if (entry === undefined) {
        const received = [...entries.keys()].join(", ");
        throw new LimeError("input", { expected: `an array ${name} in ${path}`, received });
      }
      const bytes = await source.read(await entryStart(source, entry), entry.size);
      return decodeNpy(bytes, `${path}, ${name}`);
    };
    const data = toMatrix("data", await read("data"));
    const outputs = toMatrix("labels", await read("labels"));
    const distances = await read("distances");
    for (const [name, rows] of [
      ["labels", outputs.rows],
      ["distances", distances.data.length],
    ] as const) {
      if (rows === data.rows) continue;
      const expected = `${data.rows} rows, as data has`;
      throw new LimeError(name, { expected, received: `${rows}` });
    }
    return { data, outputs, distances: Float64Array.from(distances.data) };
  } finally {
    await source.close();
  }
}

function toMatrix(name: string, { shape, data }: NpyArray): Matrix {
  const [rows = 0, columns = 1] = shape;
  if (shape.length > 2 || rows === 0 || columns === 0) {
    const received = `shape (${shape.join(", ")})`;
    throw new LimeError(name, { expected: "an array of rows [N, columns]", received });
  }
  return { rows, columns, values: data instanceof Int32Array ? Float64Array.from(data) : data };
}
