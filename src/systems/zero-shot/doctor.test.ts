/** @file The label doctor on texts whose trouble is known. */
import { describe, expect, it } from "vitest";
import { issueOf } from "../../data/testing.ts";
import { labelDoctor } from "./doctor.ts";
import { tellingTerms, termCounts } from "./doctor-terms.ts";
import { wordEncoder } from "./testing/encoder.ts";

/** Words of a group are one to the encoder, but not to the reader. */
const encoder = wordEncoder(64, [
  ["weather", "rain", "snow", "forecast", "climate"],
  ["music", "song", "album", "band"],
  ["card", "visa", "plastic"],
]);

const nouns = ["rome", "paris", "oslo", "lima", "cairo", "quito"];
const texts = [
  ...nouns.flatMap((noun) => [`rain in ${noun}`, `snow near ${noun}`]),
  ...nouns.flatMap((noun) => [`song of ${noun}`, `album from ${noun}`]),
  ...nouns.flatMap((noun) => [`visa lost ${noun}`, `plastic lost at ${noun}`]),
];

const adviceOf = async (labels: string[], kind: string) =>
  (await labelDoctor(texts, labels, { encoder })).filter((each) => each.kind === kind);

describe("the label doctor", () => {
  it("finds labels that mean the same", async () => {
    const [first, ...others] = await adviceOf(["weather", "climate", "music", "card"], "overlap");
    expect(first!.labels).toEqual(["weather", "climate"]);
    expect(first!.examples[0]).toMatch(/rain|snow/);
    expect(others).toEqual([]);
  });

  it("finds a label that no text speaks of", async () => {
    const found = await adviceOf(["weather", "music", "card", "philosophy"], "vague");
    expect(found.map((each) => each.labels)).toEqual([["philosophy"]]);
    expect(found[0]!.message).toContain("no text");
  });

  it("finds texts that fit no label, and names them by their words", async () => {
    const found = await adviceOf(["weather", "music"], "missing");
    expect(found).toHaveLength(1);
    expect(found[0]!.proposal).toContain("lost");
    expect(found[0]!.examples.every((text) => text.includes("lost"))).toBe(true);
  });

  it("proposes wordings from the surest texts", async () => {
    const found = await adviceOf(["weather", "music", "card"], "wording");
    const card = found.find((each) => each.labels[0] === "card");
    expect(card!.proposal).toMatch(/^card, .*lost/);
  });

  it("has nothing to say of labels that fit, nor of no texts", async () => {
    const kinds = (await labelDoctor(texts, "weather, music, card", { encoder })).map(
      (each) => each.kind,
    );
    expect(kinds).not.toContain("overlap");
    expect(kinds).not.toContain("vague");
    expect(kinds).not.toContain("missing");
    expect(await labelDoctor(["", " ", "漢"], "a, b", { encoder })).toEqual([]);
    expect((await issueOf(() => labelDoctor(texts, [], { encoder }))).field).toBe("labels");
  });
});

it("telling terms are frequent here and rare elsewhere; a pair stands for its words", () => {
  const all = ["lost card now", "the lost card", "the lost card", "the cat", "the dog", "the end"];
  const few = all.slice(0, 3);
  expect(tellingTerms(few, termCounts(all), all.length)[0]).toBe("lost card");
  expect(tellingTerms(few, termCounts(all), all.length)).not.toContain("the");
});
