// The workloads of the engine benchmark as data: the one definition that every peer builds from.

/** Settings of the AdamW step that ends every training workload (Loshchilov and Hutter 2019). */
export const adamW = {
  learningRate: 1e-3,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.01,
} as const;

/** Fully connected net: widths from input to logits, ReLU between. Input [batch, widths[0]]. */
export interface MlpWorkload {
  readonly kind: "mlp";
  readonly name: string;
  readonly group: string;
  readonly batch: number;
  readonly widths: readonly number[];
}

/**
 * Valid 3x3 convolutions with ReLU after each, one max-pool, flatten, linear with ReLU, linear.
 * Input [batch, ...image], channels first; every layer has a bias.
 */
export interface CnnWorkload {
  readonly kind: "cnn";
  readonly name: string;
  readonly group: string;
  readonly batch: number;
  readonly image: readonly [channels: number, height: number, width: number];
  readonly channels: readonly number[];
  readonly kernel: number;
  readonly pool: number;
  /** Widths of the linear layers between pooling and logits, each with ReLU. */
  readonly hidden: readonly number[];
  readonly classes: number;
}

/**
 * CIFAR ResNet of He et al. 2015, section 4.2: a 3x3 convolution, one stage of basic blocks per
 * width (stride 2 at the head of each stage but the first), global average pool, linear. The
 * shortcut is option B: a 1x1 convolution with batch norm where the width changes, the identity
 * elsewhere. Convolutions are padded by 1 and have no bias; batch norm uses the batch's statistics
 * and updates its running ones (momentum 0.1, epsilon 1e-5).
 */
export interface ResnetWorkload {
  readonly kind: "resnet";
  readonly name: string;
  readonly group: string;
  readonly batch: number;
  readonly image: readonly [channels: number, height: number, width: number];
  readonly widths: readonly number[];
  readonly blocksPerStage: number;
  readonly classes: number;
}

/**
 * Pre-norm decoder: token plus learned position embeddings; per layer LayerNorm (affine, epsilon
 * 1e-5), fused query-key-value linear, causal softmax attention, output linear, residual, then
 * LayerNorm, linear to 4 x width, tanh-GELU, linear back, residual; a last LayerNorm and an untied
 * head without bias. All other linears have a bias; no dropout. Cross-entropy over all positions.
 */
export interface GptWorkload {
  readonly kind: "gpt";
  readonly name: string;
  readonly group: string;
  readonly batch: number;
  readonly time: number;
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly vocabulary: number;
}

/**
 * Embedding, one GRU layer of the same width from a zero state, linear to the vocabulary;
 * cross-entropy over all positions. Gates as in Cho et al. 2014 with the reset gate applied after
 * the recurrent product (both biases present), which is the form that kernels implement.
 */
export interface GruWorkload {
  readonly kind: "gru";
  readonly name: string;
  readonly group: string;
  readonly batch: number;
  readonly time: number;
  readonly width: number;
  readonly vocabulary: number;
}

/**
 * Inference only: the blocks of {@link GptWorkload} with attention in both directions, a last
 * LayerNorm, and the mean over the tokens. What is read back each step is that [batch, width].
 */
export interface EncoderWorkload {
  readonly kind: "encoder";
  readonly name: string;
  readonly group: string;
  readonly batch: number;
  readonly time: number;
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly vocabulary: number;
}

export type Workload =
  | MlpWorkload
  | CnnWorkload
  | ResnetWorkload
  | GptWorkload
  | GruWorkload
  | EncoderWorkload;

const encoder = { kind: "encoder", group: "encoder", time: 128, layers: 4, width: 256, heads: 4 };

/** Every workload, in the order of the report. */
export const workloads: readonly Workload[] = [
  { kind: "mlp", name: "mlp", group: "mlp", batch: 128, widths: [784, 512, 512, 10] },
  {
    kind: "cnn",
    name: "cnn",
    group: "cnn",
    batch: 64,
    image: [1, 28, 28],
    channels: [32, 64],
    kernel: 3,
    pool: 2,
    hidden: [128],
    classes: 10,
  },
  {
    kind: "resnet",
    name: "resnet",
    group: "resnet",
    batch: 32,
    image: [3, 32, 32],
    widths: [16, 32, 64],
    blocksPerStage: 3,
    classes: 10,
  },
  {
    kind: "gpt",
    name: "gpt-small",
    group: "gpt-small",
    batch: 12,
    time: 64,
    layers: 4,
    width: 128,
    heads: 4,
    vocabulary: 65,
  },
  {
    kind: "gpt",
    name: "gpt-medium",
    group: "gpt-medium",
    batch: 8,
    time: 256,
    layers: 6,
    width: 384,
    heads: 6,
    vocabulary: 65,
  },
  { kind: "gru", name: "gru", group: "gru", batch: 32, time: 64, width: 128, vocabulary: 65 },
  { ...encoder, kind: "encoder", name: "encoder-1", batch: 1, vocabulary: 1000 },
  { ...encoder, kind: "encoder", name: "encoder-32", batch: 32, vocabulary: 1000 },
];

/** Whether a step of this workload trains (forward, backward, AdamW) or only infers. */
export function trains(workload: Workload): boolean {
  return workload.kind !== "encoder";
}
