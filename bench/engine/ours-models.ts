// The workloads in this project's layers, written as a user would.

import { randomKey, splitKey, type Tensor } from "../../src/engine/index.ts";
import {
  Activation,
  BatchNorm,
  type Context,
  Conv2d,
  Embedding,
  Flatten,
  GlobalAvgPool,
  Gpt,
  Gru,
  type Layer,
  Linear,
  MaxPool,
  Module,
  meanPool,
  Sequential,
  TransformerEncoder,
} from "../../src/nn/index.ts";
import type {
  CnnWorkload,
  EncoderWorkload,
  GruWorkload,
  MlpWorkload,
  ResnetWorkload,
  Workload,
} from "./workloads.ts";

/** A network: logits of a batch, or the encoder's vectors. */
export type Network = Module & Layer;

function mlp({ widths }: MlpWorkload, key: Tensor): Network {
  const keys = splitKey(key, widths.length - 1);
  const layers = keys.flatMap((own, i) => [
    new Activation("relu"),
    new Linear({ in: widths[i]!, out: widths[i + 1]!, key: own }),
  ]);
  return new Sequential(...layers.slice(1));
}

function cnn(workload: CnnWorkload, key: Tensor): Network {
  const { image, channels, kernel, pool, hidden, classes } = workload;
  const keys = splitKey(key, channels.length + hidden.length + 1);
  const layers: Layer[] = [];
  let [depth, height, width] = image;
  for (const out of channels) {
    layers.push(new Conv2d({ in: depth, out, kernel, key: keys[layers.length / 2]! }));
    layers.push(new Activation("relu"));
    [depth, height, width] = [out, height - kernel + 1, width - kernel + 1];
  }
  layers.push(new MaxPool({ size: pool }), new Flatten());
  let features = depth * Math.floor(height / pool) * Math.floor(width / pool);
  for (const [i, out] of hidden.entries()) {
    layers.push(new Linear({ in: features, out, key: keys[channels.length + i]! }));
    layers.push(new Activation("relu"));
    features = out;
  }
  return new Sequential(...layers, new Linear({ in: features, out: classes, key: keys.at(-1)! }));
}

/** Two 3x3 convolutions with batch norm, added to the input or to a 1x1 convolution of it. */
class BasicBlock extends Module {
  readonly conv1: Conv2d;
  readonly norm1: BatchNorm;
  readonly conv2: Conv2d;
  readonly norm2: BatchNorm;
  readonly shortcut: Sequential | null;

  constructor(fanIn: number, out: number, stride: number, key: Tensor) {
    super();
    const keys = splitKey(key, 3);
    const same = { kernel: 3, padding: 1, bias: false };
    this.conv1 = new Conv2d({ ...same, in: fanIn, out, stride, key: keys[0]! });
    this.norm1 = new BatchNorm({ channels: out });
    this.conv2 = new Conv2d({ ...same, in: out, out, key: keys[1]! });
    this.norm2 = new BatchNorm({ channels: out });
    this.shortcut =
      fanIn === out && stride === 1
        ? null
        : new Sequential(
            new Conv2d({ in: fanIn, out, kernel: 1, stride, bias: false, key: keys[2]! }),
            new BatchNorm({ channels: out }),
          );
  }

  forward(x: Tensor, ctx: Context = {}): Tensor {
    const y = this.norm1.forward(this.conv1.forward(x), ctx).relu();
    const z = this.norm2.forward(this.conv2.forward(y), ctx);
    return z.add(this.shortcut ? this.shortcut.forward(x, ctx) : x).relu();
  }
}

function resnet({ image, widths, blocksPerStage, classes }: ResnetWorkload, key: Tensor): Network {
  const keys = splitKey(key, 2 + widths.length * blocksPerStage);
  let width = widths[0]!;
  const first = new Conv2d({
    in: image[0],
    out: width,
    kernel: 3,
    padding: 1,
    bias: false,
    key: keys[0]!,
  });
  const blocks: BasicBlock[] = [];
  for (const [stage, out] of widths.entries()) {
    for (let i = 0; i < blocksPerStage; i++) {
      const stride = stage > 0 && i === 0 ? 2 : 1;
      blocks.push(new BasicBlock(width, out, stride, keys[2 + blocks.length]!));
      width = out;
    }
  }
  return new Sequential(
    first,
    new BatchNorm({ channels: widths[0]! }),
    new Activation("relu"),
    ...blocks,
    new GlobalAvgPool(),
    new Linear({ in: width, out: classes, key: keys[1]! }),
  );
}

function gru({ width, vocabulary }: GruWorkload, key: Tensor): Network {
  const keys = splitKey(key, 3);
  return new Sequential(
    new Embedding({ count: vocabulary, width, key: keys[0]! }),
    new Gru({ in: width, width, key: keys[1]! }),
    new Linear({ in: width, out: vocabulary, key: keys[2]! }),
  );
}

function encoder(
  { vocabulary, width, heads, layers, time }: EncoderWorkload,
  key: Tensor,
): Network {
  const options = { vocabulary, width, heads, layers, maxLength: time, key };
  return new Sequential(new TransformerEncoder(options), (x) => meanPool(x));
}

/** The network of a workload, with weights from `seed`. */
export function buildOurs(workload: Workload, seed = 0): Network {
  const key = randomKey(seed);
  switch (workload.kind) {
    case "mlp":
      return mlp(workload, key);
    case "cnn":
      return cnn(workload, key);
    case "resnet":
      return resnet(workload, key);
    case "gpt":
      return new Gpt({ ...workload, maxLength: workload.time, key });
    case "gru":
      return gru(workload, key);
    case "encoder":
      return encoder(workload, key);
  }
}
