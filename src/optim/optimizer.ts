/** @file What optimizers have in common: trees in and out, rates, groups of parameters. */
import {
  flattenTree,
  scalar,
  type Tensor,
  unflattenTree,
  ValueError,
  zerosLike,
} from "../engine/index.ts";
import { asSchedule, type Rate } from "./schedule.ts";

/** What `update` may be told besides parameters, gradients and state. */
export interface UpdateOptions {
  /** Takes the place of the optimizer's own rate: a number, or a scalar tensor. */
  readonly learningRate?: number | Tensor;
}

/** Parameters and state after an update. */
export interface Updated<P, S> {
  readonly params: P;
  readonly state: S;
}

/**
 * A rule that makes new parameters out of old ones and gradients. It holds settings alone; what it
 * remembers is in `state`, a tree of tensors, so a training step compiles as a whole.
 */
export interface Optimizer<S = unknown> {
  /** The state before the first step, for a tree of parameters. */
  init(params: unknown): S;
  /** One step. `grads` has the form of `params`. */
  update<P>(params: P, grads: P, state: S, options?: UpdateOptions): Updated<P, S>;
  /** The rate of a step counted from 0, before groups scale it. */
  rateAt(step: number): number;
}

/** Which parameters a group is made of: their paths, or a test. */
export type GroupMatch = RegExp | ((path: string, parameter: Tensor) => boolean);

/** Settings of some of the parameters that differ from the optimizer's own. */
export interface ParameterGroup {
  readonly match: GroupMatch;
  /** Factor on the learning rate. Default 1. */
  readonly rateScale?: number;
  readonly weightDecay?: number;
}

/** Biases and the gains of normalisations, which are usually not decayed: all vectors and scalars. */
export const noDecay: ParameterGroup = {
  match: (_path, parameter) => parameter.rank <= 1,
  weightDecay: 0,
};

/** Settings that all optimizers take. */
export interface OptimizerOptions {
  /** A number, or a schedule over the optimizer's own step count. */
  readonly learningRate: Rate;
  readonly weightDecay?: number;
  /** The first group that matches a parameter's path holds for it. */
  readonly groups?: readonly ParameterGroup[];
}

/** Tensors of one kind, one for each parameter, by path. */
export type Slots = Readonly<Record<string, Tensor>>;

/** What is in force for one parameter. */
export interface ParameterSettings {
  readonly learningRate: Tensor;
  readonly weightDecay: number;
}

/** A zero for each parameter. */
export function zeroSlots(params: unknown): Slots {
  const { leaves, paths } = flattenTree(params);
  return Object.fromEntries(paths.map((path, i) => [path, zerosLike(leaves[i])]));
}

/** The step count before the first step. */
export function firstStep(): Tensor {
  return scalar(0, "int32");
}

/**
 * Applies `rule` to each parameter with its gradient and settings.
 * @returns new parameters in the form of the old ones, and what else the rule gave, by path
 */
export function updateEach<P, R extends { readonly parameter: Tensor }>(
  name: string,
  { learningRate, weightDecay = 0, groups = [] }: OptimizerOptions,
  { params, grads, step, options }: UpdateInput<P>,
  rule: (settings: ParameterSettings, p: Tensor, g: Tensor, path: string) => R,
): { params: P; results: Record<string, R> } {
  const old = flattenTree(params);
  const given = flattenTree(grads);
  if (given.leaves.length !== old.leaves.length) {
    throw new ValueError(
      `${name}.update: ${old.leaves.length} parameters and ${given.leaves.length} gradients; take both of the same tree`,
    );
  }
  const rate = rateTensor(options?.learningRate ?? asSchedule(learningRate).at(step));
  const scaled = new Map<number, Tensor>();
  const results: Record<string, R> = {};
  for (const [i, path] of old.paths.entries()) {
    const parameter = old.leaves[i];
    const group = groups.find(({ match }) =>
      typeof match === "function" ? match(path, parameter) : match.test(path),
    );
    const scale = group?.rateScale ?? 1;
    const own = scaled.get(scale) ?? (scale === 1 ? rate : rate.mul(scale));
    scaled.set(scale, own);
    const settings = { learningRate: own, weightDecay: group?.weightDecay ?? weightDecay };
    results[path] = rule(settings, parameter, given.leaves[i], path);
  }
  const next = old.paths.map((path) => results[path].parameter);
  return { params: unflattenTree(old.structure, next) as P, results };
}

/** What an update starts from. */
export interface UpdateInput<P> {
  readonly params: P;
  readonly grads: P;
  /** int32 scalar: steps made before this one. */
  readonly step: Tensor;
  readonly options: UpdateOptions | undefined;
}

function rateTensor(rate: number | Tensor): Tensor {
  return typeof rate === "number" ? scalar(rate) : rate;
}

/** One field of the results of `updateEach`, by path. */
export function pick<R, K extends keyof R>(results: Readonly<Record<string, R>>, key: K): Slots {
  return Object.fromEntries(
    Object.entries(results).map(([path, result]) => [path, result[key] as Tensor]),
  );
}

/** @throws ValueError unless `low <= value < high` */
export function checkRange(field: string, value: number, low: number, high: number): void {
  if (value >= low && value < high) return;
  throw new ValueError(`${field}: expected at least ${low} and below ${high}, got ${value}`);
}
