/** @file `OnnxModel`: an imported graph as a module, differentiable and open to surgery. */
import {
  type CompiledFunction,
  cast,
  compile,
  type Tensor,
  type UnsupportedError,
  ValueError,
} from "../../engine/index.ts";
import { type Context, type Layer, type Match, Module } from "../../nn/index.ts";
import { bindInputs } from "./bind.ts";
import { TranslationError } from "./call.ts";
import type { GraphNode, Port } from "./graph.ts";
import { adaptWith, type LoraAdapter } from "./lora.ts";
import type { Blocker, Plan } from "./plan.ts";
import { OpaqueSession } from "./session.ts";
import * as surgery from "./surgery.ts";
import { Value } from "./value.ts";
import { writeModel } from "./write.ts";

/** Tensors by the names of a model's inputs or outputs. */
export type NamedTensors = Readonly<Record<string, Tensor>>;

/** One node in a listing. */
export interface NodeInfo {
  readonly index: number;
  readonly op: string;
  readonly domain: string;
  readonly name: string;
  readonly inputs: readonly string[];
  /** Names of the values it makes: what `tap` and `replaceHead` take. */
  readonly outputs: readonly string[];
  readonly attributes: Readonly<
    Record<string, number | string | readonly number[] | readonly string[]>
  >;
}

/** The tensors of a model, by their part. */
export interface ModelTensors {
  readonly weights: Record<string, Tensor>;
  /** An object whose class names each of its fields as a buffer. */
  readonly constants: object;
  readonly lora: Record<string, LoraAdapter>;
  readonly head: Layer | null;
}

/**
 * A model read from an ONNX file. Its weights are parameters, so it trains like any module: it goes
 * through `compile`, `trainable`, optimizers and checkpoints. Surgery gives new models that share
 * tensors with this one, and leaves this one alone.
 */
export class OnnxModel extends Module {
  /** Trained tensors by the names they have in the file. */
  weights: Record<string, Tensor>;
  /** Statistics and large constants. */
  constants: object;
  /** Low-rank adapters by the name of the weight they add to. */
  lora: Record<string, LoraAdapter>;
  /** What stands in place of the model's end, if anything does. */
  head: Layer | null;
  /** @internal hidden in a function, so that trees pass it by */
  readonly _plan: () => Plan;

  /** @internal use `importOnnx` */
  constructor(plan: Plan, tensors: ModelTensors, frozen?: readonly string[]) {
    super();
    this.weights = tensors.weights;
    this.constants = tensors.constants;
    this.lora = tensors.lora;
    this.head = tensors.head;
    this._plan = () => plan;
    if (frozen && frozen.length > 0) this._frozen = frozen;
  }

  /** What `call` takes: names, dtypes, sizes; a size that is a name is bound by what is given. */
  get inputs(): readonly Port[] {
    return this._plan().graph.inputs;
  }

  /** Names of what `call` gives. */
  get outputs(): readonly string[] {
    return this._plan().outputs;
  }

  /** The nodes in the order in which they run. */
  get nodes(): readonly NodeInfo[] {
    return this._plan().graph.nodes.map(infoOf);
  }

  /** What keeps the model from being differentiated; empty where nothing does. */
  get blockers(): readonly Blocker[] {
    return this._plan().blockers;
  }

  /**
   * The outputs by name. Traceable: use it inside `compile` and differentiate through it. The graph
   * is traced anew for other sizes.
   * @param inputs tensors by input name; int32 is taken where the model says int64
   * @throws UnsupportedError naming the node that has no translation; ValueError, ShapeError or
   *   DTypeError where the inputs are not the model's
   */
  call(inputs: NamedTensors, ctx?: Context): Record<string, Tensor> {
    const plan = this._plan();
    const [blocker] = plan.blockers;
    if (blocker) throw blocked(blocker);
    const given = bindInputs(plan.graph, inputs);
    for (const [name, t] of Object.entries(this.constants)) given.set(name, Value.of(t as Tensor));
    for (const [name, t] of Object.entries(this.weights)) given.set(name, Value.of(t));
    for (const [value, name] of plan.derived) {
      const stored = given.get(name);
      if (stored) given.set(value, stored);
    }
    const { head } = plan;
    const names = plan.outputs.map((name) => (name === head?.output ? head.from : name));
    const values = plan.tracer.run(given, names, adaptWith(plan.lora, this.lora));
    return Object.fromEntries(
      plan.outputs.map((name, i) => {
        const y = values[i].tensor;
        if (name === head?.output) return [name, (this.head as Layer).forward(y, ctx)];
        // Integers that were computed as floats (quantized ones) become what the model declares.
        const dtype = plan.graph.outputs.find((o) => o.name === name)?.dtype;
        return [name, dtype ? cast(y, dtype) : y];
      }),
    );
  }

