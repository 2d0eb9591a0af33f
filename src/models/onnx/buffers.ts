/** @file An object of tensors that a module holds as state and does not train. */
import type { Tensor } from "../../engine/index.ts";

/** An object whose class names every field as a buffer, as modules look it up. */
export function bufferObject(tensors: Iterable<readonly [string, Tensor]>): object {
  const entries = [...tensors];
  const names = entries.map(([name]) => name);
  const Buffers = class {};
  Object.defineProperty(Buffers, "buffers", { value: names });
  const object = new Buffers();
  for (const [name, t] of entries) {
    // Defined, not assigned: a name may be one that objects have already.
    Object.defineProperty(object, name, {
      value: t,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return object;
}

/** A record without a prototype: any name is only a name in it. */
export function recordOf<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
  const record: Record<string, T> = Object.create(null);
  for (const [name, value] of entries) record[name] = value;
  return record;
}
