/** @file Einstein summation, in terms of transposes and matrix products. */
import { ShapeError, ValueError } from "../errors.ts";
import { showShape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { mul } from "./elementwise.ts";
import { matmul } from "./matmul.ts";
import { diagonal } from "./matrix.ts";
import { sum } from "./reduce.ts";
import { broadcastTo, reshape, transpose } from "./reshape.ts";

/** A tensor whose axes have names. */
interface Named {
  readonly x: Tensor;
  readonly labels: readonly string[];
}

/**
 * Einstein summation: `einsum("bij,bjk->bik", a, b)`. Each letter names an axis; a letter that is not
 * in the result is summed over, a letter that an operand repeats takes its diagonal, "..." stands for
 * any axes, which broadcast. Without "->" the result has the letters that occur once, in order.
 * @throws ValueError where the text does not fit the operands, ShapeError where sizes differ
 */
export function einsum(spec: string, ...operands: Tensor[]): Tensor {
  const { terms, result } = parse(spec, operands);
  const sizes = new Map<string, number>();
  for (const [i, labels] of terms.entries()) {
    for (const [axis, label] of labels.entries()) {
      const d = operands[i].shape[axis];
      const have = sizes.get(label) ?? 1;
      const mayDiffer = label.startsWith("...") && (d === 1 || have === 1);
      if (sizes.has(label) && have !== d && !mayDiffer) {
        throw new ShapeError(
          `einsum: "${spec}": axis ${label} has size ${have} and, in operand ${i} of shape ${showShape(operands[i].shape)}, ${d}`,
        );
      }
      sizes.set(label, have === 1 ? d : have);
    }
  }
  let left = terms.map((labels, i) => withoutRepeats({ x: operands[i], labels }));
  while (left.length > 1) {
    const [i, j] = cheapestPair(left, result, sizes);
    const others = left.filter((_, k) => k !== i && k !== j);
    const needed = new Set([...result, ...others.flatMap((o) => o.labels)]);
    left = [...others, contract(left[i], left[j], needed, sizes)];
  }
  const total = sumOut(left[0], new Set(result));
  const order = result.map((label) => total.labels.indexOf(label));
  return broadcastTo(
    transpose(total.x, order),
    result.map((label) => sizes.get(label) as number),
  );
}

function parse(spec: string, operands: readonly Tensor[]): { terms: string[][]; result: string[] } {
  const [inputs, output, more] = spec.replaceAll(" ", "").split("->");
  const texts = inputs.split(",");
  const fail = (what: string): never => {
    throw new ValueError(`einsum: "${spec}": ${what}`);
  };
  if (more !== undefined) fail('more than one "->"');
  if (texts.length !== operands.length)
    fail(`it names ${texts.length} operands, ${operands.length} were given`);
  let dots = 0;
  const terms = texts.map((text, i) => {
    const { rank, shape } = operands[i];
    const match = /^([A-Za-z]*)(\.\.\.)?([A-Za-z]*)$/.exec(text);
    if (!match) return fail(`operand ${i} is "${text}": expected letters, and at most one "..."`);
    const [, before, ellipsis, after] = match;
    const named = before.length + after.length;
    if (ellipsis ? named > rank : named !== rank)
      fail(`operand ${i} is "${text}", and its shape is ${showShape(shape)}`);
    const count = ellipsis ? rank - named : 0;
    dots = Math.max(dots, count);
    // Axes under the dots are named from the right, where they line up.
    const middle = Array.from({ length: count }, (_, k) => `...${count - k}`);
    return [...before, ...middle, ...after];
  });
  const allDots = Array.from({ length: dots }, (_, k) => `...${dots - k}`);
  if (output === undefined) {
    const letters = terms.flat().filter((l) => !l.startsWith("..."));
    const once = letters.filter((l) => letters.indexOf(l) === letters.lastIndexOf(l));
    return { terms, result: [...allDots, ...once.sort()] };
  }
  const match = /^([A-Za-z]*)(\.\.\.)?([A-Za-z]*)$/.exec(output);
  if (!match) return fail(`the result is "${output}": expected letters, and at most one "..."`);
  const result = [...match[1], ...(match[2] ? allDots : []), ...match[3]];
  for (const label of result) {
    if (result.indexOf(label) !== result.lastIndexOf(label))
      fail(`the result names axis ${label} twice`);
    if (!terms.some((t) => t.includes(label))) fail(`axis ${label} of the result is in no operand`);
  }
  return { terms, result };
}

/** Takes the diagonal of axes with one name. */
function withoutRepeats({ x, labels }: Named): Named {
  const again = labels.findIndex((label, i) => labels.indexOf(label) !== i);
  if (again < 0) return { x, labels };
  const first = labels.indexOf(labels[again]);
  const rest = labels.map((_, i) => i).filter((i) => i !== first && i !== again);
  return withoutRepeats({
    x: diagonal(transpose(x, [...rest, first, again])),
    labels: [...rest.map((i) => labels[i]), labels[again]],
  });
}

/** Sums over the axes that nothing needs any more. */
function sumOut({ x, labels }: Named, needed: ReadonlySet<string>): Named {
  const axis = labels.flatMap((label, i) => (needed.has(label) ? [] : [i]));
  if (axis.length === 0) return { x, labels };
  return { x: sum(x, { axis }), labels: labels.filter((label) => needed.has(label)) };
}

/** The two operands whose product is smallest. */
function cheapestPair(
  all: readonly Named[],
  result: readonly string[],
  sizes: ReadonlyMap<string, number>,
): [number, number] {
  let best: [number, number] = [0, 1];
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < all.length; i++) {
    for (let j = i + 1; j < all.length; j++) {
      const others = all.filter((_, k) => k !== i && k !== j).flatMap((o) => o.labels);
      const needed = new Set([...result, ...others]);
      const kept = new Set([...all[i].labels, ...all[j].labels].filter((l) => needed.has(l)));
      const size = [...kept].reduce((n, label) => n * (sizes.get(label) as number), 1);
      if (size < least) [least, best] = [size, [i, j]];
    }
  }
  return best;
}

