// The order of a column's rows by number or by category: made once, then every brush is a range in it.
import { type Column, isMissing, missingCode, numbersOf } from "./columns.ts";
import { categoryOf } from "./types.ts";

/**
 * Rows by ascending number: -Infinity first, then the finite ones from `finite[0]` to `finite[1]`
 * (places in `order`), then Infinity, then from `special` those without a number, then from
 * `present` those without a cell.
 */
export interface NumberOrder {
  readonly order: Uint32Array;
  readonly finite: readonly [number, number];
  readonly special: number;
  readonly present: number;
}

/** Rows by category: those of `texts[k]` lie from `starts[k]` to `starts[k + 1]`, gaps after the last. */
export interface CategoryOrder {
  readonly order: Uint32Array;
  /** Distinct texts by code units. */
  readonly texts: readonly string[];
  readonly starts: Uint32Array;
  /** Per row the index of its text; `missingCode` where there is none. */
  readonly ranks: Uint32Array;
}

const numberOrders = new WeakMap<Column, NumberOrder>();
const categoryOrders = new WeakMap<Column, CategoryOrder>();

/** The rows of a column by number; cached. */
export function numberOrder(column: Column): NumberOrder {
  const work = orderSteps(column);
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

/** The same in steps of some milliseconds for a million rows, so that a page can answer in between. */
export function* orderSteps(column: Column): Generator<void, NumberOrder> {
  const known = numberOrders.get(column);
  if (known) return known;
  const numbers = numbersOf(column);
  yield;
  const made = numberOrderOf(column, numbers, yield* argsortSteps(numbers));
  numberOrders.set(column, made);
  return made;
}

/** The rows of a column by category; cached. */
export function categoryOrder(column: Column): CategoryOrder {
  let known = categoryOrders.get(column);
  if (!known) {
    known = makeCategoryOrder(column);
    categoryOrders.set(column, known);
  }
  return known;
}

function numberOrderOf(column: Column, numbers: Float64Array, order: Uint32Array): NumberOrder {
  const rows = numbers.length;
  let special = rows;
  while (special > 0 && Number.isNaN(numbers[order[special - 1]!]!)) special--;
  let from = 0;
  while (from < special && numbers[order[from]!] === -Infinity) from++;
  let to = special;
  while (to > from && numbers[order[to - 1]!] === Infinity) to--;
  return { order, finite: [from, to], special, present: missingLast(column, order, special) };
}

/** Moves rows without a cell behind the other special ones; says where they begin. */
function missingLast(column: Column, order: Uint32Array, special: number): number {
  const missing: number[] = [];
  let at = special;
  for (let i = special; i < order.length; i++) {
    const row = order[i]!;
    if (isMissing(column, row)) missing.push(row);
    else order[at++] = row;
  }
  order.set(missing, at);
  return at;
}

/** Indices of `values` in ascending order, NaN last, equal ones in their order. */
export function argsort(values: Float64Array): Uint32Array {
  const work = argsortSteps(values);
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

/**
 * Radix sort on the 64 bits of a double, made comparable by flipping the sign bit, or all bits of
 * negative numbers.
 */
function* argsortSteps(values: Float64Array): Generator<void, Uint32Array> {
  const n = values.length;
  const high = new Uint32Array(n);
  const low = new Uint32Array(n);
  const cell = new Float64Array(1);
  const halves = new Uint32Array(cell.buffer);
  for (let i = 0; i < n; i++) {
    const value = values[i]!;
    // One form of zero and of NaN, so that equal values have equal bits.
    cell[0] = value === 0 ? 0 : value;
    if (Number.isNaN(value)) {
      high[i] = 0xffffffff;
      low[i] = 0xffffffff;
    } else if (halves[1]! >>> 31) {
      high[i] = ~halves[1]!;
      low[i] = ~halves[0]!;
    } else {
      high[i] = halves[1]! | 0x80000000;
      low[i] = halves[0]!;
    }
  }
  let order: Uint32Array = new Uint32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  let spare: Uint32Array = new Uint32Array(n);
  for (const [keys, shift] of [
    [low, 0],
    [low, 16],
    [high, 0],
    [high, 16],
  ] as const) {
    yield;
    if (radixPass(keys, shift, order, spare)) [order, spare] = [spare, order];
  }
  return order;
}

/** Sorts `order` by one digit of the keys into `spare`; false where all have the same digit. */
function radixPass(
  keys: Uint32Array,
  shift: number,
  order: Uint32Array,
  spare: Uint32Array,
): boolean {
  const n = keys.length;
  const counts = new Uint32Array(65_537);
  for (let i = 0; i < n; i++) counts[((keys[i]! >>> shift) & 0xffff) + 1]!++;
  if (counts.includes(n)) return false;
  for (let k = 0; k < 65_536; k++) counts[k + 1]! += counts[k]!;
  for (let i = 0; i < n; i++) {
    const index = order[i]!;
    spare[counts[(keys[index]! >>> shift) & 0xffff]!++] = index;
  }
  return true;
}

function makeCategoryOrder(column: Column): CategoryOrder {
  const { codes, texts: byCode } = codesAndTexts(column);
  const used = new Uint8Array(byCode.length);
  for (const code of codes) if (code !== missingCode) used[code] = 1;
  const texts = [...new Set(byCode.filter((_, code) => used[code] === 1))].sort();
  const rankOf = new Map(texts.map((text, rank) => [text, rank]));
  const ranksByCode = Uint32Array.from(byCode, (text) => rankOf.get(text) ?? missingCode);
  const ranks = new Uint32Array(codes.length);
  const starts = new Uint32Array(texts.length + 2);
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]!;
    const rank = code === missingCode ? missingCode : ranksByCode[code]!;
    ranks[row] = rank;
    starts[Math.min(rank, texts.length) + 1]!++;
  }
  for (let k = 0; k <= texts.length; k++) starts[k + 1]! += starts[k]!;
  const next = starts.slice();
  const order = new Uint32Array(codes.length);
  for (let row = 0; row < codes.length; row++) {
    order[next[Math.min(ranks[row]!, texts.length)]!++] = row;
  }
  return { order, texts, starts: starts.subarray(0, texts.length + 1), ranks };
}

/** A column as codes into texts, whatever it is kept as. */
function codesAndTexts(column: Column): { codes: Uint32Array; texts: string[] } {
  if (column.kind === "coded") {
    const { codes, dictionary } = column;
    const texts = Array.from({ length: dictionary.length }, (_, code) =>
      categoryOf(dictionary.at(code)),
    );
    return { codes, texts };
  }
  const { values, tags, oddities } = column;
  const codes = new Uint32Array(values.length);
  const texts: string[] = [];
  const codeOf = new Map<number, number>();
  const oddCodes = oddities.map((value) =>
    value === undefined ? missingCode : texts.push(categoryOf(value)) - 1,
  );
  for (let row = 0; row < values.length; row++) {
    const tag = tags?.[row] ?? 0;
    let code = tag > 0 ? oddCodes[tag - 1]! : codeOf.get(values[row]!);
    if (code === undefined) {
      code = texts.push(String(values[row])) - 1;
      codeOf.set(values[row]!, code);
    }
    codes[row] = code;
  }
  return { codes, texts };
}
