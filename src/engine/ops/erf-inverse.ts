/** @file The inverse of the error function, by Giles's polynomials for single precision. */

import { defineOp, type OpDef } from "../op.ts";
import { apply1, type Tensor } from "../tensor.ts";
import {
  add,
  checkDtype,
  exp,
  log1p,
  maximum,
  mul,
  neg,
  sqrt,
  square,
  sub,
} from "./elementwise.ts";
import { less, where } from "./logic.ts";

/** Giles 2012, "Approximating the erfinv function", table 5: highest power first. */
const CENTRE = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 2.1858087e-4, -1.25372503e-3,
  -4.17768164e-3, 0.246640727, 1.50140941,
];
const TAIL = [
  -2.00214257e-4, 1.00950558e-4, 1.34934322e-3, -3.67342844e-3, 5.73950773e-3, -7.6224613e-3,
  9.43887047e-3, 1.00167406, 2.83297682,
];

function polynomial(x: Tensor, [first, second, ...rest]: readonly number[]): Tensor {
  return rest.reduce((value, c) => add(mul(value, x), c), add(mul(x, first), second));
}

/** w = -log(1 - x²), safe near ±1. */
function tailLog(x: Tensor): Tensor {
  return neg(add(log1p(x), log1p(neg(x))));
}

const erfInverseOp: OpDef = defineOp({
  name: "erfInverse",
  infer([x]) {
    checkDtype("erfInverse", x, ["float32", "float16", "float64"]);
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  // d erf⁻¹(x) = √π/2 exp(y²): exact, where the polynomials' own slope would be rough.
  grad: ({ grad, outputs: [y] }) => [mul(grad, mul(exp(square(y)), Math.sqrt(Math.PI) / 2))],
  compose([x]) {
    const w = tailLog(x);
    const centre = polynomial(sub(w, 2.5), CENTRE);
    const tail = polynomial(sub(sqrt(maximum(w, 5)), 3), TAIL);
    return [mul(where(less(w, 5), centre, tail), x)];
  },
  expression: ([x]) => `M.erfInverse(${x})`,
});

/** The inverse of `erf` on (-1, 1); relative error about 1e-6 in float32. */
export function erfInverse(x: Tensor): Tensor {
  return apply1(erfInverseOp, [x], {});
}
