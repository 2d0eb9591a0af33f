// The card of a distilled classifier: what it is, how far it can be trusted, how it is run anywhere.
import type { DistilFigures } from "./distil.ts";

const percent = (share: number) =>
  Number.isFinite(share) ? `${(100 * share).toFixed(1)}%` : "not measured";

/** The card as Markdown. */
export function classifierCard(
  name: string,
  labels: readonly string[],
  figures: DistilFigures,
): string {
  const { rows, terms, bytes, agreement, agreementUnseen, counts } = figures;
  const table = labels.map((label, i) => `| ${label.replaceAll("|", "\\|")} | ${counts[i]} |`);
  return `# ${name}

Gives a text one of ${labels.length} labels. \`classifier.onnx\` runs in any ONNX Runtime from 1.17 on (Node, browser,
Python, C++); nothing else is needed: the words that it knows are inside.

## What it is

A linear classifier over words and pairs of neighbouring words, distilled from ${rows} texts. Their labels were
given by a zero-shot model that saw only the labels' names, unless people corrected them: the classifier
repeats its mistakes. Judge it on checked labels before you rely on it.

| | |
|---|---|
| agreement with the labels it learnt from | ${percent(agreement)} |
| agreement on texts that it had not seen (a fifth left out) | ${percent(agreementUnseen)} |
| words and pairs | ${terms} |
| size | ${(bytes / 2 ** 20).toFixed(1)} MB |

## How to run it

The input \`text\` takes a list of texts in lower case, with one blank between words and nothing else: a word is
a run of letters, digits and underscores. The outputs are \`label\` and \`probabilities\`, in the order of
\`labels.json\`. A text without a known word gets the probabilities of the empty text.

\`\`\`js
import { InferenceSession, Tensor } from "onnxruntime-node"; // in a browser: onnxruntime-web
const plain = (s) => s.toWellFormed().toLowerCase().replace(/[^\\p{L}\\p{N}_]+/gu, " ").trim();
const session = await InferenceSession.create("classifier.onnx");
const text = new Tensor("string", ["My card was stolen!"].map(plain), [1]);
const { label, probabilities } = await session.run({ text });
\`\`\`

\`\`\`python
import re, numpy as np, onnxruntime
plain = lambda s: re.sub(r"[\\W]+", " ", s.lower()).strip()
session = onnxruntime.InferenceSession("classifier.onnx")
label, probabilities = session.run(None, {"text": np.array([plain("My card was stolen!")], dtype=object)})
\`\`\`

## Labels

| label | texts |
|---|---|
${table.join("\n")}
`;
}
