/** @file Cases of loops inside a graph. */
import {
  add,
  checkpoint,
  concat,
  cumsum,
  customGradient,
  matmul,
  mul,
  relu,
  scan,
  sigmoid,
  split,
  square,
  sub,
  sum,
  tanh,
  type Unroll,
} from "../../index.ts";
import { barrier } from "../../ops/cast.ts";
import type { Tensor } from "../../tensor.ts";
import type { OpCase } from "../check.ts";
import { between, floats, whole } from "../values.ts";

/** One step of a gated recurrent unit: gates of the input are given, weights `[d, 3d]` and `[3d]`. */
function gru(h: Tensor, x: Tensor, w: Tensor, b: Tensor): Tensor {
  const g = add(matmul(h, w), b);
  const [xr, xz, xn] = split(x, 3, 1);
  const [gr, gz, gn] = split(g, 3, 1);
  const z = sigmoid(add(xz, gz));
  const n = tanh(add(xn, mul(sigmoid(add(xr, gr)), gn)));
  return add(mul(z, sub(h, n)), n);
}

const recurrent = (unroll: Unroll, reverse: boolean): OpCase => ({
  op: "scan",
  name: `scan of a gated unit${reverse ? " in reverse" : ""}, unroll ${unroll}`,
  inputs: [floats(2, 3), floats(3, 2, 9), floats(3, 9), floats(9)],
  fn: (h, xs, w, b) => {
    const [last, ys] = scan(
      (c: Tensor, x: Tensor) => {
        const next = gru(c, x, w, b);
        return [next, next] as const;
      },
      h,
      xs,
      { unroll, reverse },
    );
    return [last, ys];
  },
});

const RECOMPUTED: OpCase[] = [
  {
    op: "checkpoint",
    name: "checkpoint of two layers with captured weights",
    inputs: [floats(2, 3), floats(3, 3), floats(3)],
    fn(x, w, b) {
      const layer = checkpoint((h: Tensor) => ({ h: tanh(add(matmul(h, w), b)) }));
      return layer(layer(mul(x, 0.5)).h).h;
    },
  },
  {
    op: "checkpoint",
    name: "checkpoint around and inside a scan",
    inputs: [floats(3), floats(4, 3)],
    fn(start, xs) {
      const step = checkpoint((c: Tensor, x: Tensor) => tanh(mul(c, add(x, c))));
      return checkpoint((a: Tensor, b: Tensor) =>
        scan(
          (c: Tensor, x: Tensor) => {
            const next = step(c, x);
            return [next, sum(next)];
          },
          a,
          b,
        ),
      )(start, xs);
    },
  },
  {
    op: "customGradient",
    name: "customGradient that says the truth",
    inputs: [floats(4), floats(4)],
    fn: customGradient(
      (x, y) => mul(tanh(x), y),
      (g, { inputs: [x, y] }) => [mul(mul(g, y), sub(1, square(tanh(x)))), mul(g, tanh(x))],
    ),
  },
  {
    op: "barrier",
    name: "barrier that waits for another value",
    inputs: [floats(2, 3), floats(4)],
    fn: (x, y) => mul(barrier(x, y), 2),
  },
];

/** See the file's first line. */
export const loopCases: readonly OpCase[] = [
  recurrent(false, false),
  recurrent(true, false),
  recurrent(false, true),
  {
    op: "scan",
    name: "scan with trees, integers and an unused carry",
    inputs: [floats(3), floats(4, 3), whole(0, 5, [4])],
    fn: (start, xs, ids) => {
      const [carry, ys] = scan(
        (c: { v: Tensor; n: Tensor }, x: { x: Tensor; id: Tensor }) => [
          { v: add(mul(c.v, 0.5), relu(x.x)), n: add(c.n, x.id) },
          [c.v, { sum: sum(mul(c.v, x.x)) }],
        ],
        { v: start, n: sum(ids) },
        { x: xs, id: ids },
      );
      const [before, { sum: sums }] = ys as unknown as [Tensor, { sum: Tensor }];
      return [carry.v, carry.n, before, sums];
    },
  },
  {
    op: "scan",
    name: "scan by length alone, with captured vectors",
    inputs: [between(-0.5, 0.5, 3), between(-0.5, 0.5, 3), between(-0.5, 0.5, 3, 3)],
    fn: (x, a, m) =>
      scan((c: Tensor) => [tanh(add(mul(c, a), matmul(m, c))), null], x, null, { length: 3 })[0],
  },
  {
    op: "scan",
    name: "scan without a carry",
    inputs: [floats(4, 2)],
    fn: (xs) => scan((_: null, x: Tensor) => [null, mul(x, x)], null, xs)[1],
  },
  {
    op: "scan",
    name: "scan inside a scan",
    inputs: [floats(2), floats(3, 4, 2), floats(2, 2)],
    fn: (start, xs, w) =>
      scan(
        (c: Tensor, row: Tensor) => {
          const [inner, ys] = scan(
            (d: Tensor, x: Tensor) => {
              const next = tanh(add(matmul(d, w), mul(x, c)));
              return [next, sum(next)];
            },
            c,
            row,
          );
          return [inner, ys];
        },
        start,
        xs,
      ),
  },
  {
    op: "scan",
    name: "scan of which only the ys are used",
    inputs: [floats(2), floats(3, 2)],
    fn: (start, xs) =>
      concat([scan((c: Tensor, x: Tensor) => [add(c, x), mul(c, x)], start, xs)[1], cumsum(xs, 0)]),
  },
  ...RECOMPUTED,
];
