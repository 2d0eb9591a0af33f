// The space in which texts and labels are compared: that of the encoder, or through Z that of word vectors.
import type { Encoder } from "../../models/encoders/encoder.ts";
import type { Projection } from "./api.ts";
import { best } from "./balance.ts";
import type { LinearHead } from "./discriminant.ts";
import { labelVectors } from "./label-vectors.ts";
import type { LabelSet } from "./labels.ts";
import { compareProjection, loadProjection, mapThrough, wordVectorsFile } from "./projection.ts";
import { products, type Vectors } from "./vectors.ts";

/** What a user asks for: a map, a decision without labels, or none. */
export type WantedProjection = Projection | "auto" | false | undefined;

/** The map to compare through, if any, and why. */
export interface Space {
  readonly projection?: Projection;
  /** Why `auto` took the map or left it. */
  readonly notes: readonly string[];
}

/** A second template: labels that hold on to their texts say the same in both. */
const OTHER_TEMPLATE = "This text is about {}.";
/** With fewer texts for each label there are no clusters to speak of. */
const LEAST_TEXTS = 3;

/**
 * Decides on the projection. `auto` clusters the texts (k-means on the plain vectors, as many clusters
 * as labels) and takes the map where the labels through it share more with the clusters than the plain
 * ones do. No true label is needed. How far two templates agree is told beside it.
 */
export async function chooseSpace(
  wanted: WantedProjection,
  encoder: Encoder,
  texts: Vectors,
  set: LabelSet,
  labels: Vectors,
): Promise<Space> {
  if (wanted === undefined || wanted === false) return { notes: [] };
  if (wanted !== "auto") return { projection: wanted, notes: [] };
  const file = wordVectorsFile();
  if (file === undefined) {
    const way = "fetch them with `deepdive data pull word-vectors`";
    return { notes: [`projection auto: there are no word vectors; ${way}`] };
  }
  if (texts.count < LEAST_TEXTS * labels.count) {
    return { notes: ["projection auto: too few texts to decide, left out"] };
  }
  const projection = await loadProjection(encoder, file);
  const { plain, projected } = await compareProjection(texts, labels, projection);
  const other = await labelVectors(encoder, set, [OTHER_TEMPLATE]);
  const [agreePlain, agreeProjected] = [
    await agreement(texts, labels, other),
    await agreement(
      mapThrough(texts, projection),
      mapThrough(labels, projection),
      mapThrough(other, projection),
    ),
  ];
  const taken = projected > plain;
  const note =
    `projection auto: ${taken ? "taken" : "left out"}; labels share ${projected.toFixed(3)} with the ` +
    `texts' clusters through it and ${plain.toFixed(3)} without; two templates agree on ` +
    `${agreeProjected.toFixed(3)} and ${agreePlain.toFixed(3)} of the texts`;
  return { ...(taken && { projection }), notes: [note] };
}

/** Vectors as they are compared: through the map where there is one. */
export function inSpace(vectors: Vectors, { projection }: Space): Vectors {
  return projection === undefined ? vectors : mapThrough(vectors, projection);
}

/**
 * A head that was learnt through the map as a head of the vectors themselves: weights Z W. Vectors are
 * not brought to length 1 after the map then; the mean length of `texts` there stands for it.
 */
export function throughSpace(head: LinearHead, texts: Vectors, { projection }: Space): LinearHead {
  if (projection === undefined) return head;
  const { matrix, rows, columns } = projection;
  const classes = head.bias.length;
  const weights = new Float32Array(rows * classes);
  const scale = 1 / meanLength(texts, projection);
  for (let k = 0; k < rows; k++) {
    for (let j = 0; j < columns; j++) {
      const value = matrix[k * columns + j]! * scale;
      for (let c = 0; c < classes; c++) {
        weights[k * classes + c]! += value * head.weights[j * classes + c]!;
      }
    }
  }
  return { weights, bias: head.bias };
}

/** Mean length of x Z. */
function meanLength({ data, count, dim }: Vectors, { matrix, columns }: Projection): number {
  let sum = 0;
  for (let row = 0; row < count; row++) {
    const mapped = new Float64Array(columns);
    for (let k = 0; k < dim; k++) {
      for (let j = 0; j < columns; j++) {
        mapped[j]! += data[row * dim + k]! * matrix[k * columns + j]!;
      }
    }
    sum += Math.hypot(...mapped);
  }
  return sum > 0 ? sum / count : 1;
}

/** Share of the texts that two forms of the labels label alike. */
async function agreement(texts: Vectors, one: Vectors, other: Vectors): Promise<number> {
  const guess = async (labels: Vectors) =>
    best({ values: await products(texts, labels), rows: texts.count, classes: labels.count });
  const [a, b] = [await guess(one), await guess(other)];
  return a.filter((label, row) => label === b[row]).length / Math.max(texts.count, 1);
}
