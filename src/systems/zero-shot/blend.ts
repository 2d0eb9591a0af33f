// Two encoders of one kind averaged weight by weight: a tuned one that keeps part of what it came from.
import { type Tensor, tensor, ValueError } from "../../engine/index.ts";
import { UseLiteEncoder } from "../../models/encoders/use-lite-encoder.ts";
import { copyOf } from "./finetune.ts";

/**
 * An encoder with weights `share` x tuned + (1 - share) x base. A classifier tuned on few texts is better
 * between its start and its end than at its end, at no cost when it is used (Wortsman et al. 2022,
 * "Robust fine-tuning of zero-shot models", arXiv 2109.01903).
 *
 * @throws ValueError for a share outside 0 to 1
 */
export async function blendEncoders(
  base: UseLiteEncoder,
  tuned: UseLiteEncoder,
  share: number,
): Promise<UseLiteEncoder> {
  if (!(share >= 0 && share <= 1)) {
    throw new ValueError(`blendEncoders: share: expected 0 to 1, got ${share}`);
  }
  const from = base.module.stateDict();
  const weights = new Map<string, Tensor>();
  for (const [path, value] of tuned.module.stateDict()) {
    const start = await from.get(path)!.data();
    const end = (await value.data()) as Float32Array;
    const mixed = end.map((x, i) => share * x + (1 - share) * Number(start[i]));
    weights.set(path, tensor(mixed, { shape: value.shape }));
  }
  const module = await copyOf(tuned.module);
  module.loadStateDict(weights);
  return new UseLiteEncoder(module, tuned.tokenizer);
}
