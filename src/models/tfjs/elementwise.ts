/** @file TensorFlow's operators on elements, and its reductions, in ONNX. */
import { ELEMENT } from "../onnx/types.ts";
import type { NodeWriter } from "./emitter.ts";

/** Writes a node and gives the names of its outputs; one name for one output. */
export type Translation = (w: NodeWriter) => string | readonly string[];

const same =
  (op: string): Translation =>
  (w) =>
    w.emitter.op(op, w.node.inputs);

/** Operators that have another name in ONNX, or the same. */
const renamed = Object.fromEntries(
  Object.entries({
    Abs: "Abs",
    Acos: "Acos",
    Acosh: "Acosh",
    Add: "Add",
    AddN: "Sum",
    AddV2: "Add",
    Asin: "Asin",
    Asinh: "Asinh",
    Atan: "Atan",
    Atanh: "Atanh",
    BiasAdd: "Add",
    Ceil: "Ceil",
    Cos: "Cos",
    Cosh: "Cosh",
    Div: "Div",
    Elu: "Elu",
    Equal: "Equal",
    Erf: "Erf",
    Exp: "Exp",
    Floor: "Floor",
    Greater: "Greater",
    GreaterEqual: "GreaterOrEqual",
    Identity: "Identity",
    IsNan: "IsNaN",
    Less: "Less",
    LessEqual: "LessOrEqual",
    Log: "Log",
    LogicalAnd: "And",
    LogicalNot: "Not",
    LogicalOr: "Or",
    Maximum: "Max",
    Minimum: "Min",
    Mul: "Mul",
    Neg: "Neg",
    Pow: "Pow",
    PreventGradient: "Identity",
    RealDiv: "Div",
    Reciprocal: "Reciprocal",
    Relu: "Relu",
    Round: "Round",
    Select: "Where",
    SelectV2: "Where",
    Selu: "Selu",
    Sigmoid: "Sigmoid",
    Sign: "Sign",
    Sin: "Sin",
    Sinh: "Sinh",
    Softplus: "Softplus",
    Softsign: "Softsign",
    Sqrt: "Sqrt",
    StopGradient: "Identity",
    Sub: "Sub",
    Tan: "Tan",
    Tanh: "Tanh",
  }).map(([tf, onnx]) => [tf, same(onnx)]),
);

/** TensorFlow's element types; its int64 is int32 in TensorFlow.js. */
const ELEMENT_OF: Readonly<Record<number, number>> = {
  1: ELEMENT.FLOAT,
  3: ELEMENT.INT32,
  9: ELEMENT.INT32,
  10: ELEMENT.BOOL,
  19: ELEMENT.FLOAT,
};

/** ONNX's number of an element type of TensorFlow. */
export function elementOf(w: NodeWriter, attribute: string): number {
  const type = w.node.attributes.type(attribute);
  const element = ELEMENT_OF[type];
  if (element === undefined)
    throw w.refuse(`has elements of type ${type}, which tensors cannot hold`);
  return element;
}

function reduction(op: string): Translation {
  return (w) => {
    const axes = w.emitter.int64(w.input(1));
    const rows = w.emitter.op("Reshape", [axes, w.emitter.ints([-1])]);
    const known = w.emitter.known(w.input(1));
    const list = known ? w.emitter.ints([...known.data]) : rows;
    const keepdims = w.node.attributes.bool("keep_dims") ? 1 : 0;
    return w.emitter.op(op, [w.input(0), list], { keepdims, noop_with_empty_axes: 1 });
  };
}

/** Of truth values, by the least or greatest of 0 and 1. */
function truthReduction(op: string): Translation {
  return (w) => {
    const { emitter, node } = w;
    const numbers = emitter.op("Cast", [w.input(0)], { to: ELEMENT.INT32 });
    const keepdims = node.attributes.bool("keep_dims") ? 1 : 0;
    const y = emitter.op(op, [numbers, emitter.ints(w.numbers(1))], { keepdims });
    return emitter.op("Cast", [y], { to: ELEMENT.BOOL });
  };
}

function extremePlace(op: string): Translation {
  return (w) => {
    const axis = w.number(1);
    return w.emitter.int32(w.emitter.op(op, [w.input(0)], { axis, keepdims: 0 }));
  };
}

export const elementwise: Readonly<Record<string, Translation>> = {
  ...renamed,
  All: truthReduction("ReduceMin"),
  Any: truthReduction("ReduceMax"),
  ArgMax: extremePlace("ArgMax"),
  ArgMin: extremePlace("ArgMin"),
  Cast: (w) => w.emitter.op("Cast", [w.input(0)], { to: elementOf(w, "DstT") }),
  Expm1: (w) => w.emitter.op("Sub", [w.emitter.op("Exp", [w.input(0)]), w.emitter.float(1)]),
  FloorDiv: (w) => w.emitter.op("Floor", [w.emitter.op("Div", w.node.inputs)]),
  LeakyRelu: (w) => {
    const alpha = { float: w.node.attributes.float("alpha", 0.2) };
    return w.emitter.op("LeakyRelu", [w.input(0)], { alpha });
  },
  Log1p: (w) => w.emitter.op("Log", [w.emitter.op("Add", [w.input(0), w.emitter.float(1)])]),
  LogSoftmax: (w) => w.emitter.op("LogSoftmax", [w.input(0)], { axis: -1 }),
  Max: reduction("ReduceMax"),
  Mean: reduction("ReduceMean"),
  Min: reduction("ReduceMin"),
  NotEqual: (w) => w.emitter.op("Not", [w.emitter.op("Equal", w.node.inputs)]),
  Prelu: (w) => w.emitter.op("PRelu", w.node.inputs),
  Prod: reduction("ReduceProd"),
  Relu6: (w) => w.emitter.op("Clip", [w.input(0), w.emitter.float(0), w.emitter.float(6)]),
  Rsqrt: (w) => w.emitter.op("Reciprocal", [w.emitter.op("Sqrt", [w.input(0)])]),
  Softmax: (w) => w.emitter.op("Softmax", [w.input(0)], { axis: -1 }),
  Square: (w) => w.emitter.op("Mul", [w.input(0), w.input(0)]),
  SquaredDifference: (w) => {
    const difference = w.emitter.op("Sub", w.node.inputs);
    return w.emitter.op("Mul", [difference, difference]);
  },
  Sum: reduction("ReduceSum"),
};
