// Entities: a tagger trained by Deepdive loses an entity when the words named as its cause are masked.
import { permutation, uniformStream } from "../../../data/index.ts";
import {
  compile,
  concat,
  randomKey,
  splitKey,
  type Tensor,
  tensor,
} from "../../../engine/index.ts";
import type { Criterion } from "../../../lab/criteria.ts";
import { type Context, crossEntropy, Embedding, Linear, Module } from "../../../nn/index.ts";
import { AdamW } from "../../../optim/index.ts";
import { arrayData, fit } from "../../../train/index.ts";
import { type EntityExplanation, explainEntities } from "../index.ts";

// The corpus: sentences of patterns filled with names. Half of the names of the tests are in no
// training sentence, so the tagger must read what stands around them.

const patterns = [
  "{PER} works for {ORG} in {LOC} since last year .",
  "Yesterday {PER} flew from {LOC} to {LOC} with two friends .",
  "The board of {ORG} has elected {PER} as its chair .",
  "{ORG} opens a new office near {LOC} next month .",
  "According to {PER} , shares of {ORG} fell on Monday .",
  "A spokesman of {ORG} said that {PER} would resign .",
  "{PER} was born in {LOC} and studied law there .",
  "Heavy rain closed the roads around {LOC} on Friday .",
  "The mayor of {LOC} met {PER} at the station .",
  "{PER} sold the company to {ORG} for a large sum .",
  "Police in {LOC} arrested {PER} late in the evening .",
  "Analysts at {ORG} expect growth in {LOC} this year .",
];
const first =
  "Ada Bruno Clara David Elena Frank Greta Hugo Iris Jonas Karin Louis Mara Nils Olga Paul Rosa Simon Tessa Viktor";
const last =
  "Abel Berger Costa Duval Ekman Fischer Grant Haas Ivanov Jansen Keller Lopez Meyer Novak Olsen Petrov Quist Rossi Silva Turner";
const places =
  "Aarhus Bergen Cadiz Dresden Exeter Faro Genoa Haifa Izmir Jena Kaunas Lyon Malmo Nantes Oporto Perm Quito Riga Split Turin";
const firms =
  "Alphacom Bexter Corvin Dynalux Ecorp Fintra Gentek Helion Inova Jetway Kronos Lumina Medix Nortel Optima Pharmis Quanta Rentex Solaris Tektra";
const tags = ["O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"];
const length = 16;
const unknown = 1;

interface Sentence {
  readonly tokens: string[];
  readonly tags: number[];
}

function makeSentences(count: number, seed: number, names: readonly [number, number]): Sentence[] {
  const random = uniformStream(seed);
  const [from, to] = names;
  const pick = (list: string) => list.split(" ")[from + Math.floor(random() * (to - from))]!;
  const fill: Record<string, () => string[]> = {
    PER: () => (random() < 0.5 ? [pick(first)] : [pick(first), pick(last)]),
    ORG: () => (random() < 0.6 ? [pick(firms)] : [pick(firms), "Group"]),
    LOC: () => [pick(places)],
  };
  return Array.from({ length: count }, () => {
    const sentence: Sentence = { tokens: [], tags: [] };
    for (const word of patterns[Math.floor(random() * patterns.length)]!.split(" ")) {
      const type = /^\{(\w+)\}$/.exec(word)?.[1];
      const filled = type === undefined ? [word] : fill[type]!();
      filled.forEach((token, i) => {
        sentence.tokens.push(token);
        sentence.tags.push(type === undefined ? 0 : tags.indexOf(`${i === 0 ? "B" : "I"}-${type}`));
      });
    }
    return sentence;
  });
}

/** Tags each token from the vectors of a window of seven, through one hidden layer. */
class Tagger extends Module {
  embedding: Embedding;
  hidden: Linear;
  out: Linear;

  constructor(words: number, key: Tensor) {
    super();
    const [one, two, three] = splitKey(key, 3) as [Tensor, Tensor, Tensor];
    this.embedding = new Embedding({ count: words, width: 24, key: one });
    this.hidden = new Linear({ in: 7 * 24, out: 64, key: two });
    this.out = new Linear({ in: 64, out: tags.length, key: three });
  }

  /** Numbers [batch, length + 6], padded on both sides, to logits [batch, length, tags]. */
  forward(ids: Tensor): Tensor {
    const vectors = this.embedding.forward(ids);
    const window = [0, 1, 2, 3, 4, 5, 6].map((shift) =>
      vectors.slice([0, shift, 0], [ids.shape[0]!, shift + length, 24]),
    );
    return this.out.forward(this.hidden.forward(concat(window, 2)).relu());
  }
}

interface Batch {
  readonly x: Tensor;
  readonly y: Tensor;
}