  /** The first output of a model with one input, as layers have it. @throws ValueError for others */
  forward(x: Tensor, ctx?: Context): Tensor {
    const { inputs, outputs } = this;
    if (inputs.length !== 1) {
      const names = inputs.map((i) => i.name).join(", ");
      throw new ValueError(
        `forward: the model has ${inputs.length} inputs (${names}); use call({ name: tensor })`,
      );
    }
    return this.call({ [inputs[0].name]: x }, ctx)[outputs[0]];
  }

  /**
   * Runs the model: compiled where it has a translation, else the file as it is, in an opaque
   * session of ONNX Runtime.
   * @throws UnsupportedError where the file has no translation and this model is no longer the file's
   */
  async run(inputs: NamedTensors): Promise<Record<string, Tensor>> {
    const plan = this._plan();
    if (plan.blockers.length === 0) {
      try {
        return await compiledFor(plan)(this, inputs);
      } catch (error) {
        if (!(error instanceof TranslationError) || !isFile(this)) throw error;
      }
    } else if (!isFile(this)) throw blocked(plan.blockers[0], false);
    const bound = bindInputs(plan.graph, inputs);
    const feeds = [...bound].map(([name, value]) => [name, value.tensor] as const);
    const outputs = await (await sessionFor(plan)).run(Object.fromEntries(feeds));
    return Object.fromEntries(plan.outputs.map((name) => [name, outputs[name]]));
  }

  /** The model with these intermediate values among its outputs. @throws ValueError for unknown names */
  tap(...names: string[]): OnnxModel {
    return surgery.withOutputs(this, [...new Set([...this.outputs, ...names])]);
  }

  /** The model that gives these values alone, without the nodes and weights that others need. */
  only(...names: string[]): OnnxModel {
    return surgery.withOutputs(this, names);
  }

  /**
   * The model with another end: `head` is given the value `from` (by default what goes into the last
   * product before the first output) and its result is called `output`.
   */
  replaceHead(head: Layer, options: surgery.HeadOptions = {}): OnnxModel {
    return surgery.replaceHead(this, head, options);
  }

  /**
   * The model with low-rank adapters (Hu et al. 2021) on the products whose weight or node matches;
   * the weights are frozen.
   */
  withLora(match: Match, options: surgery.LoraOptions): OnnxModel {
    return surgery.withLora(this, match, options);
  }

  /** The model with its adapters added to the weights, which are trained again. */
  mergeLora(): Promise<OnnxModel> {
    return surgery.mergeLora(this);
  }

  /**
   * The bytes of an .onnx file: the graph that was imported with the tensors of now, open sizes and
   * names as they were. Adapters are merged.
   * @throws ValueError for a model whose head was replaced; `saveOnnx` writes that
   */
  async toOnnx(): Promise<Uint8Array> {
    return writeModel(await this.mergeLora());
  }
}

/** Whether the file computes the same: no surgery, no other weights. */
function isFile(model: OnnxModel): boolean {
  const { head, lora, outputs, graph, stored } = model._plan();
  return (
    head === null &&
    lora.size === 0 &&
    outputs.every((name) => graph.outputs.some((o) => o.name === name)) &&
    Object.values(model.weights).every((t) => stored.has(t))
  );
}

function infoOf({ index, op, domain, name, inputs, outputs, attributes }: GraphNode): NodeInfo {
  return { index, op, domain, name, inputs, outputs, attributes: attributes.summary() };
}

function blocked({ node, reason }: Blocker, runs = true): UnsupportedError {
  const wayOut = runs
    ? "It still runs as it is: await model.run(inputs)"
    : "The file runs as it was imported, without changed weights, taps, heads or adapters";
  return new TranslationError(
    `${node} ${reason}, so the model cannot be traced or differentiated. ${wayOut}`,
  );
}

type Runner = CompiledFunction<[OnnxModel, NamedTensors], Record<string, Tensor>>;

const runners = new WeakMap<Plan, Runner>();
const sessions = new WeakMap<Plan, Promise<OpaqueSession>>();

function compiledFor(plan: Plan): Runner {
  let runner = runners.get(plan);
  if (!runner) {
    runner = compile((model: OnnxModel, inputs: NamedTensors) => model.call(inputs), {
      name: plan.graph.source,
    });
    runners.set(plan, runner);
  }
  return runner;
}

function sessionFor(plan: Plan): Promise<OpaqueSession> {
  let session = sessions.get(plan);
  if (!session) {
    session = OpaqueSession.open(plan.origin);
    session.catch(() => sessions.delete(plan));
    sessions.set(plan, session);
  }
  return session;
}
