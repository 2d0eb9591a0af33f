/** @file What is done to a graph before it is lowered for the GPU, and who is to blame when it is refused. */
import { UnsupportedError } from "../errors.ts";
import { type Graph, rewriteGraph } from "../graph.ts";
import type { OpDef } from "../op.ts";
import { makeNode, type Node, Tensor } from "../tensor.ts";
import { type GpuFeatures, holdOnGpu } from "./gpu-types.ts";
import { joinUpdates } from "./gpu-updates.ts";
import { lowerGraph } from "./lower-graph.ts";
import type { GraphModel } from "./model.ts";

/** A graph over the GPU's element types. */
export interface GpuGraph {
  readonly graph: Graph;
  /** Names of ONNX nodes that have to run on the CPU; they are known once the graph is lowered. */
  readonly onCpu: readonly string[];
}

/** Ends the name of an op that runs on the CPU. */
export const ON_CPU = " (on the CPU)";

/**
 * The graph in terms of what the GPU computes with; `donated` are its state. With `fallback`, ops that it has no way to run
 * are kept for the CPU, else lowering refuses them by name.
 */
export async function fitGraphToGpu(
  source: Graph,
  donated: readonly number[],
  features: GpuFeatures,
  fallback: boolean,
): Promise<GpuGraph> {
  // What has no GPU form of its own is taken apart first, so that its parts are held in the GPU's types too.
  const composed = rewriteGraph(joinUpdates(source, donated), (node, inputs) =>
    refused(node) && node.op.compose ? node.op.compose(inputs, node.params) : null,
  );
  const graph = await holdOnGpu(composed, features);
  const onCpu: string[] = [];
  if (!fallback) return { graph, onCpu };
  const placed = rewriteGraph(graph, (node, inputs) =>
    refused(node) && !node.op.compose && node.op.lower
      ? makeNode(onTheCpu(node.op, onCpu), inputs, node.params, node.outputs)
      : null,
  );
  return { graph: placed, onCpu };
}

function refused({ op, inputs, params }: Node): boolean {
  return !op.lower || (op.supports?.("webgpu", inputs, params) ?? true) !== true;
}

/** The op as it is, with the names of its nodes noted. */
function onTheCpu(op: OpDef, names: string[]): OpDef {
  return {
    ...op,
    name: `${op.name}${ON_CPU}`,
    supports: () => true,
    lower(b, inputs, params, outputs) {
      const before = b.graph.nodes.length;
      const values = (op.lower as NonNullable<typeof op.lower>)(b, inputs, params, outputs);
      names.push(...b.graph.nodes.slice(before).map((n) => n.name));
      return values;
    },
  };
}

/**
 * The error for a graph that the runtime did not take: it does not say which node is at fault, so
 * each application is tried by itself. `accepts` rejects where a model cannot run on the GPU.
 */
export async function refusal(
  graph: Graph,
  name: string,
  error: Error,
  accepts: (model: GraphModel) => Promise<void>,
): Promise<UnsupportedError> {
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((x) => new Tensor(x.shape, x.dtype, { placeholder: "input" }));
    const outputs = makeNode(node.op, inputs, node.params, node.outputs);
    const alone: Graph = {
      inputs,
      outputs,
      constants: [],
      nodes: [outputs[0]._node as Node],
    };
    const lowered = await lowerGraph(alone, "webgpu", {});
    const failed = await accepts(lowered.graph).then(
      () => null,
      (e: Error) => e,
    );
    if (!failed) continue;
    const types = [...new Set(lowered.graph.nodes.map((n) => n.type))].join(", ");
    const place = node.madeAt ? ` (made at ${node.madeAt})` : "";
    const reason = /fallback to CPU EP has been explicitly disabled/.test(failed.message)
      ? `no kernels for ${types} on ${node.inputs.map(String).join(", ")}`
      : failed.message;
    return new UnsupportedError(
      `${name}: ${node.op.name}${place} does not run on WebGPU: ${reason}. Use the backend "onnx", ` +
        'or setBackend("webgpu", { cpuFallback: true }) to run such operations on the CPU (slow)',
    );
  }
  return new UnsupportedError(`${name}: WebGPU refused the model: ${error.message}`);
}
