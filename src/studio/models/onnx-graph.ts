// Reads the graph of an ONNX file in the browser: nodes, their names and how they are wired; weights are skipped.

/** One node of the graph. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** A graph without its weights. */
export interface Graph {
  readonly producer: string;
  readonly nodes: readonly GraphNode[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Names of the weights. */
  readonly weights: ReadonlySet<string>;
}

type Field = { readonly number: number; readonly bytes: Uint8Array };

/** Fields of a protocol buffer message that hold bytes; numbers are passed over. */
function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = () => {
    let value = 0;
    let scale = 1;
    for (;;) {
      if (at >= bytes.length) throw new Error("the file ends in the middle of a field");
      const byte = bytes[at++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const kind = key % 8;
    if (kind === 0) varint();
    else if (kind === 1) at += 8;
    else if (kind === 5) at += 4;
    else if (kind === 2) {
      const length = varint();
      if (at + length > bytes.length) throw new Error("the file ends in the middle of a field");
      yield { number: Math.floor(key / 8), bytes: bytes.subarray(at, at + length) };
      at += length;
    } else throw new Error("this is no ONNX file");
  }
}

const decoder = new TextDecoder();
const textOf = (bytes: Uint8Array) => decoder.decode(bytes);

/** Reads a model (onnx.proto: ModelProto). @throws Error for bytes that are no ONNX model */
export function readGraph(bytes: Uint8Array): Graph {
  let producer = "";
  let graph: Uint8Array | null = null;
  for (const field of fieldsOf(bytes)) {
    if (field.number === 2) producer = textOf(field.bytes);
    if (field.number === 7) graph = field.bytes;
  }
  if (graph === null) throw new Error("this is no ONNX file: it holds no graph");
  const nodes: GraphNode[] = [];
  const inputs: string[] = [];
  const outputs: string[] = [];
  const weights = new Set<string>();
  for (const { number, bytes: part } of fieldsOf(graph)) {
    if (number === 1) nodes.push(readNode(part));
    else if (number === 5) weights.add(nameOf(part, 8));
    else if (number === 11) inputs.push(nameOf(part, 1));
    else if (number === 12) outputs.push(nameOf(part, 1));
  }
  return { producer, nodes, inputs: inputs.filter((name) => !weights.has(name)), outputs, weights };
}

function readNode(bytes: Uint8Array): GraphNode {
  const node = { name: "", op: "", inputs: [] as string[], outputs: [] as string[] };
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) node.inputs.push(textOf(field.bytes));
    else if (field.number === 2) node.outputs.push(textOf(field.bytes));
    else if (field.number === 3) node.name = textOf(field.bytes);
    else if (field.number === 4) node.op = textOf(field.bytes);
  }
  return node;
}

function nameOf(bytes: Uint8Array, number: number): string {
  for (const field of fieldsOf(bytes)) if (field.number === number) return textOf(field.bytes);
  return "";
}

/** Where a box of the drawing lies: its layer from the top, and its place in the layer. */
export interface Box {
  readonly label: string;
  readonly title: string;
  readonly kind: "node" | "input" | "output";
  readonly layer: number;
  place: number;
}

/** A drawing of a graph: boxes, and arrows between them by index. */
export interface Drawing {
  readonly boxes: readonly Box[];
  readonly arrows: readonly (readonly [number, number])[];
  readonly layers: number;
  readonly widest: number;
}

/** Lays a graph out in layers: each node below all that it needs, near the middle of them. */
export function layOut(graph: Graph, mostNodes = 400): Drawing {
  const boxes: Box[] = [];
  const arrows: [number, number][] = [];
  const madeBy = new Map<string, number>();
  const filled: number[] = [];
  const add = (box: Omit<Box, "place">, sources: readonly number[]): number => {
    const wished =
      sources.reduce((sum, from) => sum + boxes[from].place, 0) / (sources.length || 1);
    const place = Math.max(filled[box.layer] ?? 0, Math.round(wished));
    filled[box.layer] = place + 1;
    const index = boxes.push({ ...box, place }) - 1;
    for (const from of sources) arrows.push([from, index]);
    return index;
  };
  for (const name of graph.inputs) {
    madeBy.set(name, add({ label: name, title: name, kind: "input", layer: 0 }, []));
  }
  for (const node of graph.nodes.slice(0, mostNodes)) {
    const sources = [...new Set(node.inputs.flatMap((name) => madeBy.get(name) ?? []))];
    const layer = 1 + Math.max(-1, ...sources.map((from) => boxes[from].layer));
    const title = node.name ? `${node.op}: ${node.name}` : node.op;
    const index = add({ label: node.op, title, kind: "node", layer }, sources);
    for (const name of node.outputs) madeBy.set(name, index);
  }
  for (const name of graph.outputs) {
    const from = madeBy.get(name);
    if (from === undefined) continue;
    add({ label: name, title: name, kind: "output", layer: boxes[from].layer + 1 }, [from]);
  }
  return {
    boxes,
    arrows,
    layers: filled.length,
    widest: Math.max(1, ...filled.map((count) => count ?? 0)),
  };
}
