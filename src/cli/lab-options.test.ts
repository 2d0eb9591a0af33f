/** @file The words of a command line as a lab's input. */
import { describe, expect, it } from "vitest";
import { defineLab, describeLab, z } from "../lab/define.ts";
import { toInput } from "./lab-options.ts";

function lab(input: z.ZodObject) {
  return describeLab(
    defineLab({
      name: "toy",
      title: "Toy",
      summary: "Does nothing.",
      source: "https://example.org",
      input,
      examples: [],
      run: async () => ({}),
    }),
  );
}

describe("--out", () => {
  it("means --save where a lab writes its result itself", () => {
    const saving = lab(z.object({ save: z.string().optional() }));
    expect(toInput(saving, undefined, { out: "model/" })).toEqual({ save: "model/" });
    expect(toInput(saving, undefined, { out: "a", save: "b" })).toEqual({ save: "b" });
    expect(toInput(saving, undefined, {})).toEqual({});
  });

  it("is none of the lab's business elsewhere", () => {
    expect(toInput(lab(z.object({ n: z.int().optional() })), undefined, { out: "x" })).toEqual({});
  });
});
