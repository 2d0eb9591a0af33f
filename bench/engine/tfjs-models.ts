// The workloads in TensorFlow.js, written the way its own layers write them.

import * as tf from "@tensorflow/tfjs";
import type {
  EncoderWorkload,
  GptWorkload,
  GruWorkload,
  MlpWorkload,
  Workload,
} from "./workloads.ts";

/** A network: maps the input to logits, or to the encoder's output. */
export type Network = (input: tf.Tensor) => tf.Tensor;

function weight(...shape: number[]): tf.Variable {
  return tf.variable(tf.randomNormal(shape, 0, 1 / Math.sqrt(shape[0]!)));
}

function linear(fanIn: number, fanOut: number, activation: "linear" | "relu" = "linear"): Network {
  const kernel = weight(fanIn, fanOut) as tf.Tensor as tf.Tensor2D;
  const bias = tf.variable(tf.zeros([fanOut]));
  return (x) => {
    const rows = x.reshape<tf.Tensor2D>([-1, fanIn]);
    const y = tf.fused.matMul({ a: rows, b: kernel, bias, activation });
    return y.reshape([...x.shape.slice(0, -1), fanOut]);
  };
}

function layerNorm(width: number): Network {
  const gamma = tf.variable(tf.ones([width]));
  const beta = tf.variable(tf.zeros([width]));
  return (x) => {
    const { mean, variance } = tf.moments(x, -1, true);
    return x.sub(mean).mul(variance.add(1e-5).rsqrt()).mul(gamma).add(beta);
  };
}

function gelu(x: tf.Tensor): tf.Tensor {
  const inner = x.add(x.mul(x).mul(x).mul(0.044715)).mul(Math.sqrt(2 / Math.PI));
  return x.mul(0.5).mul(inner.tanh().add(1));
}

function mlp(w: MlpWorkload): Network {
  const last = w.widths.length - 2;
  const layers = w.widths
    .slice(1)
    .map((width, i) => linear(w.widths[i]!, width, i < last ? "relu" : "linear"));
  return (x) => layers.reduce((y, layer) => layer(y), x);
}

function block(w: GptWorkload | EncoderWorkload): Network {
  const norm1 = layerNorm(w.width);
  const qkv = linear(w.width, 3 * w.width);
  const out = linear(w.width, w.width);
  const norm2 = layerNorm(w.width);
  const up = linear(w.width, 4 * w.width);
  const down = linear(4 * w.width, w.width);
  const perHead = w.width / w.heads;
  const ones = tf.ones<tf.Rank.R2>([w.time, w.time]);
  const mask = w.kind === "gpt" ? tf.keep(tf.linalg.bandPart(ones, -1, 0).sub(1).mul(1e9)) : null;
  return (x) => {
    const parts = qkv(norm1(x)).reshape([w.batch, w.time, 3, w.heads, perHead]);
    const [q, k, v] = tf.unstack(parts.transpose([2, 0, 3, 1, 4])) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    // Transposed by itself: the wasm kernel multiplies fast only where no operand is flagged.
    const scores = tf.matMul(q, k.transpose([0, 1, 3, 2])).mul(1 / Math.sqrt(perHead));
    const attended = tf.matMul(tf.softmax(mask ? scores.add(mask) : scores), v);
    const merged = attended.transpose([0, 2, 1, 3]).reshape([w.batch, w.time, w.width]);
    const y = x.add(out(merged));
    return y.add(down(gelu(up(norm2(y)))));
  };
}

/** One-hot rows in float32; the wasm kernel writes integer bits whatever type it is asked for. */
export function oneHot(indices: tf.Tensor, depth: number): tf.Tensor {
  return tf.oneHot(indices, depth).cast("float32");
}

/**
 * A token table. While training, rows are picked by a product with one-hot rows, because the wasm
 * backend has no kernel for the gradient of gather (UnsortedSegmentSum).
 */
function embedding(vocabulary: number, width: number, train: boolean): Network {
  const table = weight(vocabulary, width);
  return (ids) =>
    train
      ? tf
          .matMul(oneHot(ids.flatten(), vocabulary) as tf.Tensor2D, table)
          .reshape([...ids.shape, width])
      : tf.gather(table, ids as tf.Tensor2D);
}

function transformer(w: GptWorkload | EncoderWorkload): Network {
  const train = w.kind === "gpt";
  const token = embedding(w.vocabulary, w.width, train);
  const position = weight(w.time, w.width);
  const blocks = Array.from({ length: w.layers }, () => block(w));
  const norm = layerNorm(w.width);
  const head = train ? weight(w.width, w.vocabulary) : null;
  return (ids) => {
    const x = norm(blocks.reduce((y, layer) => layer(y), token(ids).add(position)));
    return head ? tf.matMul(x.reshape<tf.Tensor2D>([-1, w.width]), head) : x.mean(1);
  };
}

function gru(w: GruWorkload): Network {
  const token = embedding(w.vocabulary, w.width, true);
  const input = linear(w.width, 3 * w.width);
  const recurrent = linear(w.width, 3 * w.width);
  const head = linear(w.width, w.vocabulary);
  return (ids) => {
    const gates = tf.unstack(input(token(ids)), 1);
    let state: tf.Tensor = tf.zeros([w.batch, w.width]);
    const states = gates.map((gate) => {
      const [resetX, updateX, newX] = tf.split(gate, 3, 1) as [tf.Tensor, tf.Tensor, tf.Tensor];
      const [resetH, updateH, newH] = tf.split(recurrent(state), 3, 1) as [
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
      ];
      const reset = resetX.add(resetH).sigmoid();
      const update = updateX.add(updateH).sigmoid();
      const candidate = newX.add(reset.mul(newH)).tanh();
      state = candidate.add(update.mul(state.sub(candidate)));
      return state;
    });
    return head(tf.stack(states, 1));
  };
}

/** Builds the workload's network; throws where the wasm backend cannot train it. */
export function build(workload: Workload): Network {
  switch (workload.kind) {
    case "mlp":
      return mlp(workload);
    case "gpt":
    case "encoder":
      return transformer(workload);
    case "gru":
      return gru(workload);
    default:
      throw new Error(
        "its wasm backend has no kernel Conv2DBackpropFilter, so it cannot train convolutions",
      );
  }
}
