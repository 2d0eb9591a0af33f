/** @file Changes to imported models: other outputs, another head, low-rank adapters. */
import {
  add,
  cast,
  evaluate,
  splitKey,
  type Tensor,
  ValueError,
  zeros,
} from "../../engine/index.ts";
import { type Layer, type Match, matcher, uniformInit } from "../../nn/index.ts";
import { bufferObject, recordOf } from "./buffers.ts";
import type { GraphNode } from "./graph.ts";
import { type LoraAdapter, loraDelta } from "./lora.ts";
import { OnnxModel } from "./model.ts";
import type { LoraPlace, Plan } from "./plan.ts";
import { neededNodes } from "./tracer.ts";

/** Settings of `replaceHead`. */
export interface HeadOptions {
  /** The value that the head is given; by default the input of the last product. */
  readonly from?: string;
  /** What the result is called; by default as the output that it replaces. */
  readonly output?: string;
}

/** Settings of `withLora`. */
export interface LoraOptions {
  readonly rank: number;
  /** The adapters' sum is scaled by alpha / rank. Default: the rank. */
  readonly alpha?: number;
  /** Draws the first factors; the second ones are zero, so that nothing changes at first. */
  readonly key: Tensor;
}

const PRODUCTS = new Set(["Gemm", "MatMul", "FusedMatMul"]);

/** The values that a plan's outputs are made from. */
function valuesOf({ outputs, head }: Plan): string[] {
  return outputs.map((name) => (name === head?.output ? head.from : name));
}

/** The model with another plan, without tensors that it no longer needs. */
function replanned(model: OnnxModel, plan: Plan, head: Layer | null): OnnxModel {
  const nodes = neededNodes(plan.graph, valuesOf(plan), () => false);
  const read = new Set([...valuesOf(plan), ...nodes.flatMap((n) => n.inputs)]);
  for (const [value, name] of plan.derived) if (read.has(value)) read.add(name);
  const kept = ([name]: readonly [string, unknown]): boolean => read.has(name);
  const weights = recordOf(Object.entries(model.weights).filter(kept));
  const numbers = new Set(nodes.map((n) => n.index));
  const places = new Map([...plan.lora].filter(([index]) => numbers.has(index)));
  const adapted = new Set([...places.values()].map((p) => p.name));
  const lora = recordOf(Object.entries(model.lora).filter(([name]) => adapted.has(name)));
  const stored = Object.entries(model.constants as Record<string, Tensor>);
  const constants =
    stored.length === 0 || stored.every(kept) ? model.constants : bufferObject(stored.filter(kept));
  const tensors = { weights, constants, lora, head };
  const frozen = (model._frozen ?? []).filter((path) => {
    const name = path.slice("weights.".length);
    return !path.startsWith("weights.") || name in weights;
  });
  return new OnnxModel({ ...plan, lora: places }, tensors, frozen);
}

/** @internal see `OnnxModel.tap` and `OnnxModel.only` */
export function withOutputs(model: OnnxModel, outputs: readonly string[]): OnnxModel {
  const plan = model._plan();
  const { graph } = plan;
  const known = new Set([
    ...graph.inputs.map((i) => i.name),
    ...graph.nodes.flatMap((n) => n.outputs),
    ...(plan.head ? [plan.head.output] : []),
  ]);
  for (const name of outputs) {
    if (known.has(name) && name !== "") continue;
    throw new ValueError(
      `${graph.source} has no value ${JSON.stringify(name)}; model.nodes lists what each node makes`,
    );
  }
  if (outputs.length === 0) throw new ValueError("expected at least one value's name, got none");
  const head = plan.head && outputs.includes(plan.head.output) ? plan.head : null;
  return replanned(model, { ...plan, outputs, head }, head && model.head);
}

/** @internal see `OnnxModel.replaceHead` */
export function replaceHead(model: OnnxModel, head: Layer, options: HeadOptions): OnnxModel {
  const plan = model._plan();
  const [replaced, ...others] = plan.outputs;
  const output = options.output ?? replaced;
  if (others.includes(output))
    throw new ValueError(`replaceHead: the model has another output called ${output}`);
  const from = options.from ?? beforeLastProduct(model, replaced);
  const values = new Set(plan.graph.nodes.flatMap((n) => n.outputs));
  if (!values.has(from) && !plan.graph.inputs.some((i) => i.name === from)) {
    throw new ValueError(
      `replaceHead: ${plan.graph.source} has no value ${JSON.stringify(from)}; model.nodes lists them`,
    );
  }
  return replanned(model, { ...plan, outputs: [output, ...others], head: { from, output } }, head);
}

