// Training with `fit`: a small network learns which points lie inside a circle.

import { compile, randomKey, splitKey, type Tensor, tensor } from "../src/engine/index.ts";
import { Activation, type Context, crossEntropy, Linear, Sequential } from "../src/nn/index.ts";
import { AdamW, cosine } from "../src/optim/index.ts";
import { arrayData, fit } from "../src/train/index.ts";

const [inner, outer] = splitKey(randomKey(0));
const model = new Sequential(
  new Linear({ in: 2, out: 32, key: inner }),
  new Activation("relu"),
  new Linear({ in: 32, out: 2, key: outer }),
);

// 1,000 points of the square, each with its class: 1 inside the circle, 0 outside.
const points = Float32Array.from({ length: 2000 }, () => 2 * Math.random() - 1);
const inside = Int32Array.from({ length: 1000 }, (_, i) =>
  points[2 * i] ** 2 + points[2 * i + 1] ** 2 < 0.6 ? 1 : 0,
);
const fields = { x: { data: points, shape: [2] }, y: { data: inside } };
type Batch = { x: Tensor; y: Tensor };

function loss(net: Sequential, { x, y }: Batch, ctx: Context) {
  const logits = net.forward(x, ctx);
  const accuracy = logits.argmax().equal(y).cast("float32").mean();
  return { loss: crossEntropy(logits, y), metrics: { accuracy } };
}

const { validations } = await fit({
  model,
  loss,
  optimizer: new AdamW({ learningRate: cosine({ from: 0.03, steps: 600 }) }),
  data: arrayData(fields, { batchSize: 50 }),
  validation: { data: arrayData(fields, { batchSize: 500 }) },
  epochs: 30,
  key: randomKey(1),
});

const predict = compile((net: Sequential, x: Tensor) => net.forward(x).softmax());
console.log(await (await predict(model, tensor([[0, 0]]))).array()); // nearly all for class 1
console.log(`accuracy ${validations.at(-1)?.values.accuracy}`);
