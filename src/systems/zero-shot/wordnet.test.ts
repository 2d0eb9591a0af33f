/** @file WordNet's nouns, from a small file and from the installed package. */
import { afterAll, expect, it } from "vitest";
import { issueOf, testFolder } from "../../data/testing.ts";
import { ancestors, nineTopics, nounTopics, readWordNet, sampleTopics } from "./wordnet.ts";

const folder = testFolder();
afterAll(() => folder.remove());

const small = `  1 This licence is not a meaning.
00000001 03 n 01 entity 0 000 | that which exists
00000002 03 n 02 thing 0 physical_thing 0 001 @ 00000001 n 0000 | something
00000003 05 n 0a a 0 b 0 c 0 d 0 e 0 f 0 g 0 h 0 i 0 living_thing 0 002 ~ 00000004 n 0000 @ 00000002 n 0000 | that which lives; "it lives"
00000004 05 n 01 dog 0 001 @i 00000003 n 0000 | an animal; that barks; "the dog barked"; "two dogs"
`;

it("reads words, glosses without examples, and the larger concepts", async () => {
  folder.write("data.noun", small);
  const meanings = await readWordNet(folder.path);
  expect(meanings).toHaveLength(4);
  expect(meanings[3]).toEqual({
    words: ["dog"],
    gloss: "an animal; that barks",
    topic: 5,
    parents: [2],
  });
  expect(meanings[2]!.words.at(-1)).toBe("living thing");
  expect(ancestors(meanings, 3)).toEqual([2]);
  expect(ancestors(meanings, 0)).toEqual([]);
});

it("names the line that is none of WordNet's", async () => {
  folder.write("data.noun", `${small}what is this\n`);
  const issue = await issueOf(() => readWordNet(folder.path));
  expect(issue).toMatchObject({ code: "malformed", line: 6, received: '"what is this"' });
});

it("knows the noun meanings of the package, and draws the same texts for the same seed", async () => {
  const meanings = await readWordNet();
  expect(meanings).toHaveLength(82_192);
  const dog = meanings.findIndex(({ words }) => words.includes("domestic dog"));
  const names = ancestors(meanings, dog).map((at) => meanings[at]!.words[0]);
  expect(names.slice(0, 4)).toEqual(["canine", "carnivore", "placental", "mammal"]);
  const drawn = sampleTopics(meanings, nineTopics, 120);
  expect(drawn.texts).toHaveLength(1080);
  expect(sampleTopics(meanings, nineTopics, 120).texts).toEqual(drawn.texts);
  expect(nounTopics).toHaveLength(25);
  const dogTopic = meanings[dog]!.topic - 4;
  expect(nounTopics[dogTopic]).toBe("animal");
});
