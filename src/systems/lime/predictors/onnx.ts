// An ONNX file as a model: numbers, strings or pictures in; probabilities out, as scikit-learn exports them too.

import { readFile } from "node:fs/promises";
import type { InferenceSession } from "onnxruntime-common";
import { loadRuntime, type Ort } from "../../../engine/onnx/runtime.ts";
import { LimeError } from "../errors.ts";
import { isUnitScale } from "../segment/picture.ts";
import {
  type BlackBox,
  type BlackBoxOptions,
  type InputKind,
  type InputKinds,
  isImage,
  softmaxRows,
} from "./black-box.ts";
import { type OpenedGraph, openGraph, type PortShape } from "./onnx-graph.ts";

/** Bits of a batch as ONNX Runtime takes them. */
type Feed = {
  readonly data: Float32Array | Float64Array | BigInt64Array | Int32Array | Uint8Array | string[];
  readonly dims: number[];
};

/**
 * Opens an ONNX file. Inputs may be `float[N, d]` (also float64, int64, int32), one column each
 * `[N, 1]`, `string[N, 1]` or `string[N]` for texts, or pictures `[N, C, H, W]` and `[N, H, W, C]`.
 * Of several outputs the probabilities are taken: floats [N, C], a ZipMap's list of maps included;
 * its keys become the names of the classes.
 *
 * @throws LimeError where the file's inputs do not take what is to be explained.
 */
export async function onnxModel<K extends InputKind>(
  path: string,
  kind: K,
  options: BlackBoxOptions = {},
): Promise<BlackBox<InputKinds[K]>> {
  const graph = openGraph(new Uint8Array(await readFile(path)), path);
  const { ort } = await loadRuntime(false);
  let session: InferenceSession;
  try {
    session = graph.bytes
      ? await ort.InferenceSession.create(graph.bytes)
      : await ort.InferenceSession.create(path);
  } catch (error) {
    const received = `a file that ONNX Runtime refuses: ${(error as Error).message}`;
    throw new LimeError("model", { expected: "an ONNX model that runs", received });
  }
  const encode = encoderFor(graph, kind, path, options);
  const { classNames } = graph;
  const ask = async (batch: readonly InputKinds[InputKind][]): Promise<number[][]> => {
    const feeds = Object.fromEntries(
      Object.entries(encode(batch)).map(([name, feed]) => [name, toOrt(ort, graph, name, feed)]),
    );
    const results = await session.run(feeds, [graph.output]);
    const { dims, data } = results[graph.output]!;
    return toRows(data as ArrayLike<number>, dims, batch.length, path);
  };
  const [height] = graph.inputs[0]!.dims;
  return {
    async predict(batch) {
      const rows =
        typeof height === "number" ? await inSizes(batch, height, ask) : await ask(batch);
      return options.outputs === "logits" ? softmaxRows(rows) : rows;
    },
    ...(classNames && { classNames }),
    close: () => session.release(),
  };
}

/** For a graph of a fixed batch: as many inputs at a time, the last ones filled up with the first. */
async function inSizes<I>(
  batch: readonly I[],
  size: number,
  ask: (batch: readonly I[]) => Promise<number[][]>,
): Promise<number[][]> {
  const rows: number[][] = [];
  for (let at = 0; at < batch.length; at += size) {
    const some = Array.from({ length: size }, (_, i) => batch[at + i] ?? batch[at]!);
    rows.push(...(await ask(some)));
  }
  return rows.slice(0, batch.length);
}

function toOrt(ort: Ort, graph: OpenedGraph, name: string, { data, dims }: Feed) {
  const type = graph.inputs.find((input) => input.name === name)!.type;
  // The types of `data` and `type` agree: `castTo` made it so.
  return new ort.Tensor(type as "float32", data as Float32Array, dims);
}

type Encoder = (batch: readonly InputKinds[InputKind][]) => Record<string, Feed>;

function encoderFor(
  { inputs }: OpenedGraph,
  kind: InputKind,
  path: string,
  options: BlackBoxOptions,
): Encoder {
  const input = inputs[0]!;
  const refuse = (expected: string): never => {
    const shapes = inputs.map(({ name, type, dims }) => `${name}: ${type}[${dims.join(", ")}]`);
    throw new LimeError("model", { expected, received: `${path} with ${shapes.join("; ")}` });
  };
  if (kind === "text") {
    if (inputs.length !== 1 || input.type !== "string") {
      refuse(
        "one input of strings for texts; a model of token numbers needs its tokenizer around it",
      );
    }
    return (batch) => ({ [input.name]: textFeed(batch as string[], input) });
  }
  if (kind === "table") {
    if (inputs.some(({ type }) => type === "string")) refuse("inputs of numbers for a table");
    if (inputs.length === 1) return (batch) => ({ [input.name]: tableFeed(batch as Row[], input) });
    if (!inputs.every(({ dims }) => dims.length <= 2 && (dims[1] ?? 1) === 1)) {
      refuse("one input [N, columns], or one [N, 1] per column");
    }
    return (batch) => columnFeeds(batch as Row[], inputs, path);
  }
  if (kind === "mixed") return mixedEncoder(inputs, path, refuse);
  if (kind === "image") {
    if (inputs.length !== 1 || input.dims.length !== 4)
      refuse("one input [N, C, H, W] or [N, H, W, C]");
    return (batch) => ({ [input.name]: pictureFeed(batch, input, options) });
  }
  return refuse(
    "a model of texts, tables or pictures; a tagger is given as a function, URL or command",
  );
}

