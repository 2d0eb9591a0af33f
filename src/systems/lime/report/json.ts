// An explanation as data: what a report shows, without functions and typed arrays.
import type { TableRow } from "../api.ts";
import type { AnyExplanation } from "./html.ts";

/** Plain JSON of one explanation. */
export function reportJson(explained: AnyExplanation): Record<string, unknown> {
  const { kind, explanations, features, classNames, modelOutput, notes } = explained;
  const { rows } = explained.neighbourhood.data;
  return {
    kind,
    ...exampleOf(explained),
    ...{ classNames, modelOutput, explanations, features, notes },
    ...(explained.flip !== undefined && { flip: explained.flip }),
    neighbours: rows,
  };
}

function all({ features }: AnyExplanation): number[] {
  return Array.from(features.keys());
}

/** A row as the model sees it, and what stands for its cells when they are hidden; null where missing. */
function rowsOf(
  row: TableRow,
  usual: TableRow,
): { row: (number | null)[]; usual: (number | null)[] } {
  const plain = (values: TableRow) => Array.from(values, (v) => (Number.isNaN(v) ? null : v));
  return { row: plain(row), usual: plain(usual) };
}

function exampleOf(explained: AnyExplanation): object {
  switch (explained.kind) {
    case "text":
      return { text: explained.text, positions: explained.positions };
    case "table":
      return {
        cells: explained.cells,
        ...rowsOf(explained.hide([]), explained.hide(all(explained))),
      };
    case "mixed":
      return {
        ...{ text: explained.text, positions: explained.positions, cells: explained.cells },
        ...rowsOf(explained.hide([]).columns, explained.hide(all(explained)).columns),
      };
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
