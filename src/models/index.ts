/** @file The public surface of `deepdive/models`: models from files and into files. */

export { readSafetensors, writeSafetensors } from "../data/safetensors-file.ts";
export type { Embeddings, EmbedOptions, Encoder } from "./encoders/encoder.ts";
export { loadEncoder } from "./encoders/load.ts";
export { OnnxEncoder, type OnnxEncoderOptions, type Pooling } from "./encoders/onnx-encoder.ts";
export {
  loadSentenceClassifier,
  SentenceClassifier,
  type SentenceHead,
} from "./encoders/sentence-classifier.ts";
export { UseLite } from "./encoders/use-lite.ts";
export { UseLiteEncoder } from "./encoders/use-lite-encoder.ts";
export { cached } from "./encoders/vector-cache.ts";
export {
  modelFolder,
  type PulledModel,
  type PullOptions,
  type PullProgress,
  pullModel,
} from "./hub/pull.ts";
export type { Dimension, Port } from "./onnx/graph.ts";
export { knownOperators } from "./onnx/handlers/index.ts";
export { type ImportOptions, importOnnx } from "./onnx/import.ts";
export type { LoraAdapter } from "./onnx/lora.ts";
export { type NamedTensors, type NodeInfo, OnnxModel } from "./onnx/model.ts";
export type { Blocker } from "./onnx/plan.ts";
export {
  type ExampleInputs,
  encodeOnnx,
  type Saveable,
  type SaveOptions,
  saveOnnx,
} from "./onnx/save.ts";
export type { HeadOptions, LoraOptions } from "./onnx/surgery.ts";
export {
  openSafetensors,
  type ReadTensorOptions,
  type SafetensorsFile,
  type StoredTensorInfo,
} from "./safetensors.ts";
export { importTfjs, type TfjsOptions } from "./tfjs/import.ts";
export type { TorchType } from "./torch/allowed.ts";
export {
  openTorch,
  readTorch,
  type TorchCheckpoint,
  type TorchOptions,
  type TorchTensorInfo,
} from "./torch/checkpoint.ts";
