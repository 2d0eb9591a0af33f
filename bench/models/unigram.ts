// The tokenizer trainers: beside SentencePiece, and read by the library that others use.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { text as readAll } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Tokenizer as HubTokenizer } from "@huggingface/tokenizers";
import { loadSpamAssassin, trainTokenizer } from "../../src/data/index.ts";
import { codePoints } from "../../src/data/text/piece-trie.ts";
import { trainUnigramTokenizer } from "../../src/data/text/train-unigram.ts";
import { UnigramLattice } from "../../src/data/text/unigram-lattice.ts";
import { BLANK, normalizeText, wordsOf } from "../../src/data/text/unigram-tokenizer.ts";
import { type Criterion, notRun, type Outcome } from "../../src/lab/criteria.ts";

const SIZE = 8000;

type Pieces = readonly (readonly [string, number])[];

async function findSentencePiece(): Promise<string | undefined> {
  for (const python of [process.env.PYTHON, "python3"]) {
    if (!python) continue;
    const run = promisify(execFile)(python, ["-c", "import sentencepiece"]);
    if (await run.catch(() => undefined)) return python;
  }
  return undefined;
}

async function trainTheirs(python: string, lines: readonly string[]): Promise<Pieces> {
  const script = fileURLToPath(new URL("sentencepiece_unigram.py", import.meta.url));
  const child = spawn(python, [script, `${SIZE}`], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(lines.join("\n"));
  const [output] = await Promise.all([readAll(child.stdout), once(child, "close")]);
  return JSON.parse(output) as Pieces;
}

/** Natural logarithm of the probability of the best pieces, per character. */
function logLikelihood(pieces: Pieces, lines: readonly string[]): number {
  const ids = ["", ...pieces.map(([piece]) => piece)];
  const lattice = new UnigramLattice(ids, [0, ...pieces.map(([, score]) => score)], 0);
  let [total, characters] = [0, 0];
  for (const line of lines) {
    for (const word of wordsOf(BLANK + line.replaceAll(" ", BLANK))) {
      const points = codePoints(word);
      total += lattice.best(points).score;
      characters += points.length;
    }
  }
  return total / characters;
}

async function besideSentencePiece(): Promise<Outcome> {
  const python = await findSentencePiece();
  if (python === undefined) return notRun("neither $PYTHON nor python3 has sentencepiece");
  const { texts } = await loadSpamAssassin();
  // Mails in quoted base64 have words of thousands of letters, which either trainer leaves out.
  const lines = texts.flatMap((text) =>
    text
      .split("\n")
      .map((line) => normalizeText(line, false))
      .filter((line) => line !== "" && line.length < 500),
  );
  const train = lines.filter((_, i) => i % 8 === 0);
  const test = lines.filter((_, i) => i % 64 === 1);
  const start = performance.now();
  const ours = trainUnigramTokenizer(train, { vocabularySize: SIZE }).toJSON();
  const middle = performance.now();
  const theirs = await trainTheirs(python, train);
  const end = performance.now();
  const { vocab } = ours.model as { vocab: Pieces };
  const [a, b] = [logLikelihood(vocab.slice(2), test), logLikelihood(theirs, test)];
  const note =
    `log-likelihood per character of ${test.length} unseen lines: ${a.toFixed(4)}, SentencePiece ` +
    `${b.toFixed(4)}; trained on ${train.length} lines in ${((middle - start) / 1000).toFixed(1)} s, ` +
    `SentencePiece ${((end - middle) / 1000).toFixed(1)} s`;
  const worse = (100 * (b - a)) / Math.abs(b);
  return { figure: `${worse.toFixed(2)}% worse`, ok: worse <= 3, note };
}

/** Both kinds of tokenizers against the library that others read `tokenizer.json` with. */
async function sameTokens(): Promise<Outcome> {
  const { texts } = await loadSpamAssassin();
  const train = texts.filter((_, i) => i % 10 === 0);
  const test = texts.filter((_, i) => i % 30 === 5).map((text) => text.slice(0, 1000));
  const trained = {
    BPE: trainTokenizer(train, { vocabularySize: 4000 }),
    unigram: trainUnigramTokenizer(train, { vocabularySize: 4000 }),
  };
  let [different, ties] = [0, 0];
  for (const tokenizer of Object.values(trained)) {
    const theirs = new HubTokenizer(JSON.parse(JSON.stringify(tokenizer)), {});
    for (const text of test) {
      const want: number[] = theirs.encode(text).ids;
      const ids = [...tokenizer.encode(text)];
      if (want.join() === ids.join()) continue;
      // The same pieces in another order are equally probable: rounding decides.
      if (want.sort().join() === ids.sort().join()) ties++;
      else different++;
    }
  }
  const note = `BPE and unigram of 4,000 tokens on ${test.length} mails each; ${ties} with a tie`;
  return { figure: `${different} differ`, ok: different === 0, note };
}

export const unigramCriteria: readonly Criterion[] = [
  {
    system: "models",
    name: "tokenizers",
    target: "trained tokenizers encode as @huggingface/tokenizers does with their tokenizer.json",
    run: sameTokens,
  },
  {
    system: "models",
    name: "unigram",
    target: "log-likelihood at most 3% worse than SentencePiece's with 8,000 pieces",
    run: besideSentencePiece,
  },
];