function encode(tokens: readonly string[], words: ReadonlyMap<string, number>): number[] {
  const ids = tokens.map((token) => words.get(token) ?? unknown);
  return [0, 0, 0, ...ids, ...new Array<number>(length + 3 - ids.length).fill(0)];
}

async function trainTagger() {
  const train = makeSentences(3000, 1, [0, 14]);
  const words = new Map<string, number>();
  for (const token of train.flatMap(({ tokens }) => tokens)) {
    if (!words.has(token)) words.set(token, words.size + 2);
  }
  const random = uniformStream(2);
  // A word in seven is unknown, so that the mask of an explanation is nothing new to the tagger.
  const x = train.flatMap(({ tokens }) =>
    encode(tokens, words).map((id) => (id > 1 && random() < 1 / 7 ? unknown : id)),
  );
  const y = train.flatMap((sentence) => [
    ...sentence.tags,
    ...new Array<number>(length - sentence.tags.length).fill(0),
  ]);
  const model = new Tagger(words.size + 2, randomKey(3));
  const fields = {
    x: { data: Int32Array.from(x), shape: [length + 6] },
    y: { data: Int32Array.from(y), shape: [length] },
  };
  await fit({
    model,
    loss: (net: Tagger, { x: ids, y: truth }: Batch, _ctx: Context) => ({
      loss: crossEntropy(net.forward(ids).reshape([-1, tags.length]), truth.reshape([-1])),
    }),
    optimizer: new AdamW({ learningRate: 3e-3 }),
    data: arrayData(fields, { batchSize: 50, last: "drop" }),
    epochs: 8,
    key: randomKey(4),
    progress: false,
  });
  const run = compile((net: Tagger, ids: Tensor) => net.forward(ids).softmax());
  const height = 100;
  const predict = async (batch: (readonly string[])[]): Promise<number[][]> => {
    const rows: number[][] = [];
    for (let at = 0; at < batch.length; at += height) {
      const some = batch.slice(at, at + height);
      const filled = Array.from({ length: height }, (_, i) => some[i] ?? some[0]!);
      const ids = Int32Array.from(filled.flatMap((tokens) => encode(tokens, words)));
      const input = tensor(ids, { dtype: "int32", shape: [height, length + 6] });
      const values = (await (await run(model, input)).data()) as Float32Array;
      some.forEach((tokens, i) => {
        const from = i * length * tags.length;
        rows.push(Array.from(values.subarray(from, from + tokens.length * tags.length)));
      });
    }
    return rows;
  };
  return { predict, dispose: () => run.dispose() };
}

const entities = 200;
const removed = 3;

/** How much masking some tokens lowers the probability of the entity. */
async function drop({ hide, predict, explanations }: EntityExplanation, hidden: readonly number[]) {
  const { label, modelOutput } = explanations[0]!;
  const [row] = (await predict([hide(hidden)])) as number[][];
  return modelOutput - row![label]!;
}

async function study() {
  const { predict, dispose } = await trainTagger();
  const test = makeSentences(400, 9, [7, 20]);
  const found: EntityExplanation[] = [];
  let right = 0;
  let all = 0;
  for (const [seed, sentence] of test.entries()) {
    const [row] = await predict([sentence.tokens]);
    sentence.tags.forEach((truth, t) => {
      const own = row!.slice(t * tags.length, (t + 1) * tags.length);
      right += own.indexOf(Math.max(...own)) === truth ? 1 : 0;
      all++;
    });
    if (found.length >= entities) continue;
    found.push(...(await explainEntities(sentence.tokens, predict, { tags, seed, samples: 500 })));
  }
  let better = 0;
  const drops = [0, 0];
  for (const [i, entity] of found.slice(0, entities).entries()) {
    const named = entity.explanations[0]!.weights.filter(({ weight }) => weight > 0)
      .slice(0, removed)
      .map(({ feature }) => feature);
    const random = Array.from(permutation(entity.sentence.length, 5, i).subarray(0, removed));
    const [a, b] = [await drop(entity, named), await drop(entity, random)];
    drops[0]! += a / entities;
    drops[1]! += b / entities;
    if (a > b) better++;
  }
  dispose();
  return { better: better / entities, drops, accuracy: right / all };
}

export const entityCriteria: Criterion[] = [
  {
    system: "lime",
    name: "entities",
    target:
      "masking the 3 words named lowers a tag's probability more than masking 3 random words for at least 90% of 200 entities",
    async run() {
      const { better, drops, accuracy } = await study();
      const note = `mean drop ${drops[0]!.toFixed(3)} against ${drops[1]!.toFixed(3)}; window tagger trained by Deepdive on 3,000 generated sentences, token accuracy ${accuracy.toFixed(3)} on others, half of whose names it has never seen`;
      return { figure: `${(100 * better).toFixed(1)}%`, ok: better >= 0.9, note };
    },
  },
];
