/**
 * @file Deepdive's front door: the engine's tensors and ops by name, layers as `nn`, optimizers as
 * `optim`. Training loops, data and systems have entries of their own (`deepdive/train`, …).
 */
export * from "./engine/index.ts";
export * as nn from "./nn/index.ts";
export * as optim from "./optim/index.ts";
