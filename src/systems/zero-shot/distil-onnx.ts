// The distilled classifier as one ONNX graph that takes texts: splits, looks up, adds, divides.
import onnxProto from "onnx-proto";
import { float16Bits } from "../../engine/dtype.ts";
import {
  type AttributeProto,
  encodeModelProto,
  type NodeProto,
  type TensorProto,
} from "../../models/onnx/decode.ts";
import { ELEMENT } from "../../models/onnx/types.ts";
import type { Terms } from "./distil-terms.ts";
import type { SparseSoftmax } from "./sparse-softmax.ts";

const { AttributeType } = onnxProto.onnx.AttributeProto;
const bytesOf = (text: string) => new TextEncoder().encode(text);

/** Opset of StringSplit and StringConcat, and of LabelEncoder from texts to numbers. */
const opset = 20;
const machineLearning = { domain: "ai.onnx.ml", version: 4 } as const;

/**
 * Bytes of a model with input `text` (string [n], in the form of `plainWords`) and outputs `label`
 * (string [n]) and `probabilities` (float [n, labels]). It holds the terms, so nothing else is needed
 * to run it. Each term has a row of weights and the square of its own weight; row 0 is that of
 * unknown terms and padding. Weights are stored in 16 bits.
 */
export function encodeClassifier(
  terms: Terms,
  { weights, bias, classes }: SparseSoftmax,
  labels: readonly string[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const width = classes + 1;
  const table = new Float32Array((terms.names.length + 1) * width);
  terms.weights.forEach((weight, term) => {
    const from = (term + 1) * width;
    for (let c = 0; c < classes; c++) table[from + c] = weight * weights[term * classes + c]!;
    table[from + classes] = weight * weight;
  });
  const words = terms.names.findIndex((name) => name.includes(" "));
  const firstPair = words < 0 ? terms.names.length : words;
  const node = [
    op("StringSplit", ["text"], ["words", "counts"], [stringAttribute("delimiter", " ")]),
    lookUp("words", "word_ids", terms.names.slice(0, firstPair), 1),
    op("Slice", ["words", "zero", "minus_one", "one"], ["left"]),
    op("Slice", ["words", "one", "end", "one"], ["right"]),
    op("StringConcat", ["left", "blank"], ["left_blank"]),
    op("StringConcat", ["left_blank", "right"], ["pairs"]),
    lookUp("pairs", "pair_ids", terms.names.slice(firstPair), firstPair + 1),
    op("Concat", ["word_ids", "pair_ids"], ["ids"], [intAttribute("axis", 1)]),
    op("Gather", ["table", "ids"], ["rows16"], [intAttribute("axis", 0)]),
    op("Cast", ["rows16"], ["rows"], [intAttribute("to", ELEMENT.FLOAT)]),
    op("ReduceSum", ["rows", "one"], ["sums"], [intAttribute("keepdims", 0)]),
    op("Slice", ["sums", "zero", "minus_one", "one"], ["votes"]),
    op("Slice", ["sums", "minus_one", "end", "one"], ["squares"]),
    op("Max", ["squares", "tiny"], ["some_squares"]),
    op("Sqrt", ["some_squares"], ["length"]),
    op("Div", ["votes", "length"], ["means"]),
    op("Add", ["means", "bias"], ["logits"]),
    op("Softmax", ["logits"], ["probabilities"], [intAttribute("axis", 1)]),
    op("ArgMax", ["logits"], ["best"], [intAttribute("axis", 1), intAttribute("keepdims", 0)]),
    op(
      "LabelEncoder",
      ["best"],
      ["label"],
      [
        intsAttribute("keys_int64s", [...labels.keys()]),
        stringsAttribute("values_strings", labels),
        stringAttribute("default_string", ""),
      ],
      machineLearning.domain,
    ),
  ];
  const initializer: TensorProto[] = [
    numbers(
      "table",
      [terms.names.length + 1, width],
      ELEMENT.FLOAT16,
      Uint16Array.from(table, float16Bits),
    ),
    numbers("bias", [classes], ELEMENT.FLOAT, bias),
    numbers("tiny", [], ELEMENT.FLOAT, Float32Array.of(1e-12)),
    numbers("zero", [1], ELEMENT.INT64, BigInt64Array.of(0n)),
    numbers("one", [1], ELEMENT.INT64, BigInt64Array.of(1n)),
    numbers("minus_one", [1], ELEMENT.INT64, BigInt64Array.of(-1n)),
    numbers("end", [1], ELEMENT.INT64, BigInt64Array.of(2n ** 31n)),
    { name: "blank", dims: [], dataType: ELEMENT.STRING, stringData: [bytesOf(" ")] },
  ];
  return encodeModelProto({
    irVersion: 9,
    producerName: "deepdive",
    opsetImport: [{ domain: "", version: opset }, machineLearning],
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph: {
      name: "text classifier",
      node,
      initializer,
      input: [port("text", ELEMENT.STRING, ["n"])],
      output: [
        port("label", ELEMENT.STRING, ["n"]),
        port("probabilities", ELEMENT.FLOAT, ["n", classes]),
      ],
    },
  });
}

function op(
  opType: string,
  input: string[],
  output: string[],
  attribute: AttributeProto[] = [],
  domain = "",
): NodeProto {
  // Slices are along the last axis, of which there is always one at place 1.
  const inputs = opType === "Slice" ? [input[0]!, input[1]!, input[2]!, "one", input[3]!] : input;
  return { name: output[0]!, opType, input: inputs, output, attribute, domain };
}

/** Texts to the numbers from `first` on; 0 for others. */
function lookUp(input: string, output: string, keys: readonly string[], first: number): NodeProto {
  // An encoder without keys is refused: a key that no word can be stands in.
  const some = keys.length > 0 ? keys : [" "];
  const attributes = [
    stringsAttribute("keys_strings", some),
    intsAttribute(
      "values_int64s",
      some.map((_, i) => (keys.length > 0 ? first + i : 0)),
    ),
    intAttribute("default_int64", 0),
  ];
  return op("LabelEncoder", [input], [output], attributes, machineLearning.domain);
}

function numbers(
  name: string,
  dims: number[],
  dataType: number,
  { buffer, byteOffset, byteLength }: ArrayBufferView,
): TensorProto {
  return { name, dims, dataType, rawData: new Uint8Array(buffer, byteOffset, byteLength) };
}

function port(name: string, elemType: number, shape: readonly (string | number)[]) {
  const dim = shape.map((size) =>
    typeof size === "number" ? { dimValue: size } : { dimParam: size },
  );
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}

function intAttribute(name: string, i: number): AttributeProto {
  return { name, type: AttributeType.INT, i };
}

function intsAttribute(name: string, ints: number[]): AttributeProto {
  return { name, type: AttributeType.INTS, ints };
}

function stringAttribute(name: string, text: string): AttributeProto {
  return { name, type: AttributeType.STRING, s: bytesOf(text) };
}

function stringsAttribute(name: string, texts: readonly string[]): AttributeProto {
  return { name, type: AttributeType.STRINGS, strings: texts.map(bytesOf) };
}
