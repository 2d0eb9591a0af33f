import { expect, it } from "vitest";
import { demoExperiment, demoNames } from "../sources/demos.ts";
import { compareWithGolden, readGolden } from "./golden.ts";

it("answers as HiPlot does for all its demos", async () => {
  const golden = await readGolden();
  const differences: string[] = [];
  for (const name of demoNames) {
    const made = demoExperiment(name)!;
    const found = compareWithGolden(golden[name]!, {
      frame: made.frame(),
      hints: made.parametersDefinition,
      colorby: made.colorby,
      colormap: made.colormap,
    });
    differences.push(...found.differences.map((line) => `${name}: ${line}`));
  }
  expect(demoNames).toHaveLength(26);
  expect(differences).toEqual([]);
});
