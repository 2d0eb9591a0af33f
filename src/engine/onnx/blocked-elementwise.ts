/** @file Elementwise nodes on values in the blocked layout: they do not care about the order of elements. */
import type { Aval } from "../op.ts";
import { sameShape, sizeOf } from "../shape.ts";
import { type BlockedLayout, blockedShape, channelKind } from "./blocked.ts";
import type { Lowering, Value } from "./lowering.ts";
import type { Attribute, NodeModel } from "./model.ts";

const ELEMENTWISE = new Set([
  ...[
    "Abs",
    "Cast",
    "Ceil",
    "Clip",
    "Elu",
    "Erf",
    "Exp",
    "Floor",
    "Gelu",
    "LeakyRelu",
    "Log",
    "Neg",
  ],
  ...["Not", "Reciprocal", "Relu", "Round", "Sigmoid", "Sign", "Softplus", "Sqrt", "Tanh"],
  ...["Add", "Sub", "Mul", "Div", "Max", "Min", "Pow", "And", "Or", "Where"],
  ...["Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"],
]);

/**
 * The output of a node in blocked form, where an input exists in no other and the node can take it
 * so; else null.
 */
export function keepBlocked(
  b: Lowering,
  layout: BlockedLayout,
  type: string,
  inputs: readonly (Value | null)[],
  output: Aval,
  attributes: Record<string, Attribute>,
): Value | null {
  if (!ELEMENTWISE.has(type) || !inputs.some((v) => v && layout.only(v))) return null;
  return (
    intoConvolution(b, layout, type, inputs, output) ??
    perChannel(b, layout, type, inputs, output) ??
    aligned(b, layout, type, inputs, output, attributes)
  );
}

function isScalar(v: Value): boolean {
  return sizeOf(v.shape) === 1 && v.shape.length < 5;
}

/** Operands of one shape, and scalars. */
function aligned(
  b: Lowering,
  layout: BlockedLayout,
  type: string,
  inputs: readonly (Value | null)[],
  output: Aval,
  attributes: Record<string, Attribute>,
): Value | null {
  const fits = (v: Value | null): boolean =>
    v === null ||
    (isScalar(v) && !layout.only(v)) ||
    (sameShape(v.shape, output.shape) && (layout.has(v) || layout.fits(v)));
  if (!inputs.every(fits)) return null;
  const operands = inputs.map((v) =>
    v && sameShape(v.shape, output.shape) && !(isScalar(v) && !layout.only(v))
      ? layout.block(v)
      : v,
  );
  const shape = blockedShape(output.shape);
  const made = b.emit(type, operands, [{ shape, dtype: output.dtype }], attributes, "")[0];
  return layout.hold(made, output);
}

/** Sums, differences, products and quotients with one number per channel. */
function perChannel(
  b: Lowering,
  layout: BlockedLayout,
  type: string,
  inputs: readonly (Value | null)[],
  output: Aval,
): Value | null {
  if (inputs.length !== 2 || output.dtype !== "float32") return null;
  const [left, right] = inputs as readonly Value[];
  const swapped = !(layout.only(left) && sameShape(left.shape, output.shape));
  const [x, v] = swapped ? [right, left] : [left, right];
  if (!layout.only(x) || !sameShape(x.shape, output.shape) || layout.has(v)) return null;
  const kind = channelKind(v.shape, x.shape);
  if (!kind || isScalar(v)) return null;
  const blocked = layout.block(x);
  const [n, c, h, w] = blocked.shape;
  const rows = kind === "channel" ? c : n * c;
  const whole = kind === "channel" ? blocked : b.reshape(blocked, [1, rows, h, w]);
  const vector = b.reshape(v, [rows]);
  const map = affine(b, layout, type, vector, swapped);
  if (!map) return null;
  return layout.hold(
    b.reshape(layout.channelwise(whole, map.scale, map.shift), blocked.shape),
    output,
  );
}

function affine(
  b: Lowering,
  layout: BlockedLayout,
  type: string,
  v: Value,
  swapped: boolean,
): { scale: Value | null; shift: Value | null } | null {
  switch (type) {
    case "Add":
      return { scale: null, shift: v };
    case "Sub":
      return swapped
        ? { scale: layout.constant(-1, v.shape[0]), shift: v }
        : { scale: null, shift: b.unary("Neg", v) };
    case "Mul":
      return { scale: v, shift: null };
    case "Div":
      return swapped ? null : { scale: b.unary("Reciprocal", v), shift: null };
    default:
      return null;
  }
}

const INPUTS = { bias: 2, sum: 3 };

/** `node` with one more input, null where that place is taken or an activation stands behind it. */
function withInput(node: NodeModel, place: number, name: string): NodeModel | null {
  if (node.inputs[place] || node.attributes.activation) return null;
  const inputs = [...node.inputs];
  while (inputs.length <= place) inputs.push("");
  inputs[place] = name;
  return { ...node, inputs };
}

/** Bias, residual sum and ReLU ride along in the convolution before them. */
function intoConvolution(
  b: Lowering,
  layout: BlockedLayout,
  type: string,
  inputs: readonly (Value | null)[],
  output: Aval,
): Value | null {
  if (type === "Relu") {
    const attributes = { activation: { string: "Relu" } };
    return layout.extend(inputs[0] as Value, output, (node) =>
      node.attributes.activation
        ? null
        : { ...node, attributes: { ...node.attributes, ...attributes } },
    );
  }
  if (type !== "Add") return null;
  const [left, right] = inputs as readonly Value[];
  for (const [x, y] of [
    [left, right],
    [right, left],
  ]) {
    if (!layout.only(x) || !sameShape(x.shape, output.shape) || x.name === y.name) continue;
    const bias = !layout.has(y) && channelKind(y.shape, x.shape) === "channel";
    const sum = sameShape(y.shape, x.shape) && (layout.has(y) || layout.fits(y));
    if (!bias && !sum) continue;
    const made = layout.extend(x, output, (node) => {
      const place = bias ? INPUTS.bias : INPUTS.sum;
      if (!withInput(node, place, "free")) return null;
      const operand = bias ? b.reshape(y, [x.shape[1]]) : layout.block(y);
      return withInput(node, place, operand.name);
    });
    if (made) return made;
  }
  return null;
}
