// The workloads in jax-js: pure functions of a flat list of parameters.

import { type Array as JaxArray, lax, nn, numpy as np } from "@jax-js/jax";
import type {
  CnnWorkload,
  EncoderWorkload,
  GptWorkload,
  GruWorkload,
  MlpWorkload,
  ResnetWorkload,
  Workload,
} from "./workloads.ts";

/** What a forward pass needs and leaves: parameters by index, batch-norm statistics old and new. */
export interface Pass {
  readonly parameters: readonly JaxArray[];
  readonly statistics: readonly JaxArray[];
  readonly newStatistics: JaxArray[];
}

/** A layer or network. It takes ownership of its input and leaves the pass's arrays alone. */
export type Layer = (pass: Pass, x: JaxArray) => JaxArray;

/** The arrays that a network needs, in the order of its indices. */
export class Shapes {
  readonly parameters: { shape: number[]; scale: number; offset: number }[] = [];
  readonly statistics: { shape: number[]; value: number }[] = [];

  /** A parameter: uniform numbers in offset ± scale; answers how to read it in a pass. */
  parameter(shape: number[], scale: number, offset = 0): (pass: Pass) => JaxArray {
    const index = this.parameters.push({ shape, scale, offset }) - 1;
    return (pass) => pass.parameters[index]!.ref;
  }

  /** A running statistic; answers its index. */
  statistic(size: number, value: number): number {
    return this.statistics.push({ shape: [size], value }) - 1;
  }
}

function linear(shapes: Shapes, fanIn: number, fanOut: number, bias = true): Layer {
  const kernel = shapes.parameter([fanIn, fanOut], 1 / Math.sqrt(fanIn));
  const offset = bias ? shapes.parameter([fanOut], 0) : undefined;
  return (pass, x) => {
    const y = np.matmul(x, kernel(pass));
    return offset ? y.add(offset(pass)) : y;
  };
}

function conv(
  shapes: Shapes,
  fanIn: number,
  fanOut: number,
  kernel: number,
  options: { stride?: number; pad?: number; bias?: boolean },
): Layer {
  const { stride = 1, pad = 0, bias = false } = options;
  const scale = 1 / Math.sqrt(fanIn * kernel * kernel);
  const weight = shapes.parameter([fanOut, fanIn, kernel, kernel], scale);
  const offset = bias ? shapes.parameter([fanOut, 1, 1], 0) : undefined;
  const padding: [number, number][] = [
    [pad, pad],
    [pad, pad],
  ];
  return (pass, x) => {
    const y = lax.convGeneralDilated(x, weight(pass), [stride, stride], padding);
    return offset ? y.add(offset(pass)) : y;
  };
}

function layerNorm(shapes: Shapes, width: number): Layer {
  const gamma = shapes.parameter([width], 0, 1);
  const beta = shapes.parameter([width], 0);
  return (pass, x) => nn.standardize(x).mul(gamma(pass)).add(beta(pass));
}

function batchNorm(shapes: Shapes, width: number): Layer {
  const gamma = shapes.parameter([width, 1, 1], 0, 1);
  const beta = shapes.parameter([width, 1, 1], 0);
  const runningMean = shapes.statistic(width, 0);
  const runningVariance = shapes.statistic(width, 1);
  return (pass, x) => {
    const [batch, , height, columns] = x.shape as [number, number, number, number];
    const count = batch * height * columns;
    const mean = np.mean(x.ref, [0, 2, 3], { keepdims: true });
    const centred = x.sub(mean.ref);
    const variance = np.mean(np.square(centred.ref), [0, 2, 3], { keepdims: true });
    const blend = (index: number, value: JaxArray) => {
      pass.newStatistics[index] = pass.statistics[index]!.ref.mul(0.9).add(
        lax.stopGradient(value.reshape([width])).mul(0.1),
      );
    };
    blend(runningMean, mean);
    blend(runningVariance, variance.ref.mul(count / (count - 1)));
    const scaled = centred.mul(np.reciprocal(np.sqrt(variance.add(1e-5))));
    return scaled.mul(gamma(pass)).add(beta(pass));
  };
}

function chain(layers: readonly Layer[]): Layer {
  return (pass, x) => layers.reduce((y, layer) => layer(pass, y), x);
}

const relu: Layer = (_, x) => nn.relu(x);
const flatten: Layer = (_, x) => x.reshape([x.shape[0]!, -1]);

function mlp(shapes: Shapes, w: MlpWorkload): Layer {
  const layers = w.widths
    .slice(1)
    .flatMap((width, i) => [relu, linear(shapes, w.widths[i]!, width)]);
  return chain(layers.slice(1));
}

/** Max-pooling whose windows touch and do not overlap, as a maximum over a reshaped array. */
function maxPool(size: number): Layer {
  return (_, x) => {
    const [batch, channels, height, width] = x.shape as [number, number, number, number];
    const windows = [batch, channels, height / size, size, width / size, size];
    return np.max(x.reshape(windows), [3, 5]);
  };
}

