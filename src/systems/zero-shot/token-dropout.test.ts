// Token dropout against what its share promises.
import fc from "fast-check";
import { expect, it } from "vitest";
import { dropTokens } from "./token-dropout.ts";

const batch = { seed: 3, epoch: 2, index: 5 };

it("drops its share, in order, the same for the same batch", () => {
  const long = Int32Array.from({ length: 40_000 }, (_, i) => i);
  const [kept] = dropTokens([long], 0.25, batch);
  // Four standard deviations of a binomial count.
  const spread = 4 * Math.sqrt(40_000 * 0.25 * 0.75);
  expect(Math.abs(kept!.length - 30_000)).toBeLessThan(spread);
  expect([...kept!].sort((a, b) => a - b)).toEqual([...kept!]);
  expect(dropTokens([long], 0.25, batch)).toEqual([kept]);
  expect(dropTokens([long], 0.25, { ...batch, epoch: 3 })).not.toEqual([kept]);
});

it("leaves no text without tokens and drops none at a share of 0", () => {
  const ids = fc.array(fc.integer({ min: 1, max: 7999 }), { minLength: 1, maxLength: 6 });
  const property = fc.property(
    fc.array(ids),
    fc.double({ min: 0, max: 1, noNaN: true }),
    (t, p) => {
      const texts = t.map((text) => Int32Array.from(text));
      const kept = dropTokens(texts, p, batch);
      expect(kept.every((text) => text.length > 0)).toBe(true);
      expect(dropTokens(texts, 0, batch)).toEqual(texts);
      if (p === 1) expect(kept).toEqual(texts);
    },
  );
  fc.assert(property, { seed: 1 });
});
