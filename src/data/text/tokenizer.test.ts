/** @file The tokenizer against Hugging Face's library, against merges by hand, and there and back. */
import { Tokenizer as Reference } from "@huggingface/tokenizers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { issueOf, testFolder } from "../testing.ts";
import { byteCharacters, tokenBytes } from "./byte-level.ts";
import { MergeTable, mergeWord } from "./merge-word.ts";
import { Tokenizer } from "./tokenizer.ts";
import { loadTokenizer, saveTokenizer } from "./tokenizer-file.ts";
import { learnMerges } from "./train-bpe.ts";
import { trainTokenizer } from "./train-tokenizer.ts";

const sentences = [
  "The quick brown fox jumps over the lazy dog; the dog doesn't mind, it's asleep.",
  "Free money!!! Click here now: http://example.com/offer?id=12345 and win $1,000,000.",
  "Grüße aus München – schöne Straße, naïve café, Ελληνικά, русский текст, 日本語の文章。",
  "def f(x):\n\treturn x ** 2   # comment\n\n\n    indented    text",
  "👩‍👩‍👧‍👦 families and 🏳️‍🌈 flags, 👍🏽 thumbs; e\u0301 combines; ﬁ ligature; Ⅷ; ｆｕｌｌ",
];
const corpus = Array.from({ length: 40 }, (_, i) => sentences[i % 5]! + sentences[(i * 3) % 5]!);
const tricky = [
  "",
  " ",
  "\n",
  "   leading and trailing   ",
  "a",
  "I'll we've they're o'clock 'S",
  "unseen wörds: zyzzyva 漢字 🦄🦄🦄",
  "\uD800 lone surrogate \uDC00",
  "nul \0 tab\t\u00a0\u2028\u3000 space",
  "<pad> inside <s>and</s> out <pad><pad>",
  "İstanbul ǅ ẞ İ",
  "xn--".repeat(60),
  `${"ab".repeat(300)} ${"=".repeat(200)}`,
];

describe("against Hugging Face's library", () => {
  const options = [
    {},
    { lowercase: true, unicode: "NFKC" as const },
    { specialTokens: ["<pad>", "<s>", "</s>"], start: ["<s>"], end: ["</s>"] },
  ];
  it.each(options)("encodes and decodes identically with %o", (option) => {
    const ours = trainTokenizer(corpus, { vocabularySize: 600, ...option });
    const theirs = new Reference(JSON.parse(JSON.stringify(ours)), {});
    const check = (text: string) => {
      const expected = theirs.encode(text).ids;
      expect([...ours.encode(text)]).toEqual(expected);
      expect([...ours.encode(text)]).toEqual(expected);
      const plain = { add_special_tokens: false };
      expect([...ours.encode(text, { addSpecialTokens: false })]).toEqual(
        theirs.encode(text, plain).ids,
      );
      if (expected.length === 0) return;
      const raw = { skip_special_tokens: false, clean_up_tokenization_spaces: false };
      expect(ours.decode(expected, { keepSpecialTokens: true })).toBe(theirs.decode(expected, raw));
    };
    for (const text of [...corpus.slice(0, 5), ...tricky]) check(text);
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 60 }), check), { seed: 2 });
    const pieces = fc.constantFrom(...sentences.join(" ").split(/(?<=[ aeiou])/));
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (all) => check(all.join(""))),
      {
        seed: 3,
      },
    );
  });
});

