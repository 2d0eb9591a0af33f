/** @file `Module`: a class whose tensors are parameters, named by their path. */
import { ShapeError, Tensor, ValueError } from "../engine/index.ts";
import type { Context } from "./context.ts";
import { isParameter, type Match, matcher, type Slot, tensorSlots } from "./slots.ts";

/** Tensors by path, as `stateDict` gives and `loadStateDict` takes them. */
export type StateDict = ReadonlyMap<string, Tensor> | Readonly<Record<string, Tensor>>;

/** Something with a forward pass from one tensor to another. */
export interface Layer {
  forward(x: Tensor, ctx?: Context): Tensor;
}

/** What `loadStateDict` found. */
export interface LoadReport {
  /** Paths of the model that the dictionary does not have. */
  readonly missing: readonly string[];
  /** Names in the dictionary that the model does not have. */
  readonly unexpected: readonly string[];
}

/**
 * Base of layers and models. Tensor fields are parameters, except those that `static buffers` names
 * and those that are not floating-point; fields that are modules, arrays or plain objects are
 * searched in turn. A path joins field names by dots: `blocks.0.norm.weight`.
 *
 * A module is a tree: it goes through `compile` whole and comes back with new tensors. Fields may be
 * assigned in `forward` (batch norm does so), because a traced step returns the module. Private members (`#name`) do not
 * survive that: use ordinary fields.
 */
export abstract class Module {
  /** Names of tensor fields that are state and are not trained. */
  static readonly buffers: readonly string[] = [];

  /** @internal paths below this module that `freeze` has taken out of training */
  declare _frozen?: readonly string[];

  /** The trained tensors by path, frozen ones included. */
  parameters(): Map<string, Tensor> {
    return toMap(tensorSlots(this).filter(isParameter));
  }

  /** The tensors by path that are state: running statistics and the like. */
  buffers(): Map<string, Tensor> {
    return toMap(tensorSlots(this).filter((slot) => !isParameter(slot)));
  }

  /** All tensors by path, to be saved. */
  stateDict(): Map<string, Tensor> {
    return toMap(tensorSlots(this));
  }

  /**
   * Takes over tensors by path.
   * @param state what `stateDict` gave, or a file
   * @param options `strict` (default): missing and unexpected names are errors; otherwise they are
   *   reported and left alone
   * @throws ValueError that lists missing and unexpected names; ShapeError where a shape or dtype differs
   */
  loadStateDict(state: StateDict, { strict = true }: { strict?: boolean } = {}): LoadReport {
    const given = new Map(state instanceof Map ? state : Object.entries(state));
    const slots = tensorSlots(this);
    const own = new Set(slots.map((slot) => slot.path));
    const missing = [...own].filter((path) => !given.has(path));
    const unexpected = [...given.keys()].filter((path) => !own.has(path));
    if (strict && (missing.length > 0 || unexpected.length > 0)) {
      throw new ValueError(
        `loadStateDict: ${this.constructor.name} and the state do not have the same tensors.` +
          `${listed("missing from the state", missing)}${listed("unknown to the model", unexpected)}` +
          "\n  Pass { strict: false } to take what fits.",
      );
    }
    // Everything is checked before anything is changed.
    for (const { path, tensor } of slots) {
      const value = given.get(path);
      if (value) checkFits(path, tensor, value);
    }
    for (const slot of slots) {
      const value = given.get(slot.path);
      if (value) slot.set(value);
    }
    return { missing, unexpected };
  }

  /** Number of trained scalars, frozen ones included. */
  countParameters(): number {
    return [...this.parameters().values()].reduce((count, { size }) => count + size, 0);
  }

  /**
   * Takes parameters out of training: `trainable` no longer lists them.
   * @param match which paths; all without it
   * @throws ValueError where nothing matches
   */
  freeze(match?: Match): this {
    const paths = matching("freeze", this, match);
    this._frozen = [...new Set([...(this._frozen ?? []), ...paths])];
    return this;
  }

  /** Undoes `freeze` called on this module for the paths that match; all without an argument. */
  unfreeze(match?: Match): this {
    const paths = new Set(matching("unfreeze", this, match));
    const left = this._frozen?.filter((path) => !paths.has(path)) ?? [];
    if (left.length > 0) this._frozen = left;
    else delete this._frozen;
    return this;
  }
}

function matching(verb: string, module: Module, match?: Match): string[] {
  const all = [...module.parameters()];
  const paths = all.filter(([path, t]) => matcher(match)(path, t)).map(([path]) => path);
  if (paths.length > 0) return paths;
  const known = all.map(([path]) => path);
  throw new ValueError(
    `${verb}: no parameter of ${module.constructor.name} matches ${String(match)}.${listed("there are", known)}`,
  );
}

function toMap(slots: readonly Slot[]): Map<string, Tensor> {
  return new Map(slots.map(({ path, tensor }) => [path, tensor]));
}

const SHOWN = 12;

function listed(label: string, paths: readonly string[]): string {
  if (paths.length === 0) return "";
  const more = paths.length > SHOWN ? `, and ${paths.length - SHOWN} more` : "";
  return `\n  ${label}: ${paths.slice(0, SHOWN).join(", ")}${more}`;
}

function checkFits(path: string, have: Tensor, given: Tensor): void {
  if (!(given instanceof Tensor)) {
    throw new ValueError(`loadStateDict: ${path}: expected a Tensor, got ${typeof given}`);
  }
  const same = have.rank === given.rank && have.shape.every((size, i) => size === given.shape[i]);
  if (!same || have.dtype !== given.dtype) {
    throw new ShapeError(
      `loadStateDict: ${path}: the model has ${have.dtype}[${have.shape}], the state ${given.dtype}[${given.shape}]`,
    );
  }
}
