/** @file Trees of tensors: nested arrays, objects and class instances, flattened to leaves and rebuilt. */
import { ValueError } from "./errors.ts";
import { identityOf } from "./op.ts";
import { Tensor } from "./tensor.ts";

/** Anything that can go through `compile`: tensors, containers of them, and static values. */
export type Tree = unknown;

/** The form of a tree without its tensors. */
export type Structure =
  | { readonly kind: "leaf" }
  | { readonly kind: "static"; readonly value: unknown }
  | { readonly kind: "array"; readonly items: readonly Structure[] }
  | {
      readonly kind: "object";
      readonly proto: object | null;
      readonly keys: readonly string[];
      readonly items: readonly Structure[];
    }
  | {
      readonly kind: "map";
      readonly keys: readonly unknown[];
      readonly items: readonly Structure[];
    };

const LEAF: Structure = { kind: "leaf" };

function isContainer(value: object): boolean {
  return !(
    ArrayBuffer.isView(value) ||
    value instanceof Date ||
    value instanceof RegExp ||
    value instanceof Promise ||
    value instanceof Set ||
    value instanceof ArrayBuffer ||
    value instanceof WeakMap
  );
}

/** The tensors of a tree in a fixed order, their paths, and its form. @throws ValueError on a cycle */
export function flatten(
  tree: Tree,
  root = "",
): { leaves: Tensor[]; paths: string[]; structure: Structure } {
  const leaves: Tensor[] = [];
  const paths: string[] = [];
  const open = new Set<object>();
  const visit = (value: unknown, path: string): Structure => {
    if (value instanceof Tensor) {
      leaves.push(value);
      paths.push(path);
      return LEAF;
    }
    if (value === null || typeof value !== "object" || !isContainer(value))
      return { kind: "static", value };
    if (open.has(value))
      throw new ValueError(
        `tree: ${path || "the value"} contains itself; trees of tensors may not have cycles`,
      );
    open.add(value);
    let structure: Structure;
    if (Array.isArray(value)) {
      structure = { kind: "array", items: value.map((v, i) => visit(v, `${path}[${i}]`)) };
    } else if (value instanceof Map) {
      const keys = [...value.keys()];
      structure = {
        kind: "map",
        keys,
        items: keys.map((k) => visit(value.get(k), `${path}.${String(k)}`)),
      };
    } else {
      const keys = Object.keys(value);
      const items = keys.map((k) =>
        visit((value as Record<string, unknown>)[k], path ? `${path}.${k}` : k),
      );
      structure = { kind: "object", proto: Object.getPrototypeOf(value), keys, items };
    }
    open.delete(value);
    return structure;
  };
  return { structure: visit(tree, root), leaves, paths };
}

/** A tree of the given form with new leaves (anything, so that null can stand for "none"). */
export function unflatten(structure: Structure, leaves: readonly unknown[]): Tree {
  let next = 0;
  const build = (s: Structure): unknown => {
    switch (s.kind) {
      case "leaf":
        return leaves[next++];
      case "static":
        return s.value;
      case "array":
        return s.items.map(build);
      case "map":
        return new Map(s.keys.map((k, i) => [k, build(s.items[i])]));
      case "object": {
        const out = Object.create(s.proto) as Record<string, unknown>;
        for (const [i, key] of s.keys.entries()) out[key] = build(s.items[i]);
        return out;
      }
    }
  };
  return build(structure);
}

/** Applies a function to every tensor of a tree. */
export function treeMap<T>(tree: T, fn: (leaf: Tensor, path: string) => unknown): T {
  const { leaves, paths, structure } = flatten(tree);
  return unflatten(
    structure,
    leaves.map((t, i) => fn(t, paths[i])),
  ) as T;
}

/** The tensors of a tree. */
export function treeLeaves(tree: Tree): Tensor[] {
  return flatten(tree).leaves;
}

/** A string equal for trees of one form: static values count by content, objects by identity. */
export function structureKey(s: Structure): string {
  switch (s.kind) {
    case "leaf":
      return "*";
    case "static":
      return staticKey(s.value);
    case "array":
      return `[${s.items.map(structureKey).join()}]`;
    case "map":
      return `map{${s.keys.map((k, i) => `${String(k)}:${structureKey(s.items[i])}`).join()}}`;
    case "object": {
      const proto = s.proto === null || s.proto === Object.prototype ? "" : identityOf(s.proto);
      return `${proto}{${s.keys.map((k, i) => `${k}:${structureKey(s.items[i])}`).join()}}`;
    }
  }
}

function staticKey(value: unknown): string {
  if (typeof value === "function" || (typeof value === "object" && value !== null))
    return `#${identityOf(value)}`;
  return typeof value === "string"
    ? JSON.stringify(value)
    : `${typeof value}:${Object.is(value, -0) ? "-0" : String(value)}`;
}
