import { describe, expect, it } from "vitest";
import type { Schema } from "./api.ts";
import { startTexts, toFields, toInput } from "./form-values.ts";

const schema: Schema = {
  type: "object",
  properties: {
    epochs: { type: "integer", default: 3 },
    labels: { type: "array", items: { type: "string" } },
    loss: { enum: ["mse", "mae"], default: "mse" },
    seed: { anyOf: [{ type: "integer" }, { type: "null" }] },
    shuffle: { type: "boolean", default: true },
    extra: { type: "object" },
  },
  required: ["labels", "epochs"],
};

describe("a form made from a schema", () => {
  const fields = toFields(schema);

  it("asks first for what has no default", () => {
    expect(fields.map(({ name, kind, required }) => [name, kind, required])).toEqual([
      ["labels", "list", true],
      ["epochs", "number", false],
      ["loss", "choice", false],
      ["seed", "number", false],
      ["shuffle", "switch", false],
      ["extra", "json", false],
    ]);
  });

  it("starts with an example over the defaults and sends what was typed", () => {
    const texts = startTexts(fields, { labels: ["spam", "ham"], seed: null });
    expect(texts).toEqual({
      labels: "spam\nham",
      epochs: "3",
      loss: "mse",
      seed: "",
      shuffle: "true",
      extra: "",
    });
    expect(toInput(fields, { ...texts, labels: "a\n\n b ", shuffle: "false" })).toEqual({
      labels: ["a", "b"],
      epochs: 3,
      loss: "mse",
      shuffle: false,
    });
  });

  it("names the field that cannot be read", () => {
    expect(() => toInput(fields, { epochs: "many" })).toThrow(
      'epochs: expected a number, got "many"',
    );
    expect(() => toInput(fields, { extra: "{" })).toThrow(/^extra: /);
  });
});
