/** @file Parameters as a plain record: what gradients are taken of and optimizers update. */
import { type Tensor, ValueError } from "../engine/index.ts";
import type { Module } from "./module.ts";
import { isParameter, type Match, matcher, tensorSlots } from "./slots.ts";

/** Tensors by path. */
export type Parameters = Readonly<Record<string, Tensor>>;

/**
 * The parameters that are trained, by path: those not frozen, and matching where a pattern is given.
 * Take it inside a compiled step, from the model that the step was given.
 */
export function trainable(model: Module, match?: Match): Parameters {
  const matches = matcher(match);
  const slots = tensorSlots(model).filter(
    (slot) => isParameter(slot) && !slot.frozen && matches(slot.path, slot.tensor),
  );
  return Object.fromEntries(slots.map(({ path, tensor }) => [path, tensor]));
}

/**
 * Puts tensors into a model by path, leaving the rest as it is.
 * @returns the model
 * @throws ValueError where the model has no such path
 */
export function assign<M extends Module>(model: M, values: Parameters): M {
  const slots = new Map(tensorSlots(model).map((slot) => [slot.path, slot]));
  for (const [path, value] of Object.entries(values)) {
    const slot = slots.get(path);
    if (!slot) throw new ValueError(`assign: ${model.constructor.name} has no tensor ${path}`);
    slot.set(value);
  }
  return model;
}
