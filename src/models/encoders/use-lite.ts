/** @file Universal Sentence Encoder Lite (Cer et al. 2018) as a module: token ids to unit vectors. */
import {
  add,
  arange,
  cast,
  concat,
  cos,
  div,
  equal,
  expandDims,
  gather,
  matmul,
  maximum,
  mul,
  randomKey,
  relu,
  reshape,
  rsqrt,
  sin,
  softmax,
  split,
  square,
  sub,
  sum,
  type Tensor,
  tanh,
  transpose,
  ValueError,
  zeros,
} from "../../engine/index.ts";
import {
  type AttentionContext,
  Embedding,
  FeedForward,
  LayerNorm,
  Linear,
  Module,
  meanPool,
  zerosInit,
} from "../../nn/index.ts";

const PIECES = 8002;
const EMBEDDING = 256;
const WIDTH = 512;
const HIDDEN = 1536;
const HEADS = 4;
const EPSILON = 1e-6;
/** What the score of a forbidden key loses. */
const FORBIDDEN = 1e9;
/** The longest text. */
export const MAX_TOKENS = 128;

/** The mean over each text's tokens: `[rows · time, width]` to `[…, width]`. */
type Pool = (x: Tensor) => Tensor;

/** Several texts in each row: `[rows, time]` arrays, int32. */
export interface PackedTokens {
  readonly ids: Tensor;
  /** Place of each token in its text. */
  readonly positions: Tensor;
  /** Number of each token's text within its row; -1 where there is padding. */
  readonly segments: Tensor;
}

/**
 * The encoder: embeddings with sinusoidal places, two pre-norm transformer blocks, the mean over the
 * tokens, and a tanh layer; vectors of length 1 and width 512. All its weights are parameters.
 * Texts are at most 128 tokens long.
 */
export class UseLite extends Module {
  static override readonly buffers = ["frequencies"];
  readonly embedding: Embedding;
  /** `[128]`: radians per place of the sinusoids. */
  frequencies: Tensor;
  readonly blocks: readonly [UseLiteBlock, UseLiteBlock];
  readonly output: Linear;

  /** Weights begin at zero: they are to be loaded. */
  constructor() {
    super();
    const key = randomKey(0);
    const none = { weight: zerosInit, bias: zerosInit };
    this.embedding = new Embedding({ count: PIECES, width: EMBEDDING, key, init: zerosInit });
    this.frequencies = zeros([EMBEDDING / 2]);
    this.blocks = [new UseLiteBlock(EMBEDDING, key), new UseLiteBlock(WIDTH, key)];
    this.output = new Linear({ in: WIDTH, out: WIDTH, key, init: none });
  }

  /**
   * One text in each row: ids `[batch, time]` (int32) give `[batch, 512]`. `mask` `[batch, time]` is
   * true (or not 0) where a token stands; without it all are tokens.
   */
  forward(ids: Tensor, { mask }: AttentionContext = {}): Tensor {
    const positions = expandDims(arange(0, ids.shape[1], 1, "int32"), 0);
    const present = mask && cast(cast(mask, "bool"), "float32");
    const bias = present && expandDims(expandDims(mul(sub(present, 1), FORBIDDEN), 1), 1);
    const [rows, time] = ids.shape;
    const pool: Pool = (x) => meanPool(reshape(x, [rows, time, x.shape[1]]), mask);
    return this.finish(this.pooled(ids, positions, bias ?? null, pool));
  }

  /** Several texts in each row: the vector of text s of a row stands at `[row, s]` of `[rows, texts, 512]`. */
  packed({ ids, positions, segments }: PackedTokens, texts: number): Tensor {
    const together = equal(expandDims(segments, 2), expandDims(segments, 1));
    const bias = mul(sub(cast(together, "float32"), 1), FORBIDDEN);
    const [rows, time] = ids.shape;
    const numbers = reshape(arange(0, texts, 1, "int32"), [1, texts, 1]);
    const members = cast(equal(expandDims(segments, 1), numbers), "float32");
    const shares = div(members, maximum(sum(members, { axis: 2, keepdims: true }), 1));
    const pool: Pool = (x) => matmul(shares, reshape(x, [rows, time, x.shape[1]]));
    return this.finish(this.pooled(ids, positions, expandDims(bias, 1), pool));
  }

