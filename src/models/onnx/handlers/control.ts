/** @file Control flow: conditions and counts that are known while tracing, and loops over axes. */
import { concat, expandDims, flip, scan, type Tensor, transpose } from "../../../engine/index.ts";
import type { HandlerTable, NodeCall, Result } from "../call.ts";
import { toNumber } from "../decode.ts";
import { Value } from "../value.ts";

const MAX_ITERATIONS = 4096;

function branch(call: NodeCall): Result {
  const [condition] = call.known(0, "condition");
  const name = condition !== 0 ? "then_branch" : "else_branch";
  return call.around.runBody(call.attributes.graph(name), []);
}

function bool(v: boolean): Value {
  return Value.known({ shape: [], dtype: "bool", data: Uint8Array.of(v ? 1 : 0) });
}

/** A loop is written out: how often it runs must be known. */
function loop(call: NodeCall): Result {
  const body = call.attributes.graph("body");
  const limit = call.has(0) ? call.known(0, "number of iterations")[0] : MAX_ITERATIONS + 1;
  let going = call.has(1) ? call.known(1, "condition")[0] !== 0 : true;
  let carried = call.inputs.slice(2).map((v) => v as Value);
  const collected: Tensor[][] = [];
  for (let i = 0; i < limit && going; i++) {
    if (i === MAX_ITERATIONS) throw call.fail(`it runs more than ${MAX_ITERATIONS} times`);
    const counter = Value.known({ shape: [], dtype: "int64", data: Float64Array.of(i) });
    const [next, ...outputs] = call.around.runBody(body, [counter, bool(true), ...carried]);
    if (!next.elements) throw call.fail("its condition is computed from data");
    going = next.elements[0] !== 0;
    carried = outputs.slice(0, carried.length);
    for (const [k, y] of outputs.slice(carried.length).entries()) {
      collected[k] ??= [];
      collected[k].push(expandDims(y.tensor, 0));
    }
  }
  const wanted = (body.output ?? []).length - 1 - carried.length;
  if (wanted > 0 && collected.length === 0)
    throw call.fail("it collects results but runs no times");
  return [...carried, ...collected.map((parts) => concat(parts, 0))];
}

/** A loop over axes of inputs becomes a loop of the engine. */
function scanned(call: NodeCall): Result {
  const { attributes } = call;
  if (call.version < 9) throw call.fail("it is of an operator set before 9");
  const body = attributes.graph("body");
  const walked = attributes.int("num_scan_inputs", 0);
  const states = call.inputs.length - walked;
  const axes = attributes.ints("scan_input_axes") ?? [];
  const directions = attributes.ints("scan_input_directions") ?? [];
  const xs = call.inputs.slice(states).map((v, i) => {
    const x = toFront((v as Value).tensor, axes[i] ?? 0);
    return directions[i] === 1 ? flip(x, 0) : x;
  });
  const initial = call.inputs.slice(0, states).map((v) => (v as Value).tensor);
  const [last, ys] = scan(
    (carry: Tensor[], now: Tensor[]): [Tensor[], Tensor[]] => {
      const outputs = call.around
        .runBody(
          body,
          [...carry, ...now].map((t) => Value.of(t)),
        )
        .map((v) => v.tensor);
      return [outputs.slice(0, states), outputs.slice(states)];
    },
    initial,
    xs,
  );
  const outputAxes = attributes.ints("scan_output_axes") ?? [];
  const backwards = attributes.ints("scan_output_directions") ?? [];
  const results = ys.map((y, i) =>
    fromFront(toNumber(backwards[i]) === 1 ? flip(y, 0) : y, outputAxes[i] ?? 0),
  );
  return [...last, ...results];
}

function toFront(x: Tensor, axis: number): Tensor {
  const at = axis < 0 ? axis + x.rank : axis;
  const rest = x.shape.map((_, i) => i).filter((i) => i !== at);
  return transpose(x, [at, ...rest]);
}

function fromFront(x: Tensor, axis: number): Tensor {
  const at = axis < 0 ? axis + x.rank : axis;
  const perm = x.shape.map((_, i) => i).slice(1);
  perm.splice(at, 0, 0);
  return transpose(x, perm);
}

export const control: HandlerTable = { If: branch, Loop: loop, Scan: scanned };