function beforeLastProduct(model: OnnxModel, output: string): string {
  const { graph } = model._plan();
  const nodes = neededNodes(graph, [output], () => false);
  const last = nodes.findLast(
    (n) => (PRODUCTS.has(n.op) || n.op === "Conv") && weightBehind(model, n.inputs[1]),
  );
  if (last) return last.inputs[0];
  throw new ValueError(
    `replaceHead: no product with a weight leads to ${output}; name the value with { from }`,
  );
}

/** The weight that a value is, seen through nodes that only rearrange it. */
function weightBehind(
  model: OnnxModel,
  value: string,
): { name: string; transposed: boolean } | null {
  const { graph, derived } = model._plan();
  const producers = new Map(graph.nodes.flatMap((n) => n.outputs.map((o) => [o, n] as const)));
  let transposed = false;
  for (let at = value; ; ) {
    const name = derived.get(at) ?? at;
    if (name in model.weights) return { name, transposed };
    const node: GraphNode | undefined = producers.get(at);
    if (!node) return null;
    if (node.op === "Transpose") transposed = !transposed;
    else if (node.op !== "Identity" && node.op !== "Cast") return null;
    at = node.inputs[0];
  }
}

/** @internal see `OnnxModel.withLora` */
export function withLora(model: OnnxModel, match: Match, options: LoraOptions): OnnxModel {
  const { rank, alpha = rank, key } = options;
  if (!Number.isInteger(rank) || rank < 1)
    throw new ValueError(`withLora: rank ${rank}: expected a whole number of at least 1`);
  const plan = model._plan();
  const matches = matcher(match);
  const places = new Map(plan.lora);
  const chosen = new Map<string, LoraPlace>();
  for (const node of neededNodes(plan.graph, valuesOf(plan), () => false)) {
    const found = PRODUCTS.has(node.op) ? weightBehind(model, node.inputs[1]) : null;
    if (!found) continue;
    const { name } = found;
    const weight = model.weights[name];
    if (weight.rank !== 2) continue;
    if (!matches(name, weight) && !(node.name && matches(node.name, weight))) continue;
    const rows = node.attributes.int("transB", 0) !== 0;
    const place = { name, scale: alpha / rank, transposed: found.transposed !== rows };
    places.set(node.index, place);
    chosen.set(name, place);
  }
  if (chosen.size === 0) {
    throw new ValueError(
      `withLora: no product's weight or node matches ${String(match)}; model.nodes lists the nodes`,
    );
  }
  const keys = splitKey(key, chosen.size);
  const added = [...chosen].map(([name, { transposed }], i): [string, LoraAdapter] => {
    const { shape, dtype } = model.weights[name];
    const [fanIn, fanOut] = transposed ? [shape[1], shape[0]] : [shape[0], shape[1]];
    const a = uniformInit(1 / Math.sqrt(fanIn))(keys[i], [fanIn, rank]);
    return [name, { a: cast(a, dtype), b: zeros([rank, fanOut], dtype) }];
  });
  const lora = recordOf([...Object.entries(model.lora), ...added]);
  const tensors = { weights: model.weights, constants: model.constants, lora, head: model.head };
  return new OnnxModel({ ...plan, lora: places }, tensors, model._frozen).freeze("weights");
}

/** @internal see `OnnxModel.mergeLora` */
export async function mergeLora(model: OnnxModel): Promise<OnnxModel> {
  const plan = model._plan();
  if (plan.lora.size === 0) return model;
  const weights = recordOf(Object.entries(model.weights));
  for (const place of new Map([...plan.lora.values()].map((p) => [p.name, p])).values()) {
    weights[place.name] = add(weights[place.name], loraDelta(model.lora[place.name], place));
  }
  await evaluate(weights);
  const { constants, head } = model;
  return new OnnxModel({ ...plan, lora: new Map() }, { weights, constants, lora: {}, head });
}
