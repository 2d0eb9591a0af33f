// The experiment object of HiPlot's JSON as rows, plain or compressed.
import { HiplotError } from "../errors.ts";
import { type Frame, frameOf } from "./frame.ts";
import type { Datapoint, DatapointJson, ExperimentJson, Value } from "./types.ts";

/**
 * The rows of an experiment object, as they were written.
 *
 * @throws HiplotError for what is no such object
 */
export function datapointsOf(json: ExperimentJson): DatapointJson[] {
  const points = json?.datapoints ?? uncompressed(json?.datapoints_compressed);
  if (!Array.isArray(points)) {
    throw new HiplotError(
      "format",
      "experiment: expected an object with datapoints or datapoints_compressed",
    );
  }
  points.forEach((point, row) => {
    if (point !== null && typeof point === "object" && typeof point.values === "object") return;
    const message = `experiment: expected {uid, from_uid, values} as datapoint ${row}, got ${JSON.stringify(point)?.slice(0, 60)}`;
    throw new HiplotError("format", message);
  });
  return points;
}

/** The ids of a datapoint: its own (default: its number), and that of the row it comes from. */
export function idsOf(point: DatapointJson, row: number): { uid: string; fromUid: string | null } {
  const { uid, from_uid: from } = point;
  return {
    uid: String(uid ?? row),
    fromUid: from === null || from === undefined ? null : String(from),
  };
}

/** The rows of an experiment object in columns. @throws HiplotError as `datapointsOf` does */
export function frameOfExperiment(json: ExperimentJson): Frame {
  return frameOf(
    datapointsOf(json).map(
      (point, row): Datapoint => ({ ...idsOf(point, row), values: plainCells(point.values) }),
    ),
  );
}

function plainCells(values: Readonly<Record<string, unknown>>): Record<string, Value> {
  const cells = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    cells.map(([name, value]) => {
      const isObject = value !== null && typeof value === "object";
      return [name, isObject ? JSON.stringify(value) : (value as Value)];
    }),
  );
}

function uncompressed(json: ExperimentJson["datapoints_compressed"]): DatapointJson[] | undefined {
  return json?.rows.map(([uid, from, ...cells]) => ({
    uid: String(uid),
    from_uid: from === null || from === undefined ? null : String(from),
    values: Object.fromEntries(json.columns.map((name, i) => [name, cells[i] ?? null])),
  }));
}
