// An explanation as data: what a report shows, without functions and typed arrays.
import type { AnyExplanation } from "./html.ts";

/** Plain JSON of one explanation. */
export function reportJson(explained: AnyExplanation): Record<string, unknown> {
  const { kind, explanations, features, classNames, modelOutput, notes } = explained;
  const { rows } = explained.neighbourhood.data;
  return {
    kind,
    ...exampleOf(explained),
    ...{ classNames, modelOutput, explanations, features, notes },
    neighbours: rows,
  };
}

function exampleOf(explained: AnyExplanation): object {
  switch (explained.kind) {
    case "text":
      return { text: explained.text, positions: explained.positions };
    case "table":
      return { cells: explained.cells };
    case "mixed":
      return { text: explained.text, positions: explained.positions, cells: explained.cells };
    case "entity":
      return { sentence: explained.sentence, entity: explained.entity };
    case "image": {
      const [height, width] = explained.image.shape;
      return { height, width };
    }
    default:
      return explained satisfies never;
  }
}
