// The classifier: a wide part (weighted tokens and pairs, linear) and a deep part (a small transformer).
import {
  add,
  concat,
  expandDims,
  gather,
  matmul,
  max,
  mul,
  reshape,
  slice,
  splitKey,
  sub,
  type Tensor,
  zeros,
} from "../../engine/index.ts";
import {
  type Context,
  crossEntropy,
  dropout,
  Embedding,
  LayerNorm,
  Linear,
  Module,
  meanPool,
  normalInit,
  TransformerBlock,
} from "../../nn/index.ts";
import type { LossContext } from "../../train/index.ts";

/** Sizes of a model; kept with a saved one. */
export interface TextModelShape {
  readonly classes: number;
  /** Token ids. */
  readonly vocabulary: number;
  /** Columns of the wide part. */
  readonly features: number;
  /** Tokens that the deep part reads; a multiple of `patch`. */
  readonly maxTokens: number;
  /** Neighbouring tokens that become one position of the transformer. */
  readonly patch: number;
  readonly embedding: number;
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
  readonly dropout: number;
  /** Share of the deep part in the mean of the logits while training. */
  readonly deepShare: number;
}

/** A batch of n texts. */
export interface TextBatch {
  /** int32 [n, tokens]; tokens is a multiple of the patch. */
  readonly ids: Tensor;
  /** float32 [n, tokens]: 1 where a token stands. */
  readonly mask: Tensor;
  /** int32 [n, features]: columns of the wide part, 0 for padding. */
  readonly columns: Tensor;
  /** float32 [n, features]: their values, 0 for padding. */
  readonly values: Tensor;
  /** int32 [n]. */
  readonly labels: Tensor;
}

/** A linear model over sparse rows. It starts at zero, so rare features weigh only what they earned. */
class WidePart extends Module {
  /** [features, classes]. */
  weight: Tensor;
  /** [classes]. */
  bias: Tensor;

  constructor(features: number, classes: number) {
    super();
    this.weight = zeros([features, classes]);
    this.bias = zeros([classes]);
  }

  forward(columns: Tensor, values: Tensor): Tensor {
    const [n, k] = columns.shape;
    const classes = this.bias.size;
    const rows = reshape(gather(this.weight, reshape(columns, [n * k])), [n, k, classes]);
    const sums = matmul(reshape(values, [n, 1, k]), rows);
    return add(reshape(sums, [n, classes]), this.bias);
  }
}

/**
 * A transformer over patches of tokens (as pictures are cut in Dosovitskiy et al. 2021): `patch`
 * neighbouring embeddings become one position, so that long texts stay affordable.
 */
class DeepPart extends Module {
  readonly tokens: Embedding;
  readonly stem: Linear;
  readonly positions: Embedding;
  readonly blocks: readonly TransformerBlock[];
  readonly norm: LayerNorm;
  readonly head: Linear;
  readonly patch: number;
  readonly dropout: number;

  constructor(shape: TextModelShape, key: Tensor) {
    super();
    const { vocabulary, maxTokens, patch, embedding, width, heads, layers, classes } = shape;
    const [tokenKey, stemKey, positionKey, headKey, ...blockKeys] = splitKey(key, 4 + layers);
    const count = maxTokens / patch;
    this.tokens = new Embedding({
      count: vocabulary,
      width: embedding,
      key: tokenKey!,
      init: normalInit(0.1),
    });
    this.stem = new Linear({ in: patch * embedding, out: width, key: stemKey! });
    this.positions = new Embedding({ count, width, key: positionKey!, init: normalInit(0.02) });
    this.blocks = blockKeys.map(
      (blockKey) => new TransformerBlock({ width, heads, depth: layers, key: blockKey }),
    );
    this.norm = new LayerNorm({ width });
    this.head = new Linear({ in: 2 * width, out: classes, key: headKey! });
    this.patch = patch;
    this.dropout = shape.dropout;
  }

  forward(ids: Tensor, mask: Tensor, ctx: Context): Tensor {
    const [n, tokens] = ids.shape;
    const count = tokens / this.patch;
    const embedding = this.tokens.weight.shape[1];
    const width = this.norm.weight.size;
    // Whole tokens are dropped: the reader must not lean on a single word.
    const present = dropout(expandDims(mask, 2), this.dropout / 2, ctx);
    const embedded = mul(this.tokens.forward(ids), present);
    const patches = this.stem.forward(reshape(embedded, [n, count, this.patch * embedding]));
    const places = slice(this.positions.weight, [0, 0], [count, width]);
    const some = max(reshape(mask, [n, count, this.patch]), { axis: 2 });
    const read = this.blocks.reduce(
      (h, block) => block.forward(h, { ...ctx, mask: some }),
      dropout(add(patches, places), this.dropout, ctx),
    );
    const h = this.norm.forward(read);
    const shown = add(h, mul(sub(expandDims(some, 2), 1), absent));
    const pooled = concat([meanPool(h, some), max(shown, { axis: 1 })], -1);
    return this.head.forward(dropout(pooled, this.dropout / 2, ctx));
  }
}

/** Keeps padding out of a maximum. */
const absent = 1e4;

/**
 * Wide & deep (Cheng et al. 2016), with a loss for each part: neither can rest on the other, and the
 * mean of their logits profits from their different mistakes.
 */
export class TextModel extends Module {
  readonly wide: WidePart;
  readonly deep: DeepPart;
  readonly deepShare: number;

  constructor(shape: TextModelShape, key: Tensor) {
    super();
    this.wide = new WidePart(shape.features, shape.classes);
    this.deep = new DeepPart(shape, key);
    this.deepShare = shape.deepShare;
  }

  /** The logits of both parts and their mean, each [n, classes]. */
  forward(batch: Omit<TextBatch, "labels">, ctx: Context = {}) {
    const wide = this.wide.forward(batch.columns, batch.values);
    const deep = this.deep.forward(batch.ids, batch.mask, ctx);
    const logits = add(mul(wide, 1 - this.deepShare), mul(deep, this.deepShare));
    return { wide, deep, logits };
  }
}

/** The deep part may not become too sure of texts that it has seen. */
const labelSmoothing = 0.05;

/** What training minimizes, with the cross-entropy and accuracy of the whole model beside it. */
export function textLoss(model: TextModel, batch: TextBatch, ctx: LossContext) {
  const { labels } = batch;
  const { wide, deep, logits } = model.forward(batch, ctx);
  const crossEntropyOfBoth = crossEntropy(logits, labels);
  const accuracy = logits.argmax().equal(labels).cast("float32").mean();
  const loss = ctx.training
    ? add(crossEntropy(wide, labels), crossEntropy(deep, labels, { labelSmoothing }))
    : crossEntropyOfBoth;
  return { loss, metrics: { crossEntropy: crossEntropyOfBoth, accuracy } };
}