describe("training", () => {
  it("learns the merges that counting by hand gives", () => {
    // Sennrich et al. 2016, section 3.2: low 5, lower 2, newest 6, widest 3. es 9, est 9, lo 7, low 7.
    const words = new Map([
      ["low", 5],
      ["lower", 2],
      ["newest", 6],
      ["widest", 3],
    ]);
    const merges = learnMerges(words, 4, 2);
    const names: string[] = [...byteCharacters];
    for (const [a, b] of merges) names.push(names[a]! + names[b]!);
    expect(names.slice(256)).toEqual(["es", "est", "lo", "low"]);
  });

  it("equals the naive algorithm that counts anew after each merge", () => {
    const counts = new Map<string, number>();
    for (const word of corpus.join(" ").match(/\S+/g)!)
      counts.set(word, (counts.get(word) ?? 0) + 1);
    counts.set("aaaaa", 50);
    counts.set("ababab", 40);
    const words = [...counts].map(
      ([word, n]) => [[...new TextEncoder().encode(word)], n] as [number[], number],
    );
    const naive: [number, number][] = [];
    for (let id = 256; id < 356; id++) {
      const pairs = new Map<number, number>();
      for (const [symbols, n] of words) {
        for (let i = 0; i + 1 < symbols.length; i++) {
          const key = symbols[i]! * 1000 + symbols[i + 1]!;
          pairs.set(key, (pairs.get(key) ?? 0) + n);
        }
      }
      const best = [...pairs].reduce((a, b) =>
        b[1] > a[1] || (b[1] === a[1] && b[0] < a[0]) ? b : a,
      );
      const [left, right] = [Math.floor(best[0] / 1000), best[0] % 1000];
      naive.push([left, right]);
      for (const word of words) {
        const merged: number[] = [];
        for (let i = 0; i < word[0].length; i++) {
          const hit = word[0][i] === left && word[0][i + 1] === right;
          merged.push(hit ? id : word[0][i]!);
          if (hit) i++;
        }
        word[0] = merged;
      }
    }
    expect(learnMerges(counts, 100, 2)).toEqual(naive);
  });

  it("does not depend on the order of the texts, and stops where nothing repeats", () => {
    const there = trainTokenizer(corpus, { vocabularySize: 500 });
    const back = trainTokenizer([...corpus].reverse(), { vocabularySize: 500 });
    expect(JSON.stringify(back)).toBe(JSON.stringify(there));
    expect(there.size).toBe(500);
    expect(trainTokenizer(["abc"], { vocabularySize: 500 }).size).toBe(257);
  });

  it("refuses options that cannot be", async () => {
    const refused = (options: object) => issueOf(() => trainTokenizer(corpus, options));
    expect((await refused({ vocabularySize: 200 })).field).toBe("vocabularySize");
    expect((await refused({ start: ["<s>"] })).field).toBe("specialTokens");
  });
});

