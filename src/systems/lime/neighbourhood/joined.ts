// Neighbours of an example of two parts: both are changed together, each by its own rule.
import type { Matrix } from "../api.ts";
import type { Block, Perturbation } from "./perturbation.ts";

/**
 * Draws both parts of every neighbour, independently of each other: what one part's features do is
 * then not mistaken for what the other's do. Features of `first` come before those of `second`.
 */
export function joinedPerturbation<A, B, I>(
  first: Perturbation<A>,
  second: Perturbation<B>,
  join: (a: A, b: B) => I,
): Perturbation<I> {
  return {
    columns: first.columns + second.columns,
    count: first.count * second.count,
    paired: false,
    draw(rows, whole) {
      const [a, b] = [first.draw(rows, whole), second.draw(rows, whole)];
      const block: Block<I> = {
        data: sideBySide(a.data, b.data),
        input: (row) => join(a.input(row), b.input(row)),
        key: (row) => `${a.key(row)}\0${b.key(row)}`,
      };
      return block;
    },
  };
}

/** The same examples, seen as something else. */
export function mappedPerturbation<A, I>(
  { enumerate, draw, ...rest }: Perturbation<A>,
  map: (input: A) => I,
): Perturbation<I> {
  const mapped = ({ data, input, key }: Block<A>): Block<I> => ({
    ...{ data, key },
    input: (row) => map(input(row)),
  });
  return {
    ...rest,
    draw: (rows, whole) => mapped(draw(rows, whole)),
    ...(enumerate !== undefined && {
      enumerate(as: number) {
        const { block, frequencies } = enumerate(as);
        return { block: mapped(block), frequencies };
      },
    }),
  };
}

/** Two matrices of equal height; bytes where both are bytes. */
function sideBySide(a: Matrix, b: Matrix): Matrix {
  const { rows } = a;
  const columns = a.columns + b.columns;
  const bytes = a.values instanceof Uint8Array && b.values instanceof Uint8Array;
  const values = bytes ? new Uint8Array(rows * columns) : new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    values.set(a.values.subarray(row * a.columns, (row + 1) * a.columns), row * columns);
    const at = row * columns + a.columns;
    values.set(b.values.subarray(row * b.columns, (row + 1) * b.columns), at);
  }
  return { rows, columns, values };
}
