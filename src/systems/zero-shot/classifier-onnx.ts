// A trained classifier for elsewhere: an ONNX file with encoder and head, and a tokenizer of forty lines beside it.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomically } from "../../data/atomic-file.ts";
import { add, matmul, softmax, type Tensor, tensor, zeros } from "../../engine/index.ts";
import { MAX_TOKENS, type UseLite } from "../../models/encoders/use-lite.ts";
import { encodeOnnx } from "../../models/onnx/save.ts";
import { Module } from "../../nn/index.ts";
import type { Classifier } from "./api.ts";
import { checkTrainable } from "./finetune.ts";

interface ClassifierInputs {
  /** `[1, 128]` int32: tokens, then zeros. */
  readonly ids: Tensor;
  /** `[1, 128]` int32: 1 where a token stands. */
  readonly mask: Tensor;
}

/** The encoder and the head as one graph. */
class ClassifierGraph extends Module {
  readonly encoder: UseLite;
  readonly weights: Tensor;
  readonly bias: Tensor;

  constructor(encoder: UseLite, weights: Tensor, bias: Tensor) {
    super();
    this.encoder = encoder;
    this.weights = weights;
    this.bias = bias;
  }

  forward({ ids, mask }: ClassifierInputs): { probabilities: Tensor } {
    const vectors = this.encoder.forward(ids, { mask });
    return { probabilities: softmax(add(matmul(vectors, this.weights), this.bias)) };
  }
}

/**
 * Writes a classifier as files that need ONNX Runtime alone: `classifier.onnx` (`ids` and `mask`
 * [1, 128] give `probabilities` [1, labels]), `labels.json`, `vocab.json`, `tokenize.mjs` and a card.
 *
 * @throws DataError where its encoder is not the one that comes with the package
 */
export async function exportClassifier(classifier: Classifier, folder: string): Promise<void> {
  const { head, labels, encoder } = classifier;
  const { module, tokenizer, dim } = checkTrainable(encoder);
  const graph = new ClassifierGraph(
    module,
    tensor(head.weights, { shape: [dim, labels.length] }),
    tensor(head.bias, { shape: [1, labels.length] }),
  );
  const shape = [1, MAX_TOKENS];
  const inputs = { ids: zeros(shape, "int32"), mask: zeros(shape, "int32") };
  const onnx = await encodeOnnx(graph, inputs, { outputs: ["probabilities"] });
  await mkdir(folder, { recursive: true });
  const write = (name: string, content: string | Uint8Array) => {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    return writeFileAtomically(join(folder, name), [bytes]);
  };
  await write("classifier.onnx", onnx);
  await write("labels.json", `${JSON.stringify(labels, null, 1)}\n`);
  await write("vocab.json", JSON.stringify(tokenizer.vocabulary));
  await write("tokenize.mjs", tokenizerModule);
  await write("README.md", card(classifier));
}

/** The rules of the encoder's tokenizer by themselves, for those who have nothing of ours. */
const tokenizerModule = `// Token ids of a text, for classifier.onnx. The most probable row of pieces; a place whose best score is
// 0 counts as not reached, so the next piece that ends there is taken whatever it scores.
const FIRST_PIECE = 6;
const UNKNOWN = 0;

/** @param {[string, number | null][]} vocabulary what vocab.json holds */
export function makeTokenizer(vocabulary, length = ${MAX_TOKENS}) {
  const ids = new Map();
  let longest = 1;
  vocabulary.forEach(([piece], id) => {
    if (id < FIRST_PIECE) return;
    ids.set(piece, id);
    longest = Math.max(longest, [...piece].length);
  });
  /** @returns {{ ids: Int32Array, mask: Int32Array }} */
  return function tokenize(text) {
    const normal = text.toWellFormed().normalize("NFKC");
    const letters = normal === "" ? [] : [..."\\u2581" + normal.replaceAll(" ", "\\u2581")];
    const best = new Float64Array(letters.length + 1);
    const last = new Array(letters.length + 1).fill(null);
    const reach = (id, start, end) => {
      const score = (vocabulary[id][1] ?? 0) + best[start];
      if (best[end] !== 0 && !(score >= best[end])) return;
      best[end] = score;
      last[end] = { id, start };
    };
    for (let start = 0; start < letters.length; start++) {
      let piece = "";
      let any = false;
      for (let end = start + 1; end <= Math.min(start + longest, letters.length); end++) {
        piece += letters[end - 1];
        const id = ids.get(piece);
        if (id === undefined) continue;
        any = true;
        reach(id, start, end);
      }
      if (!any) reach(UNKNOWN, start, start + 1);
    }
    const found = [];
    for (let at = letters.length; at > 0; at = last[at].start) {
      const { id } = last[at];
      if (!(id === UNKNOWN && found.at(-1) === UNKNOWN)) found.push(id);
    }
    const row = found.reverse().slice(0, length);
    const padded = Int32Array.from({ length }, (_, i) => row[i] ?? 0);
    return { ids: padded, mask: Int32Array.from({ length }, (_, i) => (i < row.length ? 1 : 0)) };
  };
}
`;

function card({ labels, method }: Classifier): string {
  return `# Text classifier

Gives an English text one of ${labels.length} labels (learnt by ${method}). It needs ONNX Runtime and the files of this folder.

\`\`\`js
import { readFile } from "node:fs/promises";
import { InferenceSession, Tensor } from "onnxruntime-node"; // in a browser: onnxruntime-web
import { makeTokenizer } from "./tokenize.mjs";

const read = async (name) => JSON.parse(await readFile(name, "utf8"));
const tokenize = makeTokenizer(await read("vocab.json"));
const labels = await read("labels.json");
const session = await InferenceSession.create("classifier.onnx");
const { ids, mask } = tokenize("My card was stolen!");
const row = (values) => new Tensor("int32", values, [1, ${MAX_TOKENS}]);
const { probabilities } = await session.run({ ids: row(ids), mask: row(mask) });
\`\`\`

Texts are cut to ${MAX_TOKENS} tokens. A text without a known token says nothing: give it no label.

Labels: ${labels.map((label) => JSON.stringify(label)).join(", ")}.

The encoder is Universal Sentence Encoder Lite (Cer et al. 2018, Apache-2.0)${
    method === "finetune" || method === "setfit" ? ", fine-tuned" : ""
  }.
`;
}
