/** @file The public surface of `deepdive/optim`: optimizers, schedules, clipping, averages. */
export { Adafactor, type AdafactorOptions, type AdafactorState } from "./adafactor.ts";
export { Adam, type AdamOptions, type AdamState, AdamW } from "./adam.ts";
export { type EmaOptions, emaUpdate } from "./ema.ts";
export { clipByGlobalNorm, clipByValue, globalNorm } from "./gradients.ts";
export { Lion, type LionOptions, type LionState } from "./lion.ts";
export {
  type GroupMatch,
  noDecay,
  type Optimizer,
  type OptimizerOptions,
  type ParameterGroup,
  type Slots,
  type Updated,
  type UpdateOptions,
} from "./optimizer.ts";
export {
  asSchedule,
  constant,
  cosine,
  inverseSqrt,
  linear,
  type Rate,
  Schedule,
  stepDecay,
  warmup,
} from "./schedule.ts";
export { Sgd, type SgdOptions, type SgdState } from "./sgd.ts";
