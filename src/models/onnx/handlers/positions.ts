/** @file Operators that read and write at positions given by integer tensors. */
import {
  arange,
  cast,
  concat,
  gather,
  gatherND,
  scatterAddAlongAxis,
  scatterAddND,
  scatterAlongAxis,
  scatterSetND,
  type Tensor,
  takeAlongAxis,
  tril,
  triu,
} from "../../../engine/index.ts";
import { normalizeAxis } from "../../../engine/shape.ts";
import type { HandlerTable, NodeCall } from "../call.ts";

/** Positions as the engine takes them. */
function integers(x: Tensor): Tensor {
  return x.dtype === "int64" || x.dtype === "int32" ? x : cast(x, "int32");
}

function gathered(call: NodeCall): Tensor {
  return gather(call.tensor(0), integers(call.tensor(1)), call.attributes.int("axis", 0));
}

function alongAxis(call: NodeCall): { x: Tensor; indices: Tensor; axis: number } {
  const x = call.tensor(0);
  const axis = normalizeAxis(call.node.op, call.attributes.int("axis", 0), x.rank);
  return { x, indices: integers(call.tensor(1)), axis };
}

function gatheredByVectors(call: NodeCall): Tensor {
  const x = call.tensor(0);
  const indices = integers(call.tensor(1));
  const batch = call.attributes.int("batch_dims", 0);
  if (batch === 0) return gatherND(x, indices);
  // The leading axes become position numbers of their own.
  const lead = [...indices.shape.slice(0, -1), 1];
  const counters = Array.from({ length: batch }, (_, axis) => {
    const shape = lead.map((_, i) => (i === axis ? lead[axis] : 1));
    return arange(0, lead[axis], 1, indices.dtype).reshape(shape).broadcastTo(lead);
  });
  return gatherND(x, concat([...counters, indices], -1));
}

function scattered(call: NodeCall): Tensor {
  const { x, indices, axis } = alongAxis(call);
  const updates = call.tensor(2);
  switch (call.attributes.string("reduction", "none")) {
    case "none":
      return scatterAlongAxis(x, indices, updates, axis);
    case "add":
      return scatterAddAlongAxis(x, indices, updates, axis);
    default:
      throw call.fail(`the reduction ${call.attributes.string("reduction", "")} is not known`);
  }
}

function scatteredByVectors(call: NodeCall): Tensor {
  const [x, indices, updates] = [call.tensor(0), integers(call.tensor(1)), call.tensor(2)];
  switch (call.attributes.string("reduction", "none")) {
    case "none":
      return scatterSetND(x, indices, updates);
    case "add":
      return scatterAddND(x, indices, updates);
    default:
      throw call.fail(`the reduction ${call.attributes.string("reduction", "")} is not known`);
  }
}

function triangle(call: NodeCall): Tensor {
  const x = call.tensor(0);
  const offset = call.has(1) ? call.known(1, "diagonal")[0] : 0;
  return call.attributes.int("upper", 1) !== 0 ? triu(x, offset) : tril(x, offset);
}

export const positions: HandlerTable = {
  Gather: gathered,
  GatherElements: (call) => {
    const { x, indices, axis } = alongAxis(call);
    return takeAlongAxis(x, indices, axis);
  },
  GatherND: gatheredByVectors,
  Scatter: scattered,
  ScatterElements: scattered,
  ScatterND: scatteredByVectors,
  Trilu: triangle,
};