describe("encoding", () => {
  const tokenizer = trainTokenizer(corpus, {
    vocabularySize: 700,
    specialTokens: ["<pad>", "<s>", "</s>"],
    start: ["<s>"],
    end: ["</s>"],
  });

  it("gives every text back", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 80 }), (text) => {
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
      }),
      { seed: 4 },
    );
  });

  it("cuts to maxLength with the special tokens in place", () => {
    const whole = tokenizer.encode(sentences[0]!);
    const cut = tokenizer.encode(sentences[0]!, { maxLength: 7 });
    expect([...cut]).toEqual([...whole.subarray(0, 6), tokenizer.idOf("</s>")]);
    expect(tokenizer.encode("a", { maxLength: 2 })).toEqual(Int32Array.of(1, 2));
  });

  it("pads batches with a mask; to given sizes; cuts what is longer than the largest", () => {
    const batch = tokenizer.encodeBatch(["a", "", "a a a"]);
    expect(batch.shape).toEqual([3, 5]);
    const [a, spaced] = [tokenizer.idOf("a")!, tokenizer.idOf("Ġa")!];
    expect([...batch.ids]).toEqual([1, a, 2, 0, 0, 1, 2, 0, 0, 0, 1, a, spaced, spaced, 2]);
    expect([...batch.mask]).toEqual([1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1]);
    expect([...batch.lengths]).toEqual([3, 2, 5]);
    expect(tokenizer.encodeBatch(["a"], { padTo: [16, 4, 8] }).shape).toEqual([1, 4]);
    const cut = tokenizer.encodeBatch(["a a a a a a"], { padTo: [2, 4] });
    expect([cut.shape, cut.lengths[0]]).toEqual([[1, 4], 4]);
    expect(tokenizer.encodeBatch([]).shape).toEqual([0, 0]);
  });

  it("takes a word of a million letters in its stride", () => {
    const started = performance.now();
    const ids = tokenizer.encode("thequick".repeat(125_000));
    expect(performance.now() - started).toBeLessThan(3000);
    expect(tokenizer.decode(ids).length).toBe(1_000_000);
  });

  it("merges long words as it merges short ones", () => {
    const table = new MergeTable();
    let id = 4;
    for (let a = 0; a < 4; a++) {
      for (let b = 0; b < 6; b++)
        if ((a + 2 * b) % 3 > 0) table.set(a, b, (a * 7 + b * 5) % 24, id++);
    }
    const word = Int32Array.from({ length: 200 }, (_, i) => (i * i + (i >> 2)) % 4);
    const naive = [...word];
    while (true) {
      const ranks = naive.slice(1).map((right, i) => table.get(naive[i]!, right)?.rank ?? Infinity);
      const best = ranks.indexOf(Math.min(...ranks));
      if (ranks[best] === Infinity) break;
      naive.splice(best, 2, table.get(naive[best]!, naive[best + 1]!)!.id);
    }
    expect([...mergeWord(word, table)]).toEqual(naive);
  });

  it("refuses ids it does not have and too short a length", async () => {
    expect((await issueOf(() => tokenizer.decode([99_999]))).field).toBe("ids");
    expect((await issueOf(() => tokenizer.encode("a", { maxLength: 1 }))).field).toBe("maxLength");
    expect((await issueOf(() => tokenizer.encodeBatch(["a"], { padTo: 0 }))).field).toBe("padTo");
  });
});

describe("files", () => {
  it("come back as they were; others are refused with what is wrong", async () => {
    const folder = testFolder();
    try {
      const tokenizer = trainTokenizer(corpus, { vocabularySize: 400, lowercase: true });
      const path = `${folder.path}/tokenizer.json`;
      await saveTokenizer(tokenizer, path);
      const back = await loadTokenizer(path);
      expect(JSON.stringify(back)).toBe(JSON.stringify(tokenizer));
      const json = tokenizer.toJSON();
      const write = (change: object) =>
        folder.write("x.json", JSON.stringify({ ...json, ...change }));
      const field = async (file: string) => (await issueOf(() => loadTokenizer(file))).field;
      expect(await field(write({ model: { type: "WordPiece" } }))).toBe("model.type");
      expect(await field(write({ pre_tokenizer: { type: "Whitespace" } }))).toBe("pre_tokenizer");
      expect(await field(write({ normalizer: { type: "Precompiled" } }))).toBe("normalizer");
      expect(await field(write({ model: { ...json.model, vocab: { a: 1 } } }))).toBe("vocabulary");
      expect((await issueOf(() => loadTokenizer(folder.write("y", "{")))).code).toBe("malformed");
      expect((await issueOf(() => loadTokenizer(folder.write("z", "{}")))).field).toBe(
        "model.type",
      );
    } finally {
      folder.remove();
    }
  });

  it("may have merges as texts", () => {
    const json = trainTokenizer(corpus, { vocabularySize: 400 }).toJSON();
    const merges = json.model.merges.map((merge) => (merge as [string, string]).join(" "));
    const old = Tokenizer.fromJson({ ...json, model: { ...json.model, merges } });
    expect(JSON.stringify(old)).toBe(JSON.stringify(json));
  });
});

it("stands for each byte with one printable character", () => {
  expect(new Set(byteCharacters).size).toBe(256);
  expect(byteCharacters[0x20]).toBe("Ġ");
  expect(byteCharacters[0x0a]).toBe("Ċ");
  expect(tokenBytes(byteCharacters.join(""))).toEqual([...Array(256).keys()]);
  expect(tokenBytes("\u4e00")).toBeUndefined();
});