function cnn(shapes: Shapes, w: CnnWorkload): Layer {
  let [channels, side] = w.image as [number, number, number];
  const layers: Layer[] = [];
  for (const out of w.channels) {
    layers.push(conv(shapes, channels, out, w.kernel, { bias: true }), relu);
    channels = out;
    side -= w.kernel - 1;
  }
  layers.push(maxPool(w.pool), flatten);
  let features = channels * (side / w.pool) ** 2;
  for (const out of w.hidden) {
    layers.push(linear(shapes, features, out), relu);
    features = out;
  }
  return chain([...layers, linear(shapes, features, w.classes)]);
}

function basicBlock(shapes: Shapes, fanIn: number, fanOut: number, stride: number): Layer {
  const main = chain([
    conv(shapes, fanIn, fanOut, 3, { stride, pad: 1 }),
    batchNorm(shapes, fanOut),
    relu,
    conv(shapes, fanOut, fanOut, 3, { pad: 1 }),
    batchNorm(shapes, fanOut),
  ]);
  const shortcut =
    fanIn === fanOut
      ? chain([])
      : chain([conv(shapes, fanIn, fanOut, 1, { stride }), batchNorm(shapes, fanOut)]);
  return (pass, x) => nn.relu(main(pass, x.ref).add(shortcut(pass, x)));
}

function resnet(shapes: Shapes, w: ResnetWorkload): Layer {
  let width = w.widths[0]!;
  const layers = [conv(shapes, w.image[0], width, 3, { pad: 1 }), batchNorm(shapes, width), relu];
  w.widths.forEach((out, stage) => {
    for (let i = 0; i < w.blocksPerStage; i++) {
      layers.push(basicBlock(shapes, width, out, stage > 0 && i === 0 ? 2 : 1));
      width = out;
    }
  });
  return chain([...layers, (_, x) => np.mean(x, [2, 3]), linear(shapes, width, w.classes)]);
}

function block(shapes: Shapes, w: GptWorkload | EncoderWorkload): Layer {
  const perHead = w.width / w.heads;
  const norm1 = layerNorm(shapes, w.width);
  const qkv = linear(shapes, w.width, 3 * w.width);
  const out = linear(shapes, w.width, w.width);
  const rest = chain([
    layerNorm(shapes, w.width),
    linear(shapes, w.width, 4 * w.width),
    (_, x) => nn.gelu(x),
    linear(shapes, 4 * w.width, w.width),
  ]);
  return (pass, x) => {
    const [q, k, v] = np
      .split(qkv(pass, norm1(pass, x.ref)), 3, -1)
      .map((part) => part.reshape([w.batch, w.time, w.heads, perHead])) as [
      JaxArray,
      JaxArray,
      JaxArray,
    ];
    const attended = nn.dotProductAttention(q, k, v, { isCausal: w.kind === "gpt" });
    const y = x.add(out(pass, attended.reshape([w.batch, w.time, w.width])));
    return y.ref.add(rest(pass, y));
  };
}

function embedding(shapes: Shapes, vocabulary: number, width: number): Layer {
  const table = shapes.parameter([vocabulary, width], 1 / Math.sqrt(width));
  return (pass, ids) => np.take(table(pass), ids, 0);
}

function transformer(shapes: Shapes, w: GptWorkload | EncoderWorkload): Layer {
  const token = embedding(shapes, w.vocabulary, w.width);
  const position = shapes.parameter([w.time, w.width], 1 / Math.sqrt(w.width));
  const blocks = Array.from({ length: w.layers }, () => block(shapes, w));
  const norm = layerNorm(shapes, w.width);
  const last: Layer =
    w.kind === "gpt" ? linear(shapes, w.width, w.vocabulary, false) : (_, x) => np.mean(x, 1);
  const body = chain([...blocks, norm, last]);
  return (pass, ids) => body(pass, token(pass, ids).add(position(pass)));
}

function gru(shapes: Shapes, w: GruWorkload): Layer {
  // One-hot rows: here the gradient of take ends in a scatter that its compiler refuses.
  const token = linear(shapes, w.vocabulary, w.width, false);
  const input = linear(shapes, w.width, 3 * w.width);
  const recurrent = linear(shapes, w.width, 3 * w.width);
  const head = linear(shapes, w.width, w.vocabulary);
  return (pass, ids) => {
    let state = np.zeros([w.batch, w.width]);
    const states = np
      .unstack(input(pass, token(pass, nn.oneHot(ids, w.vocabulary))), 1)
      .map((gate) => {
        const [resetX, updateX, newX] = np.split(gate, 3, -1) as [JaxArray, JaxArray, JaxArray];
        const [resetH, updateH, newH] = np.split(recurrent(pass, state.ref), 3, -1) as [
          JaxArray,
          JaxArray,
          JaxArray,
        ];
        const reset = nn.sigmoid(resetX.add(resetH));
        const update = nn.sigmoid(updateX.add(updateH));
        const candidate = np.tanh(newX.add(reset.mul(newH)));
        state = candidate.ref.add(update.mul(state.sub(candidate)));
        return state.ref;
      });
    return head(pass, np.stack(states, 1));
  };
}

/** Builds the network of a workload; its arrays are listed in `shapes`. */
export function build(shapes: Shapes, workload: Workload): Layer {
  switch (workload.kind) {
    case "mlp":
      return mlp(shapes, workload);
    case "cnn":
      return cnn(shapes, workload);
    case "resnet":
      return resnet(shapes, workload);
    case "gpt":
    case "encoder":
      return transformer(shapes, workload);
    case "gru":
      return gru(shapes, workload);
  }
}
