// The labs of `lime`: explanations of texts, table rows, pictures and entities, picks, figures, comparisons.
import { defineLab } from "../../lab/define.ts";
import {
  askInput,
  compareInput,
  evalInput,
  fitJobInput,
  imageInput,
  mixedInput,
  nerInput,
  pickInput,
  tableInput,
  textInput,
} from "./jobs/schemas.ts";

const paper = "https://arxiv.org/abs/1602.04938";

/** Explains a text classifier. */
export const textLab = defineLab({
  name: "lime text",
  title: "Explain a text's class",
  summary:
    "Hides words of a text, watches what a model makes of the rest, and fits a small linear model: " +
    "which words speak for the class and which against it, with 95% intervals. " +
    "The model may be an ONNX file, a URL, a saved model or a command.",
  source: paper,
  positional: "text",
  input: textInput,
  examples: [
    {
      title: "One text and a model behind a URL",
      input: {
        model: "http://localhost:8000/predict",
        text: "Win a prize today, reply now",
        classes: ["ham", "spam"],
      },
    },
    {
      title: "A run's model, until the order of words is settled",
      input: {
        model: ".deepdive/runs/k3m9/artifacts/model",
        text: "Win a prize today, reply now",
        samples: "auto",
      },
    },
  ],
  async run(context, input) {
    return (await import("./jobs/text.ts")).runText(context, input);
  },
});

/** Explains a model of table rows. */
export const tableLab = defineLab({
  name: "lime table",
  title: "Explain a table row",
  summary:
    "Draws rows like the training rows around one of them, asks the model, and fits a small linear model: " +
    "which cells, or the bins they lie in, speak for the class. Takes scikit-learn's ONNX exports as they are.",
  source: paper,
  positional: "data",
  input: tableInput,
  examples: [
    {
      title: "A forest exported from scikit-learn",
      input: { model: "forest.onnx", data: "iris.csv", target: "species", row: 3, top: 3 },
    },
  ],
  async run(context, input) {
    return (await import("./jobs/table.ts")).runTable(context, input);
  },
});

/** Explains a model of a text and columns. */
export const mixedLab = defineLab({
  name: "lime mixed",
  title: "Explain a text with columns",
  summary:
    "Hides words of a text and draws the columns beside it anew, both in each neighbour, and fits one small linear model: " +
    "which words and which cells speak for the class. The model takes {text, columns}, or as an ONNX file " +
    "an input of strings and inputs of numbers.",
  source: paper,
  positional: "data",
  input: mixedInput,
  examples: [
    {
      title: "Tickets with a subject, a sender's age and a priority",
      input: {
        model: "tickets.onnx",
        data: "tickets.csv",
        textColumn: "subject",
        target: "urgent",
      },
    },
  ],
  async run(context, input) {
    return (await import("./jobs/mixed.ts")).runMixed(context, input);
  },
});

/** Explains an image classifier. */
export const imageLab = defineLab({
  name: "lime image",
  title: "Explain a picture's class",
  summary:
    "Divides a picture into regions of like colour, hides some of them at a time, and fits a small linear model: " +
    "which regions the class hangs on.",
  source: paper,
  positional: "input",
  input: imageInput,
  examples: [
    { title: "An ONNX model", input: { model: "resnet.onnx", input: "dog.jpg", top: 3 } },
    {
      title: "Squares instead of colours",
      input: { model: "digits.onnx", input: "seven.png", grey: true, segmenter: "grid", cell: 4 },
    },
  ],
  async run(context, input) {
    return (await import("./jobs/image.ts")).runImage(context, input);
  },
});

/** Explains a tagger. */
export const nerLab = defineLab({
  name: "lime ner",
  title: "Explain named entities",
  summary:
    "Masks words of a sentence and watches a tagger: which words make it call others a person or a place. " +
    "The tagger gives, per sentence, the probabilities of all tags at each token in one list.",
  source: paper,
  positional: "text",
  input: nerInput,
  examples: [
    {
      title: "A tagger as a command",
      input: {
        model: "python tagger.py",
        text: "Ada Lovelace lived in London",
        tags: ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"],
      },
    },
  ],
  async run(context, input) {
    return (await import("./jobs/ner.ts")).runNer(context, input);
  },
});

/** Picks few explanations that show much. */
export const pickLab = defineLab({
  name: "lime pick",
  title: "Pick explanations worth reading",
  summary:
    "Explains rows of a table, texts of a column or pictures and picks the few that together name most of what matters (SP-LIME), " +
    "beside as many at random.",
  source: paper,
  positional: "data",
  input: pickInput,
  examples: [
    {
      title: "Five texts",
      input: { model: "spam.onnx", data: "mails.csv", textColumn: "body", sample: 100 },
    },
  ],
  async run(context, input) {
    return (await import("./jobs/pick.ts")).runPick(context, input);
  },
});

/** Measures explanations. */
export const evalLab = defineLab({
  name: "lime eval",
  title: "Measure explanations",
  summary:
    "Of texts, table rows or pictures. Faithfulness: how the model's output falls while the features named are taken away, against features at random. " +
    "Stability: how far explanations of the same example agree from seed to seed. Exact: how near they are to the answer that all neighbours give.",
  source: "https://arxiv.org/abs/1806.07421",
  positional: "measure",
  input: evalInput,
  examples: [
    {
      title: "Twenty texts",
      input: { measure: "faithfulness", model: "spam.onnx", input: "mails.csv" },
    },
    {
      title: "Table rows, seed by seed",
      input: { measure: "stability", model: "forest.onnx", data: "iris.csv", target: "species" },
    },
  ],
  async run(context, input) {
    return (await import("./jobs/eval.ts")).runEval(context, input);
  },
});

/** Compares two models on one text. */
export const compareLab = defineLab({
  name: "lime compare",
  title: "Compare two models on an example",
  summary:
    "Explains one text, table row or picture under two models with the same neighbours and lists the features they weigh differently.",
  source: paper,
  positional: "models",
  input: compareInput,
  examples: [
    {
      title: "Before and after fine-tuning",
      input: { models: ["before.onnx", "after.onnx"], text: "Win a prize today" },
    },
  ],
  async run(context, input) {
    return (await import("./jobs/compare.ts")).runCompare(context, input);
  },
});

/** Fits a neighbourhood computed elsewhere. */
export const fitLab = defineLab({
  name: "lime fit",
  title: "Explain a neighbourhood",
  summary:
    "Fits the local model to neighbours, outputs and distances that were computed elsewhere and saved by NumPy: " +
    "for models that nothing here can reach.",
  source: paper,
  positional: "input",
  input: fitJobInput,
  examples: [{ title: "Saved by numpy.savez", input: { input: "neighbourhood.npz", label: 1 } }],
  async run(context, input) {
    return (await import("./jobs/fit.ts")).runFit(context, input);
  },
});

/** Asks a model, for pages that let readers hide words. */
export const askLab = defineLab({
  name: "lime ask",
  title: "Ask a model",
  summary:
    "Gives a model's probabilities of texts, rows or pictures: what a page asks when a reader hides a word, a cell or a region.",
  source: paper,
  positional: "texts",
  interactive: true,
  input: askInput,
  examples: [
    { title: "Two texts", input: { model: "http://localhost:8000/predict", texts: ["a", "b"] } },
  ],
  async run(_context, input) {
    return (await import("./jobs/ask.ts")).runAsk(input);
  },
});
