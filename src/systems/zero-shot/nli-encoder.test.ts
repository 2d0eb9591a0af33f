/** @file Training the whole encoder for entailment, a few steps of it. */
import { afterAll, expect, it } from "vitest";
import { issueOf, testFolder } from "../../data/testing.ts";
import { randomKey } from "../../engine/index.ts";
import { loadEncoder } from "../../models/index.ts";
import { tuneEntailment } from "./nli-encoder.ts";
import { EntailmentHead, loadEntailment, VectorPairModel } from "./nli-head.ts";
import { wordEncoder } from "./testing/encoder.ts";

const folder = testFolder();
afterAll(() => folder.remove());

const wordnet = `00000001 03 n 01 entity 0 000 | all
00000002 03 n 01 thing 0 001 @ 00000001 n 0000 | some
00000003 05 n 01 beast 0 001 @ 00000002 n 0000 | lives
00000004 06 n 01 tool 0 001 @ 00000002 n 0000 | is made
00000005 05 n 01 dog 0 001 @ 00000003 n 0000 | it barks
00000006 05 n 01 cat 0 001 @ 00000003 n 0000 | it meows
00000007 06 n 01 saw 0 001 @ 00000004 n 0000 | it cuts wood
00000008 06 n 01 axe 0 001 @ 00000004 n 0000 | it splits wood
`;

it("moves encoder and head towards right hypotheses, and leaves the given model as it is", async () => {
  folder.write("data.noun", wordnet);
  const encoder = await loadEncoder("use-lite");
  const model = new VectorPairModel(encoder, new EntailmentHead(encoder.dim, 1, randomKey(1)));
  const ask = [
    ["it barks", "it barks"],
    ["This example is beast.", "This example is tool."],
  ] as const;
  const lead = ({ values }: { values: Float32Array }) => values[1]! - values[3]!;
  const before = await model.judge(...ask);
  const options = { wordnet: folder.path, steps: 6, batchSize: 4, learningRate: 1e-3 };
  const tuned = await tuneEntailment(model, options);
  expect(lead(await tuned.judge(...ask))).toBeGreaterThan(lead(before) + 0.2);
  expect((await model.judge(...ask)).values).toEqual(before.values);
  await tuned.save(`${folder.path}/tuned`);
  const loaded = await loadEntailment(`${folder.path}/tuned`, encoder);
  expect((await loaded.judge(...ask)).values).toEqual((await tuned.judge(...ask)).values);
}, 60_000);

it("refuses an encoder that cannot be trained, and a head of three classes", async () => {
  const words = wordEncoder();
  const head = (outputs: 1 | 3) => new EntailmentHead(words.dim, outputs, randomKey(1));
  const frozen = new VectorPairModel(words, head(1));
  expect((await issueOf(() => tuneEntailment(frozen))).field).toBe("encoder");
  const encoder = await loadEncoder("use-lite");
  const three = new VectorPairModel(encoder, new EntailmentHead(encoder.dim, 3, randomKey(1)));
  expect((await issueOf(() => tuneEntailment(three))).field).toBe("model");
});
