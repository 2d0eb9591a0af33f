/** @file Checks what a model is given against what it declares. */
import { cast, DTypeError, ShapeError, Tensor, ValueError } from "../../engine/index.ts";
import type { OnnxModelGraph, Port } from "./graph.ts";
import { elementName } from "./types.ts";
import { Value } from "./value.ts";

/**
 * Inputs by name as values of the graph.
 * @throws ValueError for missing and unknown names, DTypeError and ShapeError where one does not fit
 */
export function bindInputs(
  { inputs, source }: OnnxModelGraph,
  given: Readonly<Record<string, Tensor>>,
): Map<string, Value> {
  const known = new Set(inputs.map((i) => i.name));
  const listed = [...known].join(", ") || "none";
  for (const name of Object.keys(given)) {
    if (!known.has(name))
      throw new ValueError(`${source} has no input ${name}; its inputs are ${listed}`);
  }
  const values = new Map<string, Value>();
  for (const port of inputs) {
    const x = given[port.name];
    if (!(x instanceof Tensor))
      throw new ValueError(`${source}: input ${port.name} is missing; the inputs are ${listed}`);
    values.set(port.name, inputValue(checked(port, x, source)));
  }
  return values;
}

/** More elements than shapes and axes have. */
const FEW = 8;

/** A short row of integers that is given outside of `compile` is known: it may serve as a shape. */
function inputValue(x: Tensor): Value {
  const host = x._storage?.host;
  const integers = x.dtype === "int64" || x.dtype === "int32";
  if (!host || !integers || x.rank > 1 || x.size > FEW) return Value.of(x);
  return Value.stored(host, x.shape, x.dtype);
}

function checked(port: Port, x: Tensor, source: string): Tensor {
  const { name, dtype, shape, type } = port;
  const declared = shape ? `[${shape.map((d) => d ?? "?").join(", ")}]` : "any shape";
  const fits =
    shape === null ||
    (shape.length === x.rank && shape.every((d, i) => typeof d !== "number" || d === x.shape[i]));
  if (!fits) {
    throw new ShapeError(
      `${source}: input ${name} has shape [${x.shape.join(", ")}]: expected ${declared}`,
    );
  }
  if (dtype === null || dtype === x.dtype) return x;
  const wider =
    (dtype === "int64" && x.dtype === "int32") || (dtype === "float32" && x.dtype === "float16");
  if (wider) return cast(x, dtype);
  throw new DTypeError(
    `${source}: input ${name} has dtype ${x.dtype}: expected ${dtype} (${elementName(type)})`,
  );
}
