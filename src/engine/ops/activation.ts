/** @file Activation functions beyond relu, sigmoid and tanh: GELU, SiLU, softplus, ELU, leaky ReLU and kin. */
import { defineOp, type OpDef, type Params } from "../op.ts";
import { apply1, type Tensor } from "../tensor.ts";
import { cast } from "./cast.ts";
import {
  abs,
  add,
  checkDtype,
  clip,
  erf,
  exp,
  expm1,
  log1p,
  maximum,
  minimum,
  mul,
  neg,
  sigmoid,
  square,
  tanh,
} from "./elementwise.ts";
import { greater, where } from "./logic.ts";

/** Which form of GELU: through the error function, or Hendrycks & Gimpel's tanh approximation. */
export type GeluForm = "tanh" | "erf";

interface GeluParams extends Params {
  readonly form: GeluForm;
}

const SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

/** x·sigmoid(2u) with u = √(2/π)(x + 0.044715x³): equal to the tanh form, and its slope is shorter. */
function tanhInner(x: Tensor): { s: Tensor; x2: Tensor } {
  const x2 = square(x);
  const u = mul(x, add(mul(x2, 2 * SQRT_2_OVER_PI * CUBIC), 2 * SQRT_2_OVER_PI));
  return { s: sigmoid(u), x2 };
}

const geluOp: OpDef<GeluParams> = defineOp<GeluParams>({
  name: "gelu",
  infer([x]) {
    checkDtype("gelu", x, ["float32", "float16", "float64"]);
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  grad: ({ grad, inputs: [x], params: { form } }) => [mul(grad, geluSlope(x, form))],
  compose([x], { form }) {
    if (form === "tanh") return [mul(x, tanhInner(x).s)];
    return [mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1))];
  },
  lower: (b, [x], { form }) => [
    b.op("Gelu", [x], x, { approximate: { string: form === "tanh" ? "tanh" : "none" } }),
  ],
  flops: ([x]) => 10 * x.shape.reduce((a, d) => a * d, 1),
});

/** The derivative of GELU. */
function geluSlope(x: Tensor, form: GeluForm): Tensor {
  if (form === "tanh") {
    const { s, x2 } = tanhInner(x);
    const slope = mul(x, add(mul(x2, 6 * SQRT_2_OVER_PI * CUBIC), 2 * SQRT_2_OVER_PI));
    return mul(s, add(mul(slope, add(neg(s), 1)), 1));
  }
  const cdf = add(mul(erf(mul(x, Math.SQRT1_2)), 0.5), 0.5);
  return add(cdf, mul(x, mul(exp(mul(square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI))));
}

/** Gaussian error linear unit, `x·Φ(x)` (Hendrycks & Gimpel 2016), by its tanh approximation or exactly. */
export function gelu(x: Tensor, form: GeluForm = "tanh"): Tensor {
  return apply1(geluOp, [x], { form });
}

/** `x·sigmoid(x)`, also called Swish. */
export function silu(x: Tensor): Tensor {
  return mul(x, sigmoid(x));
}

/** `log(1 + exp(x))`, safe for large values. */
export function softplus(x: Tensor): Tensor {
  return add(maximum(x, 0), log1p(exp(neg(abs(x)))));
}

/** `x` where positive, else `alpha·(exp(x) - 1)`. */
export function elu(x: Tensor, alpha = 1): Tensor {
  return where(greater(x, 0), x, mul(expm1(minimum(x, 0)), alpha));
}

/** SELU (Klambauer et al. 2017, with the constants given there). */
export function selu(x: Tensor): Tensor {
  return mul(elu(x, 1.6732632423543772), 1.0507009873554805);
}

/** `x` where positive, else `slope·x`. */
export function leakyRelu(x: Tensor, slope = 0.01): Tensor {
  const positive = cast(greater(x, 0), x.dtype);
  return mul(x, add(mul(positive, 1 - slope), slope));
}

/** `min(max(x, 0), 6)`. */
export function relu6(x: Tensor): Tensor {
  return clip(x, 0, 6);
}

/** `clip(x/6 + 1/2, 0, 1)`. */
export function hardSigmoid(x: Tensor): Tensor {
  return clip(add(mul(x, 1 / 6), 0.5), 0, 1);
}

/** `x·hardSigmoid(x)` (Howard et al. 2019). */
export function hardSwish(x: Tensor): Tensor {
  return mul(x, hardSigmoid(x));
}

/** `x·tanh(softplus(x))` (Misra 2019). */
export function mish(x: Tensor): Tensor {
  return mul(x, tanh(softplus(x)));
}

/** `log(sigmoid(x))`, safe for large negative values. */
export function logSigmoid(x: Tensor): Tensor {
  return neg(softplus(neg(x)));
}
