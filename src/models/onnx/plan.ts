/** @file What an imported model computes, apart from its tensors: never changed, shared between models. */
import type { Tensor } from "../../engine/index.ts";
import type { ModelProto } from "./decode.ts";
import type { OnnxModelGraph } from "./graph.ts";
import type { Origin } from "./session.ts";
import type { Tracer } from "./tracer.ts";

/** A node that keeps a model from being translated. */
export interface Blocker {
  /** The operator, with its domain in front where that is not ONNX's own. */
  readonly op: string;
  readonly node: string;
  readonly reason: string;
}

/** A low-rank addition to the product of one node. */
export interface LoraPlace {
  /** The weight's name, under which the adapter is kept. */
  readonly name: string;
  /** alpha / rank. */
  readonly scale: number;
  /** Whether the node uses the weight's rows as outputs. */
  readonly transposed: boolean;
}

/** A replaced end of a model. */
export interface HeadPlace {
  /** The value that the head is given. */
  readonly from: string;
  /** The output that it makes. */
  readonly output: string;
}

/** How a model is computed. */
export interface Plan {
  readonly graph: OnnxModelGraph;
  readonly tracer: Tracer;
  /** Names of the values that a call gives. */
  readonly outputs: readonly string[];
  readonly head: HeadPlace | null;
  /** By the node's number. */
  readonly lora: ReadonlyMap<number, LoraPlace>;
  /** Values that are weights under another name. */
  readonly derived: ReadonlyMap<string, string>;
  readonly blockers: readonly Blocker[];
  readonly origin: Origin;
  /** The tensors that the file holds: with others, it is another model. */
  readonly stored: WeakSet<Tensor>;
  /** The file's message, to be written again with new weights. */
  readonly proto: ModelProto;
  readonly widen: boolean;
}
