// An encoder for tests: a text is the sum of its words' fixed random vectors. Quick, and known by heart.
import { threefry } from "../../../data/random.ts";
import {
  type Embeddings,
  type EmbedOptions,
  type Encoder,
  embedInBatches,
} from "../../../models/encoders/encoder.ts";

/** Words with the same first three letters are near each other. Words of `unknown` are not known. */
export class WordEncoder implements Encoder {
  readonly name = "words";
  readonly dim = 24;
  readonly maxTokens: number;
  /** Texts embedded so far. */
  embedded = 0;

  constructor(maxTokens = 16) {
    this.maxTokens = maxTokens;
  }

  embed(texts: readonly string[], options?: EmbedOptions): Promise<Embeddings> {
    this.embedded += texts.length;
    const tokenize = (text: string) => {
      const words = text.toLowerCase().match(/[a-z]+/g) ?? [];
      const ids = Int32Array.from(words, numberOf);
      return { ids: ids.subarray(0, this.maxTokens), tokens: ids.length, known: ids.length };
    };
    const run = async (ids: readonly Int32Array[], into: Float32Array) => {
      ids.forEach((own, row) => {
        const sum = new Float64Array(this.dim);
        for (const id of own) {
          for (let k = 0; k < this.dim; k++) sum[k]! += threefry([id, 7], [k, 0])[0] / 2 ** 31 - 1;
        }
        const length = Math.hypot(...sum) || 1;
        into.set(
          sum.map((value) => value / length),
          row * this.dim,
        );
      });
    };
    return embedInBatches({ dim: this.dim, tokenize, run }, texts, options);
  }

  dispose(): void {}
}

function numberOf(word: string): number {
  return [...word.slice(0, 3)].reduce((number, letter) => 31 * number + letter.charCodeAt(0), 7);
}
