/** @file A small classifier that is trained here, and what it gives after its export elsewhere. */
import {
  compile,
  evaluate,
  gradients,
  mean,
  randomKey,
  type Tensor,
  tensor,
} from "../../engine/index.ts";
import {
  assign,
  crossEntropy,
  Linear,
  Module,
  meanPool,
  TransformerEncoder,
  trainable,
} from "../../nn/index.ts";
import { AdamW } from "../../optim/index.ts";
import { encodeOnnx } from "../onnx/save.ts";
import { OpaqueSession } from "../onnx/session.ts";
import type { WebRuntime } from "./web-runtime.ts";

/** A classifier of token ids. */
class Classifier extends Module {
  encoder: TransformerEncoder;
  head: Linear;

  constructor(key: Tensor) {
    super();
    const sizes = { vocabulary: 50, width: 16, heads: 2, layers: 2, maxLength: 12 };
    this.encoder = new TransformerEncoder({ ...sizes, key });
    this.head = new Linear({ in: 16, out: 3, key });
  }

  forward(ids: Tensor): Tensor {
    return this.head.forward(meanPool(this.encoder.forward(ids)));
  }
}

const shape = [4, 12];
const values = Array.from({ length: 48 }, (_, i) => (i * 7 + (i >> 3)) % 50);
const ids = tensor(values, { dtype: "int32", shape });
const labels = tensor([0, 1, 2, 1], { dtype: "int32" });

/** Trains for five steps. */
async function train(): Promise<{ model: Classifier; losses: number[] }> {
  const optimizer = new AdamW({ learningRate: 1e-2 });
  const step = compile((model: Classifier, state: ReturnType<typeof optimizer.init>) => {
    const params = trainable(model);
    const loss = mean(crossEntropy(model.forward(ids), labels));
    const next = optimizer.update(params, gradients(loss, params) as typeof params, state);
    return { model: assign(model, next.params), state: next.state, loss };
  });
  let model = new Classifier(randomKey(0));
  let state = await evaluate(optimizer.init(trainable(model)));
  const losses: number[] = [];
  for (let i = 0; i < 5; i++) {
    const result = await step(model, state);
    ({ model, state } = result);
    losses.push(await result.loss.item());
  }
  return { model, losses };
}

/** Largest differences from what the trained model gives here. */
export interface ExportDifferences {
  readonly losses: readonly number[];
  readonly native: number;
  /** Null where there is no browser. */
  readonly web: number | null;
}

/** Trains, exports, and runs the file by ONNX Runtime in Node and in the browser. */
export async function exportDifferences(web: WebRuntime | undefined): Promise<ExportDifferences> {
  const { model, losses } = await train();
  const here = await model.forward(ids).numbers();
  const bytes = await encodeOnnx(model, ids);
  const session = await OpaqueSession.open({ bytes });
  const [native] = Object.values(await session.run({ input: ids }));
  await session.close();
  const inBrowser = await web?.run(bytes, [{ name: "input", values, shape }]);
  return {
    losses,
    native: farthest(await native!.numbers(), here),
    web: inBrowser ? farthest(inBrowser, here) : null,
  };
}

function farthest(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));
}
