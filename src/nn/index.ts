/** @file The public surface of `deepdive/nn`: layers, models, losses, initial values. */
export { Activation, type ActivationName, activation } from "./activation.ts";
export {
  type AttentionSettings,
  MultiHeadAttention,
  type MultiHeadAttentionOptions,
} from "./attention.ts";
export { BatchNorm, type BatchNormOptions } from "./batch-norm.ts";
export { type AttentionContext, type Context, Rng } from "./context.ts";
export { type ContrastiveOptions, contrastiveLoss, normalize, tripletLoss } from "./contrastive.ts";
export {
  Conv1d,
  Conv2d,
  Conv3d,
  type ConvLayerOptions,
  ConvTranspose1d,
  ConvTranspose2d,
  ConvTranspose3d,
  type ConvTransposeLayerOptions,
} from "./conv.ts";
export { type CtcOptions, ctcLoss } from "./ctc.ts";
export { Dropout, dropout } from "./dropout.ts";
export { Embedding, type EmbeddingOptions } from "./embedding.ts";
export { meanPool, TransformerEncoder, type TransformerEncoderOptions } from "./encoder.ts";
export { Gpt, type GptOptions } from "./gpt.ts";
export {
  defaultInit,
  fans,
  type Initializer,
  kaimingNormal,
  kaimingUniform,
  normalInit,
  truncatedNormalInit,
  uniformInit,
  xavierNormal,
  xavierUniform,
  zerosInit,
} from "./init.ts";
export { Linear, type LinearOptions } from "./linear.ts";
export {
  type BinaryCrossEntropyOptions,
  binaryCrossEntropy,
  type CrossEntropyOptions,
  crossEntropy,
  huberLoss,
  klDivergence,
  type LossOptions,
  meanAbsoluteLoss,
  meanSquaredLoss,
  type Reduction,
  reduceLoss,
} from "./losses.ts";
export { bothMasks, causalMask, paddingMask } from "./mask.ts";
export { type Layer, type LoadReport, Module, type StateDict } from "./module.ts";
export { GroupNorm, type GroupNormOptions, LayerNorm, type NormOptions, RmsNorm } from "./norm.ts";
export { AvgPool, GlobalAvgPool, MaxPool } from "./pool.ts";
export {
  RelativePositionBias,
  type RelativePositionOptions,
  relativeBucket,
  rotary,
  sinusoidalPositions,
} from "./position.ts";
export { Gru, Lstm, type RecurrentOptions } from "./recurrent.ts";
export { RecurrentStack, type RecurrentStackOptions } from "./recurrent-stack.ts";
export { Flatten, Sequential } from "./sequential.ts";
export { type Match, matcher } from "./slots.ts";
export { type Positions, TokenEmbedding, type TokenEmbeddingOptions } from "./token-embedding.ts";
export { assign, type Parameters, trainable } from "./trainable.ts";
export {
  type BlockSettings,
  FeedForward,
  type FeedForwardOptions,
  TransformerBlock,
  type TransformerBlockOptions,
} from "./transformer.ts";