  private pooled(ids: Tensor, positions: Tensor, bias: Tensor | null, pool: Pool): Tensor {
    const [rows, time] = ids.shape;
    if (time > MAX_TOKENS) {
      throw new ValueError(
        `UseLite: expected at most ${MAX_TOKENS} tokens in a row, got ids [${ids.shape}]; cut the texts`,
      );
    }
    const angles = mul(expandDims(arange(0, MAX_TOKENS, 1, "float32"), 1), this.frequencies);
    const waves = concat([sin(angles), cos(angles)], -1);
    // The embedding counts twice: the sum with the waves is added to it as a residual.
    const x = add(mul(this.embedding.forward(ids), 2), gather(waves, positions));
    // Tokens stand in one matrix: its products go straight into their activations.
    const flat = reshape(x, [rows * time, EMBEDDING]);
    const [first, last] = this.blocks;
    return last.pooled(first.forward(flat, rows, bias), rows, bias, pool);
  }

  private finish(pooled: Tensor): Tensor {
    const y = tanh(this.output.forward(pooled));
    return mul(y, rsqrt(maximum(sum(square(y), { axis: -1, keepdims: true }), 1e-12)));
  }
}

/** Attention and feed-forward, each after a normalisation; the first block widens what it adds to. */
export class UseLiteBlock extends Module {
  readonly norm1: LayerNorm;
  readonly qkv: Linear;
  readonly out: Linear;
  readonly widen: Linear | null;
  readonly norm2: LayerNorm;
  readonly feedForward: FeedForward;

  constructor(width: number, key: Tensor) {
    super();
    const init = { weight: zerosInit, bias: zerosInit };
    this.norm1 = new LayerNorm({ width, epsilon: EPSILON });
    this.qkv = new Linear({ in: width, out: 3 * width, key, init });
    this.out = new Linear({ in: width, out: WIDTH, key, init });
    this.widen = width === WIDTH ? null : new Linear({ in: width, out: WIDTH, key, init });
    this.norm2 = new LayerNorm({ width: WIDTH, epsilon: EPSILON });
    this.feedForward = new FeedForward({
      width: WIDTH,
      hidden: HIDDEN,
      activation: "relu",
      key,
      init: { up: zerosInit, down: zerosInit },
    });
  }

  /**
   * `[rows · time, width]` to `[rows · time, 512]`; `bias` is added to the scores
   * `[rows, heads, time, time]`.
   */
  forward(x: Tensor, rows: number, bias: Tensor | null): Tensor {
    const h = this.attended(x, rows, bias);
    return add(this.feedForward.forward(this.norm2.forward(h)), h);
  }

  /**
   * The mean over each text's tokens of what `forward` gives. The last product is linear, so it is
   * done on the means: a sixth of the whole model's work less.
   */
  pooled(x: Tensor, rows: number, bias: Tensor | null, pool: Pool): Tensor {
    const h = this.attended(x, rows, bias);
    const hidden = relu(this.feedForward.up.forward(this.norm2.forward(h)));
    return add(pool(h), this.feedForward.down.forward(pool(hidden)));
  }

  private attended(x: Tensor, rows: number, bias: Tensor | null): Tensor {
    const mixed = this.attend(this.norm1.forward(x), rows, bias);
    return add(mixed, this.widen ? this.widen.forward(x) : x);
  }

  private attend(x: Tensor, rows: number, bias: Tensor | null): Tensor {
    const [count, width] = x.shape;
    const [time, depth] = [count / rows, width / HEADS];
    const [q, k, v] = split(this.qkv.forward(x), 3, -1).map((part) =>
      transpose(reshape(part, [rows, time, HEADS, depth]), [0, 2, 1, 3]),
    );
    const scores = matmul(q, k, { transposeB: true, alpha: 1 / Math.sqrt(depth) });
    const mixed = matmul(softmax(bias ? add(scores, bias) : scores), v);
    return this.out.forward(reshape(transpose(mixed, [0, 2, 1, 3]), [count, width]));
  }
}
