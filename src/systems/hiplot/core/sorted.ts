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
 * Radix sort on the upper half of each double, made comparable by flipping the sign bit, or all bits of
 * negative numbers; then each stretch of equal upper halves by its lower halves.
 */
function* argsortSteps(values: Float64Array): Generator<void, Uint32Array> {
  const n = values.length;
  const halves = new Uint32Array(values.buffer, values.byteOffset, 2 * n);
  const keys = new Uint32Array(n);
  for (let i = 0; i < n; i++) keys[i] = upperKey(values[i]!, halves[2 * i + 1]!);
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  const lowerKey = (index: number) => {
    const value = values[index]!;
    if (value === 0 || Number.isNaN(value)) return 0;
    const lower = halves[2 * index]!;
    return halves[2 * index + 1]! >>> 31 ? ~lower >>> 0 : lower;
  };
  const spare = { keys: new Uint32Array(n), order: new Uint32Array(n) };
  yield;
  for (const shift of digits) {
    radixPass(keys, order, spare, shift, 0, n);
    yield;
  }
  let looked = 0;
  for (let from = 0; from < n; ) {
    let to = from + 1;
    while (to < n && keys[to] === keys[from]) to++;
    if (to - from > 1) sortStretch(keys, order, spare, lowerKey, from, to);
    looked += to - from;
    from = to;
    if (looked > 300_000) {
      looked = 0;
      yield;
    }
  }
  return order;
}

/** One form of zero and of NaN, so that equal values have equal keys. */
function upperKey(value: number, upper: number): number {
  if (value === 0) return 0x80000000;
  if (Number.isNaN(value)) return 0xffffffff;
  return (upper >>> 31 ? ~upper : upper | 0x80000000) >>> 0;
}

/** Three digits of eleven bits make 32: few enough counters for the fastest memory. */
const digits = [0, 11, 22] as const;

interface SortedPair {
  readonly keys: Uint32Array;
  readonly order: Uint32Array;
}

/** Sorts keys, and the order with them, by one digit; what is equal stays in its order. */
function radixPass(
  keys: Uint32Array,
  order: Uint32Array,
  spare: SortedPair,
  shift: number,
  from: number,
  to: number,
): void {
  const counts = new Uint32Array(2_049);
  for (let i = from; i < to; i++) counts[((keys[i]! >>> shift) & 2_047) + 1]!++;
  if (counts.includes(to - from)) return;
  for (let k = 0; k < 2_048; k++) counts[k + 1]! += counts[k]!;
  for (let i = from; i < to; i++) {
    const key = keys[i]!;
    const at = counts[(key >>> shift) & 2_047]!++;
    spare.keys[at] = key;
    spare.order[at] = order[i]!;
  }
  keys.set(spare.keys.subarray(0, to - from), from);
  order.set(spare.order.subarray(0, to - from), from);
}

/** Sorts rows whose upper halves are equal by the lower ones. */
function sortStretch(
  keys: Uint32Array,
  order: Uint32Array,
  spare: SortedPair,
  lowerKey: (index: number) => number,
  from: number,
  to: number,
): void {
  for (let i = from; i < to; i++) keys[i] = lowerKey(order[i]!);
  if (to - from > 40) {
    for (const shift of digits) radixPass(keys, order, spare, shift, from, to);
    return;
  }
  for (let i = from + 1; i < to; i++) {
    const key = keys[i]!;
    const row = order[i]!;
    let at = i;
    for (; at > from && keys[at - 1]! > key; at--) {
      keys[at] = keys[at - 1]!;
      order[at] = order[at - 1]!;
    }
    keys[at] = key;
    order[at] = row;
  }
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
