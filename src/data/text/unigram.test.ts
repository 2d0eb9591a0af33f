/** @file The unigram tokenizer against Hugging Face's library, and its trainer against sums by hand. */
import { Tokenizer as Reference } from "@huggingface/tokenizers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { learnUnigram } from "./learn-unigram.ts";
import { codePoints } from "./piece-trie.ts";
import { trainUnigramTokenizer } from "./train-unigram.ts";
import { UnigramLattice } from "./unigram-lattice.ts";

const sentences = [
  "The quick brown fox jumps over the lazy dog; the dog doesn't mind, it's asleep.",
  "Free money!!! Click here now: http://example.com/offer?id=12345 and win $1,000,000.",
  "Grüße aus München – schöne Straße, naïve café, Ελληνικά, русский текст, 日本語の文章。",
  "def f(x):\n\treturn x ** 2   # comment\n\n\n    indented    text",
  "👩‍👩‍👧‍👦 families and 🏳️‍🌈 flags; e\u0301 combines; ﬁ ligature; Ⅷ; ｆｕｌｌ",
];
const corpus = Array.from({ length: 40 }, (_, i) => sentences[i % 5]! + sentences[(i * 3) % 5]!);
const tricky = [
  "",
  " ",
  "   leading and  two  blanks \n",
  "▁ marks ▁▁ in the text▁",
  "unseen wörds: zyzzyva 漢字 🦄🦄🦄 ☃☃ x☃y",
  "\uD800 lone surrogate \uDC00",
  "nul \0 tab\t\u00a0\u2028\u3000 space",
  "<pad> inside <s>and</s> out <pad><unk>",
  "İstanbul ǅ ẞ İ",
];

describe("against Hugging Face's library", () => {
  const options = [
    {},
    { lowercase: true, coverage: 0.98 },
    { specialTokens: ["<unk>", "<s>", "</s>"], start: ["<s>"], end: ["</s>"] },
  ];
  it.each(options)("encodes identically with %o", (option) => {
    const ours = trainUnigramTokenizer(corpus, { vocabularySize: 260, ...option });
    expect(ours.size).toBeGreaterThan(100);
    expect(ours.size).toBeLessThanOrEqual(260);
    const theirs = new Reference(JSON.parse(JSON.stringify(ours)), {});
    const check = (text: string) => {
      expect([...ours.encode(text)], JSON.stringify(text)).toEqual(theirs.encode(text).ids);
    };
    for (const text of [...sentences, ...tricky]) check(text);
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 60 }), check), { seed: 2 });
    const pieces = fc.constantFrom(...sentences.join(" ").split(/(?<=[ aeiou])/));
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (all) => check(all.join(""))),
      { seed: 3 },
    );
  });
});

it("gives the text back, in its normal form", () => {
  const tokenizer = trainUnigramTokenizer(corpus, { vocabularySize: 400, coverage: 1 });
  for (const text of sentences) {
    const normal = text.normalize("NFKC").replace(/\s+/g, " ");
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(normal);
  }
});

describe("the lattice", () => {
  const pieces = ["", "a", "b", "ab", "ba"];
  const scores = [0, Math.log(0.2), Math.log(0.3), Math.log(0.4), Math.log(0.1)];
  const lattice = new UnigramLattice(pieces, scores, 0);

  it("finds the best way, and the best without a piece", () => {
    // ab|a 0.08; a|ba 0.02; a|b|a 0.012.
    expect(lattice.best(codePoints("aba")).ids).toEqual([3, 1]);
    expect(Math.exp(lattice.best(codePoints("aba")).score)).toBeCloseTo(0.08, 12);
    expect(lattice.best(codePoints("aba"), 3).ids).toEqual([1, 4]);
  });

  it("counts pieces over all ways, by their probability", () => {
    const counts = new Float64Array(5);
    const total = lattice.expect(codePoints("aba"), 10, counts);
    expect(Math.exp(total)).toBeCloseTo(0.112, 12);
    // a: once in ab|a and a|ba, twice in a|b|a.
    const expected = [0, 0.08 + 0.02 + 0.024, 0.012, 0.08, 0.02].map((p) => (10 * p) / 0.112);
    counts.forEach((count, id) => {
      expect(count).toBeCloseTo(expected[id]!, 10);
    });
  });
});

describe("training", () => {
  it("finds the words that a text without blanks is made of", () => {
    const words = ["alpha", "beta", "gamma", "delta"];
    const counts = new Map<string, number>();
    for (let i = 0; i < 256; i++) {
      const text = [0, 2, 4, 6].map((shift) => words[(i >> shift) & 3]).join("");
      counts.set(text, 1 + (i % 3));
    }
    const pieces = learnUnigram(counts, { size: 15 });
    for (const word of words) expect(pieces.map(([piece]) => piece)).toContain(word);
    const sum = pieces.reduce((total, [, score]) => total + Math.exp(score), 0);
    expect(sum).toBeLessThanOrEqual(1);
    const backwards = new Map([...counts].reverse());
    expect(learnUnigram(backwards, { size: 15 })).toEqual(pieces);
  });

  it("says what is wrong with its options", () => {
    const train = (options: object) => () => trainUnigramTokenizer(["a"], options);
    expect(train({ vocabularySize: 2 })).toThrow(/vocabularySize: .* from 3 .*received 2/);
    expect(train({ coverage: 0 })).toThrow(/coverage: .*received 0/);
    expect(train({ unknown: "<u>" })).toThrow(/specialTokens: .*none for "<u>"/);
    expect(() => trainUnigramTokenizer([" "])).toThrow(/at least one word/);
  });
});