/** The product of two operands, summed over what is not needed: one matrix product. */
function contract(
  a: Named,
  b: Named,
  needed: ReadonlySet<string>,
  sizes: ReadonlyMap<string, number>,
): Named {
  const left = sumOut(a, new Set([...needed, ...b.labels]));
  const right = sumOut(b, new Set([...needed, ...a.labels]));
  const shared = left.labels.filter((l) => right.labels.includes(l));
  const summed = shared.filter((l) => !needed.has(l));
  const batch = shared.filter((l) => needed.has(l));
  const rows = left.labels.filter((l) => !shared.includes(l));
  const columns = right.labels.filter((l) => !shared.includes(l));
  const labels = [...batch, ...rows, ...columns];
  if (summed.length === 0) {
    const spread = ({ x, labels: own }: Named): Tensor => {
      const order = labels.filter((l) => own.includes(l));
      const moved = transpose(
        x,
        order.map((l) => own.indexOf(l)),
      );
      return reshape(
        moved,
        labels.map((l) => (own.includes(l) ? x.shape[own.indexOf(l)] : 1)),
      );
    };
    return { x: mul(spread(left), spread(right)), labels };
  }
  const count = (names: readonly string[]): number =>
    sizeOf(names.map((l) => sizes.get(l) as number));
  const matrices = (
    { x, labels: own }: Named,
    order: readonly string[],
    shape: number[],
  ): Tensor => {
    const moved = transpose(
      x,
      order.map((l) => own.indexOf(l)),
    );
    // Axes under "..." of size 1 spread to their partner's size before they are merged.
    const full = broadcastTo(
      moved,
      order.map((l) => sizes.get(l) as number),
    );
    return reshape(full, [...batch.map((l) => sizes.get(l) as number), ...shape]);
  };
  const product = matmul(
    matrices(left, [...batch, ...rows, ...summed], [count(rows), count(summed)]),
    matrices(right, [...batch, ...summed, ...columns], [count(summed), count(columns)]),
  );
  return {
    x: reshape(
      product,
      labels.map((l) => sizes.get(l) as number),
    ),
    labels,
  };
}
