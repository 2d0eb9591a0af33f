// The README's first program: linear regression by a compiled gradient step.

import * as dd from "../src/engine/index.ts";

const loss = (w: dd.Tensor, x: dd.Tensor, y: dd.Tensor) => x.matmul(w).sub(y).square().mean();
const step = dd.compile((w: dd.Tensor, x: dd.Tensor, y: dd.Tensor) => {
  const [value, slope] = dd.valueAndGrad(loss)(w, x, y);
  return { value, w: w.sub(slope.mul(0.1)) };
});
const x = dd.randomNormal(dd.randomKey(0), [64, 3]);
const y = x.matmul(dd.tensor([[1], [-2], [3]]));
let w = dd.tensor([[0], [0], [0]]);
for (let i = 0; i < 100; i++) ({ w } = await step(w, x, y));
console.log(await w.array()); // close to 1, -2, 3
