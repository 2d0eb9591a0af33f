/** @file The graph of a TensorFlow.js model: nodes in an order in which they can run, attributes with types. */
import { DataError } from "../../data/errors.ts";

/** A node; attributes are read by `Attributes`. */
export interface TfNode {
  readonly name: string;
  readonly op: string;
  /** Values that it reads: `node`, or `node:1` for a later output. */
  readonly inputs: readonly string[];
  readonly attributes: TfAttributes;
}

/** A checked graph. */
export interface TfGraph {
  /** Each after those that it reads from. */
  readonly nodes: readonly TfNode[];
  /** Names of the nodes that no other reads from. */
  readonly ends: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;

/** Attributes as JSON has them: numbers as text, names as base64 or codes of characters. */
export class TfAttributes {
  readonly #values: Json;

  constructor(values: Json) {
    this.#values = values;
  }

  #value(name: string): Json {
    return (this.#values[name] ?? {}) as Json;
  }

  int(name: string, otherwise = 0): number {
    const { i } = this.#value(name);
    return i === undefined ? otherwise : Number(i);
  }

  float(name: string, otherwise = 0): number {
    const { f } = this.#value(name);
    return f === undefined ? otherwise : Number(f);
  }

  bool(name: string): boolean {
    return this.#value(name).b === true;
  }

  text(name: string, otherwise = ""): string {
    const { s } = this.#value(name);
    return s === undefined ? otherwise : textOf(s);
  }

  ints(name: string): number[] {
    const { list } = this.#value(name);
    return (((list as Json)?.i ?? []) as unknown[]).map(Number);
  }

  texts(name: string): string[] {
    const { list } = this.#value(name);
    return (((list as Json)?.s ?? []) as unknown[]).map(textOf);
  }

  /** TensorFlow's number of an element type. */
  type(name: string): number {
    const { type } = this.#value(name);
    return typeof type === "string" ? (TYPE_NAMES[type] ?? 0) : Number(type ?? 0);
  }

  /** Sizes, -1 where a size is open; null where not even their number is known. */
  shape(name: string): number[] | null {
    const { shape } = this.#value(name) as { shape?: Json };
    if (shape === undefined || shape.unknownRank === true) return null;
    return ((shape.dim ?? []) as Json[]).map(({ size }) => Number(size));
  }
}

const TYPE_NAMES: Readonly<Record<string, number>> = {
  DT_FLOAT: 1,
  DT_INT32: 3,
  DT_INT64: 9,
  DT_BOOL: 10,
  DT_HALF: 19,
};

function textOf(value: unknown): string {
  if (Array.isArray(value)) return String.fromCharCode(...(value as number[]));
  return Buffer.from(String(value), "base64").toString("latin1");
}

/** Reads and orders the nodes. @throws DataError where the topology is no graph */
export function readTfGraph(topology: unknown, path: string): TfGraph {
  const refuse = (received: string): DataError =>
    new DataError({
      code: "malformed",
      path,
      field: "modelTopology",
      expected: "a graph of nodes that follow from each other",
      received,
    });
  const list = (topology as { node?: unknown } | null)?.node;
  if (!Array.isArray(list) || list.length === 0) {
    const keras = (topology as { model_config?: unknown } | null)?.model_config !== undefined;
    throw refuse(keras ? "a layers model; convert it to a graph model" : "no nodes");
  }
  const byName = new Map<string, TfNode>();
  for (const { name, op, input = [], attr = {} } of list as readonly Json[]) {
    if (typeof name !== "string" || typeof op !== "string") throw refuse("a node without a name");
    if (byName.has(name)) throw refuse(`two nodes with the name ${JSON.stringify(name)}`);
    const inputs = (input as string[]).filter((from) => !from.startsWith("^"));
    const cleaned = inputs.map((from) => from.replace(/:0$/, ""));
    byName.set(name, { name, op, inputs: cleaned, attributes: new TfAttributes(attr as Json) });
  }
  return { nodes: ordered(byName, refuse), ends: endsOf(byName) };
}

/** The node that a value comes from. */
export function sourceOf(value: string): string {
  return value.replace(/:\d+$/, "");
}

/** Depth first without recursion: a chain of nodes may be longer than the stack. */
function ordered(
  byName: ReadonlyMap<string, TfNode>,
  refuse: (received: string) => DataError,
): TfNode[] {
  const done = new Set<string>();
  const open = new Set<string>();
  const nodes: TfNode[] = [];
  for (const first of byName.values()) {
    const stack = [first];
    while (stack.length > 0) {
      const node = stack.at(-1)!;
      if (done.has(node.name)) {
        stack.pop();
        continue;
      }
      const needed = node.inputs.map(sourceOf).filter((name) => !done.has(name));
      if (needed.length === 0) {
        done.add(node.name);
        open.delete(node.name);
        nodes.push(node);
        stack.pop();
        continue;
      }
      open.add(node.name);
      for (const name of needed) {
        const from = byName.get(name);
        if (!from) throw refuse(`${node.name} reads from ${name}, which is not there`);
        if (open.has(name)) throw refuse(`a circle through ${name}`);
        stack.push(from);
      }
    }
  }
  return nodes;
}

function endsOf(byName: ReadonlyMap<string, TfNode>): string[] {
  const read = new Set([...byName.values()].flatMap(({ inputs }) => inputs.map(sourceOf)));
  const silent = new Set(["Const", "NoOp", "Placeholder"]);
  return [...byName.values()]
    .filter(({ name, op }) => !read.has(name) && !silent.has(op))
    .map(({ name }) => name);
}