/** The one input of strings takes the text, the others the columns as for a table. */
function mixedEncoder(
  inputs: readonly PortShape[],
  path: string,
  refuse: (expected: string) => never,
): Encoder {
  const [text, ...more] = inputs.filter(({ type }) => type === "string");
  const numbers = inputs.filter(({ type }) => type !== "string");
  if (text === undefined || more.length > 0 || numbers.length === 0) {
    return refuse("one input of strings for the text, and inputs of numbers for the columns");
  }
  return (batch) => {
    const mixed = batch as InputKinds["mixed"][];
    const rows = mixed.map(({ columns }) => columns);
    const texts = mixed.map((each) => each.text);
    return { [text.name]: textFeed(texts, text), ...rowFeeds(rows, numbers, path) };
  };
}

function textFeed(texts: string[], { dims }: PortShape): Feed {
  return { data: texts, dims: dims.length < 2 ? [texts.length] : [texts.length, 1] };
}

type Row = ArrayLike<number>;

/** One input for all columns, or one for each. */
function rowFeeds(rows: readonly Row[], inputs: readonly PortShape[], path: string) {
  const [input] = inputs as [PortShape];
  const wide = inputs.length === 1 && rows[0]!.length !== 1;
  return wide ? { [input.name]: tableFeed(rows, input) } : columnFeeds(rows, inputs, path);
}

function tableFeed(batch: readonly Row[], { type, dims, name }: PortShape): Feed {
  const width = batch[0]!.length;
  if (typeof dims[1] === "number" && dims[1] !== width) {
    throw new LimeError("model", {
      expected: `rows of ${width} columns, as the table has`,
      received: `input ${name} of ${dims[1]} columns`,
    });
  }
  const flat = new Float64Array(batch.length * width);
  batch.forEach((row, i) => {
    flat.set(row as ArrayLike<number>, i * width);
  });
  return { data: castTo(type, flat), dims: [batch.length, width] };
}

function columnFeeds(
  batch: readonly Row[],
  inputs: readonly PortShape[],
  path: string,
): Record<string, Feed> {
  const width = batch[0]!.length;
  if (inputs.length !== width) {
    const received = `${path} with ${inputs.length} inputs`;
    throw new LimeError("model", { expected: `an input for each of ${width} columns`, received });
  }
  return Object.fromEntries(
    inputs.map(({ name, type }, column) => {
      const data = castTo(
        type,
        Float64Array.from(batch, (row) => row[column]!),
      );
      return [name, { data, dims: [batch.length, 1] }];
    }),
  );
}

function castTo(type: string, values: Float64Array): Feed["data"] {
  switch (type) {
    case "float64":
      return values;
    case "int64":
      return BigInt64Array.from(values, (value) => BigInt(Math.round(value)));
    case "int32":
      return Int32Array.from(values);
    default:
      return Float32Array.from(values);
  }
}

function pictureFeed(
  batch: readonly InputKinds[InputKind][],
  { type, dims, name }: PortShape,
  { mean, std }: BlackBoxOptions,
): Feed {
  const pictures = batch.filter(isImage);
  const [height, width, channels] = pictures[0]!.shape;
  const planar = dims[1] === channels || !(dims[3] === channels);
  const [h, w, c] = planar ? [dims[2], dims[3], dims[1]] : [dims[1], dims[2], dims[3]];
  const fits = (size: number | string | undefined, own: number) =>
    typeof size !== "number" || size === own;
  if (!fits(h, height) || !fits(w, width) || !fits(c, channels)) {
    throw new LimeError("model", {
      expected: `an input for pictures of ${height} x ${width} with ${channels} channels`,
      received: `${name}: [${dims.join(", ")}]`,
      hint: "Resize the picture, or read it with as many channels as the model takes.",
    });
  }
  const area = height * width;
  const values = new Float64Array(pictures.length * area * channels);
  pictures.forEach((picture, n) => {
    const unit = isUnitScale(picture) ? 1 : 1 / 255;
    const scale = type === "uint8" ? 255 * unit : unit;
    for (let i = 0; i < area; i++) {
      for (let k = 0; k < channels; k++) {
        const to = planar ? (n * channels + k) * area + i : (n * area + i) * channels + k;
        const value = picture.data[i * channels + k]! * scale;
        values[to] = (value - (mean?.[k] ?? 0)) / (std?.[k] ?? 1);
      }
    }
  });
  const shape = planar
    ? [pictures.length, channels, height, width]
    : [pictures.length, height, width, channels];
  return { data: type === "uint8" ? Uint8Array.from(values) : castTo(type, values), dims: shape };
}

function toRows(
  data: ArrayLike<number>,
  dims: readonly number[],
  count: number,
  path: string,
): number[][] {
  if (data.length % count !== 0 || data.length === 0) {
    throw new Error(`${path}: ${count} inputs gave an output of shape [${dims.join(", ")}]`);
  }
  const classes = data.length / count;
  return Array.from({ length: count }, (_, i) =>
    Array.from({ length: classes }, (_, c) => Number(data[i * classes + c]!)),
  );
}
