/** @file Scopes that give the memory of the tensors made inside them back at their end. */
import type { Tensor } from "./tensor.ts";

const scopes: Set<Tensor>[] = [];

/** @internal Records a tensor that holds elements in the innermost open scope. */
export function disposeIn(tensor: Tensor): void {
  scopes.at(-1)?.add(tensor);
}

/** A scope of tensors; see `tensorScope`. */
export interface TensorScope extends Disposable {
  /** Lets tensors outlive the scope; gives them back. */
  keep<T extends Tensor[]>(...tensors: T): T;
}

/**
 * Opens a scope: `using scope = tensorScope()`. At its end, the elements of every tensor that was
 * made or computed inside and not kept are given back. Without scopes the garbage collector does
 * the same later; a scope is for code that wants device memory back at a known moment.
 */
export function tensorScope(): TensorScope {
  const made = new Set<Tensor>();
  scopes.push(made);
  return {
    keep(...tensors) {
      for (const t of tensors) made.delete(t);
      return tensors;
    },
    [Symbol.dispose]() {
      const at = scopes.lastIndexOf(made);
      if (at >= 0) scopes.splice(at, 1);
      for (const t of made) t.dispose();
    },
  };
}
