/** @file A node's attributes by name, with their defaults. */
import { UnsupportedError } from "../../engine/index.ts";
import { type AttributeProto, type GraphProto, type TensorProto, toNumber } from "./decode.ts";

const text = new TextDecoder();

/** Attributes of one node; inside a function, references are looked up in the call's own attributes. */
export class Attributes {
  readonly #byName: Map<string, AttributeProto>;

  constructor(list: readonly AttributeProto[], outer?: Attributes) {
    this.#byName = new Map();
    for (const attribute of list) {
      const reference = attribute.refAttrName;
      const given = reference ? outer?.find(reference) : attribute;
      if (given) this.#byName.set(attribute.name ?? "", given);
    }
  }

  /** The attribute itself. */
  find(name: string): AttributeProto | undefined {
    return this.#byName.get(name);
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  names(): string[] {
    return [...this.#byName.keys()];
  }

  int(name: string, otherwise: number): number {
    const a = this.#byName.get(name);
    return a ? toNumber(a.i) : otherwise;
  }

  float(name: string, otherwise: number): number {
    return this.#byName.get(name)?.f ?? otherwise;
  }

  string(name: string, otherwise: string): string {
    const a = this.#byName.get(name);
    return a ? text.decode(a.s ?? new Uint8Array()) : otherwise;
  }

  strings(name: string): string[] {
    return (this.#byName.get(name)?.strings ?? []).map((s) => text.decode(s));
  }

  /** Null where the attribute is not there. */
  ints(name: string): number[] | null {
    const a = this.#byName.get(name);
    return a ? (a.ints ?? []).map(toNumber) : null;
  }

  floats(name: string): number[] | null {
    return this.#byName.get(name)?.floats ?? null;
  }

  tensor(name: string): TensorProto | null {
    return this.#byName.get(name)?.t ?? null;
  }

  graph(name: string): GraphProto {
    const graph = this.#byName.get(name)?.g;
    if (!graph) throw new UnsupportedError(`it has no graph ${name}`);
    return graph;
  }

  /** For listings: numbers, strings and lists as they are, tensors and graphs by what they are. */
  summary(): Record<string, number | string | readonly number[] | readonly string[]> {
    const out: Record<string, number | string | readonly number[] | readonly string[]> = {};
    for (const [name, a] of this.#byName) {
      if (a.t) out[name] = "tensor";
      else if (a.g) out[name] = "graph";
      else if (a.ints?.length) out[name] = a.ints.map(toNumber);
      else if (a.floats?.length) out[name] = [...a.floats];
      else if (a.strings?.length) out[name] = this.strings(name);
      else if (a.s?.length) out[name] = text.decode(a.s);
      else out[name] = a.f ? a.f : toNumber(a.i);
    }
    return out;
  }
}
