// A corpus that was labelled by names and is reviewed bit by bit: what to ask next, and what is known so far.
import { fitDenseLogistic } from "../../data/baseline/dense-logistic.ts";
import { permutation } from "../../data/random.ts";
import { balance } from "./balance.ts";
import { scoresOf } from "./corpus.ts";
import type { LinearHead } from "./discriminant.ts";
import { optionError } from "./labels.ts";
import { takeVectors, unitRows, type Vectors, vectorsOf } from "./vectors.ts";

/** What the loop starts from. */
export interface ReviewLoopOptions {
  /** Unit vectors of all texts. */
  readonly vectors: Vectors;
  /** Number of each text's label as the names alone give it, -1 where there is none. */
  readonly guess: Int32Array;
  /** How sure each guess is; only the order counts. */
  readonly margin: Float32Array;
  readonly classes: number;
  /** Texts that may be asked about and learnt from: all but those held out. */
  readonly pool: Int32Array;
  /** Decides which texts are asked about first. Default 0. */
  readonly seed?: number;
}

/** Texts to train on, with how much each counts. */
export interface TaughtTexts {
  readonly rows: Int32Array;
  readonly labels: Int32Array;
  readonly weights: Float32Array;
}

/** Before so many answers doubts say little: texts are asked about at random. */
const RANDOM_FIRST = 20;
/** Doubts are compared over so many texts of the pool. */
const CANDIDATES = 2500;
const REVIEWED_WEIGHT = 3;
const INVERSE_PENALTY = 3;
const DOUBT_INVERSE_PENALTY = 10;

/**
 * Active learning by uncertainty (Lewis and Gale 1994) that starts from guesses: the surest guesses of
 * each class, as many as there are answers, are learnt from beside the answers, which count three times.
 */
export class ReviewLoop {
  readonly vectors: Vectors;
  readonly classes: number;
  readonly #guess: Int32Array;
  /** Rows of the pool, the surest guesses first. */
  readonly #surest: readonly number[];
  /** Rows of the pool in the order in which chance asks about them. */
  readonly #order: readonly number[];
  readonly #answers = new Map<number, number>();

  /** @throws DataError where sizes differ */
  constructor({ vectors, guess, margin, classes, pool, seed = 0 }: ReviewLoopOptions) {
    if (guess.length !== vectors.count || margin.length !== vectors.count) {
      const received = `${guess.length} guesses and ${margin.length} margins`;
      throw optionError("guess", `one for each of ${vectors.count} texts`, received);
    }
    this.vectors = vectors;
    this.classes = classes;
    this.#guess = guess;
    this.#surest = [...pool].sort((a, b) => margin[b]! - margin[a]! || a - b);
    this.#order = Array.from(permutation(pool.length, seed), (place) => pool[place]!);
  }

  /** Answers so far: the label's number by row. */
  get answers(): ReadonlyMap<number, number> {
    return this.#answers;
  }

  /** Notes an answer; a later one replaces it. */
  answer(row: number, label: number): void {
    if (!(label >= 0 && label < this.classes)) {
      throw optionError("label", `a number from 0 to ${this.classes - 1}`, `${label}`);
    }
    this.#answers.set(row, label);
  }

  /** The texts on which an answer teaches most, at most `count`; fewer where the pool ends. */
  async ask(count: number): Promise<Int32Array> {
    const open = this.#order.filter((row) => !this.#answers.has(row));
    const several = new Set(this.#answers.values()).size > 1;
    if (this.#answers.size < RANDOM_FIRST || !several) return Int32Array.from(open.slice(0, count));
    const rows = [...this.#answers.keys()];
    const labels = Int32Array.from(this.#answers.values());
    const known = takeVectors(this.vectors, rows);
    const head = await fitDenseLogistic(known, labels, this.classes, { c: DOUBT_INVERSE_PENALTY });
    const candidates = open.slice(0, CANDIDATES);
    const doubt = margins(await this.probabilities(head, candidates), this.classes);
    const order = [...candidates.keys()].sort((a, b) => doubt[a]! - doubt[b]! || a - b);
    return Int32Array.from(order.slice(0, count), (place) => candidates[place]!);
  }

  /** A linear classifier of all that is known: answers, and the surest guesses beside them. */
  async head(signal?: AbortSignal): Promise<LinearHead> {
    const { rows, labels, weights } = this.#taught();
    const vectors = takeVectors(this.vectors, rows);
    const options = { c: INVERSE_PENALTY, rowWeights: weights, signal };
    return fitDenseLogistic(vectors, labels, this.classes, options);
  }

  /** Probabilities [rows, classes] by a head. */
  async probabilities(head: LinearHead, rows: ArrayLike<number>): Promise<Float32Array> {
    const values = await scoresOf(takeVectors(this.vectors, rows), head, this.classes);
    return balance({ values, rows: rows.length, classes: this.classes }, undefined);
  }

  /**
   * What to fine-tune on: every answer, and `guesses` texts of the pool by chance with the labels that
   * a head gives them, each counting as much as the head is sure of it.
   */
  async lessons(head: LinearHead, guesses: number, answerWeight = 4): Promise<TaughtTexts> {
    const guessed = this.#order.filter((row) => !this.#answers.has(row)).slice(0, guesses);
    const probabilities = await this.probabilities(head, guessed);
    const sure = margins(probabilities, this.classes);
    const labels = guessed.map((_, i) => largest(probabilities, i * this.classes, this.classes));
    return {
      rows: Int32Array.from([...this.#answers.keys(), ...guessed]),
      labels: Int32Array.from([...this.#answers.values(), ...labels]),
      weights: Float32Array.from([
        ...Array.from(this.#answers, () => answerWeight),
        ...guessed.map((_, i) => sure[i]!),
      ]),
    };
  }

  /** Unit vector of each class: the direction of the mean of its texts in `lessons`. */
  directions({ rows, labels, weights }: TaughtTexts): Vectors {
    const { dim } = this.vectors;
    const sums = new Float32Array(this.classes * dim);
    rows.forEach((row, i) => {
      for (let k = 0; k < dim; k++) {
        sums[labels[i]! * dim + k]! += weights[i]! * this.vectors.data[row * dim + k]!;
      }
    });
    return unitRows(vectorsOf(sums, dim));
  }

  #taught(): TaughtTexts {
    const rows = [...this.#answers.keys()];
    const labels = [...this.#answers.values()];
    const weights = rows.map(() => REVIEWED_WEIGHT);
    const each = Math.max(this.#answers.size, 1);
    for (let label = 0; label < this.classes; label++) {
      const sure = this.#surest
        .filter((row) => this.#guess[row] === label && !this.#answers.has(row))
        .slice(0, each);
      rows.push(...sure);
      labels.push(...sure.map(() => label));
      weights.push(...sure.map(() => 1));
    }
    return {
      rows: Int32Array.from(rows),
      labels: Int32Array.from(labels),
      weights: Float32Array.from(weights),
    };
  }
}

/** Highest less second highest probability of each row. */
function margins(probabilities: Float32Array, classes: number): Float32Array {
  return Float32Array.from({ length: probabilities.length / classes }, (_, row) => {
    const own = probabilities.slice(row * classes, (row + 1) * classes).sort();
    return own.at(-1)! - own.at(-2)!;
  });
}

function largest(values: Float32Array, from: number, count: number): number {
  let best = 0;
  for (let c = 1; c < count; c++) if (values[from + c]! > values[from + best]!) best = c;
  return best;
}
