// A filter as a sentence one can type: `lr in [1e-4, 3e-3] and not optimizer = adam`.
import { nearestName } from "./colour.ts";
import type { Filter, RangeFilter } from "./filters.ts";
import type { ColumnDefs } from "./infer.ts";

/** A sentence that is no filter, with the place where it goes wrong. */
export class SentenceError extends SyntaxError {
  override readonly name = "SentenceError";
  /** Characters before the error. */
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(`filter, character ${offset + 1}: ${message}`);
    this.offset = offset;
  }
}

interface Token {
  readonly kind: "word" | "text" | "name" | "sign" | "end";
  readonly text: string;
  readonly at: number;
}

const pattern =
  /\s*(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`|(<=|>=|!=|[()[\],=<>])|([^\s"`()[\],=<>!]+(?:\/[^\s"`()[\],=<>!]+)*))/y;

function tokens(sentence: string): Token[] {
  const found: Token[] = [];
  pattern.lastIndex = 0;
  while (true) {
    const start = pattern.lastIndex;
    const match = pattern.exec(sentence);
    if (match === null) {
      const at = start + /^\s*/.exec(sentence.slice(start))![0].length;
      if (at < sentence.length) throw new SentenceError(at, `unexpected ${sentence[at]}`);
      found.push({ kind: "end", text: "", at });
      return found;
    }
    const [whole, text, name, sign, word] = match;
    const at = match.index + whole.length - whole.trimStart().length;
    if (text !== undefined) found.push({ kind: "text", text: text.replace(/\\(.)/g, "$1"), at });
    else if (name !== undefined) found.push({ kind: "name", text: name, at });
    else if (sign !== undefined) found.push({ kind: "sign", text: sign, at });
    else found.push({ kind: "word", text: word!, at });
  }
}

/**
 * Reads a filter sentence. Conditions on a column: `= != < <= > >=`, `in [low, high]`,
 * `in [low, high] or special`, `is special`; rows: `has "text"`; joined by `and`, `or`, `not` and
 * brackets. Names with spaces stand in backquotes.
 *
 * @throws SentenceError with the place, and the nearest name for a column that is not there
 */
export function parseSentence(sentence: string, columns: ColumnDefs): Filter {
  if (sentence.trim() === "") return { type: "All", data: [] };
  return new SentenceReader(tokens(sentence), columns).read();
}

/** What a search field means: a filter sentence where the text is one, else a part of the row's values. */
export function filterOfText(text: string, columns: ColumnDefs): Filter {
  try {
    return parseSentence(text, columns);
  } catch (error) {
    if (error instanceof SentenceError) return { type: "Search", data: text };
    throw error;
  }
}

/**
 * A filter as brushes, where it is made of them: ranges on different columns, or any of several on
 * one. What is left over narrows the rows.
 */
export function brushesOf(filter: Filter): {
  brushes: Map<string, readonly RangeFilter[]>;
  rest: Filter[];
} {
  const brushes = new Map<string, readonly RangeFilter[]>();
  const rest: Filter[] = [];
  for (const part of filter.type === "All" ? filter.data : [filter]) {
    const ranges = part.type === "Range" ? [part] : part.type === "Any" ? part.data : [];
    const [first] = ranges;
    const col = first?.type === "Range" ? first.data.col : undefined;
    const isBrush =
      col !== undefined &&
      !brushes.has(col) &&
      ranges.every((range) => range.type === "Range" && range.data.col === col);
    if (isBrush) brushes.set(col, ranges as readonly RangeFilter[]);
    else rest.push(part);
  }
  return { brushes, rest };
}

class SentenceReader {
  #tokens: readonly Token[];
  #at = 0;
  #columns: ColumnDefs;

  constructor(list: readonly Token[], columns: ColumnDefs) {
    this.#tokens = list;
    this.#columns = columns;
  }

  read(): Filter {
    const filter = this.#any();
    if (this.#next.kind !== "end") this.#fail("expected and, or, or the end");
    return filter;
  }

  get #next(): Token {
    return this.#tokens[this.#at]!;
  }

  #any(): Filter {
    const parts = [this.#all()];
    while (this.#takeWord("or")) parts.push(this.#all());
    return parts.length === 1 ? parts[0]! : { type: "Any", data: parts };
  }

  #all(): Filter {
    const parts = [this.#one()];
    while (this.#takeWord("and")) parts.push(this.#one());
    return parts.length === 1 ? parts[0]! : { type: "All", data: parts };
  }

  #one(): Filter {
    if (this.#takeWord("not")) return { type: "Not", data: this.#one() };
    if (this.#takeWord("nothing")) return { type: "None", data: {} };
    if (this.#takeWord("everything")) return { type: "All", data: [] };
    if (this.#takeSign("(")) {
      const inner = this.#any();
      if (!this.#takeSign(")")) this.#fail("expected )");
      return inner;
    }
    if (this.#next.kind === "word" && /^has$/i.test(this.#next.text) && !this.#columns.has("has")) {
      this.#at++;
      return { type: "Search", data: this.#value() };
    }
    return this.#condition();
  }

  #condition(): Filter {
    const name = this.#next;
    if (name.kind !== "word" && name.kind !== "name") this.#fail("expected the name of a column");
    const def = this.#columns.get(name.text);
    if (!def) {
      const nearest = nearestName(name.text, [...this.#columns.keys()]);
      this.#fail(`there is no column ${name.text}; the nearest is ${nearest}`);
    }
    this.#at++;
    const { type, name: col } = def;
    const range = (min: number | string, max: number | string, special = false): RangeFilter => ({
      type: "Range",
      data: {
        col,
        type,
        min,
        max,
        ...(type === "categorical" ? {} : { include_infnans: special }),
      },
    });
    if (this.#takeWord("is")) {
      if (!this.#takeWord("special")) this.#fail("expected special after is");
      // No number lies between 1 and 0, so the special ones alone are left.
      return range(1, 0, true);
    }
    if (this.#takeWord("in")) {
      if (!this.#takeSign("[")) this.#fail("expected [low, high]");
      const low = this.#bound(type);
      if (!this.#takeSign(",")) this.#fail("expected a comma");
      const high = this.#bound(type);
      if (!this.#takeSign("]")) this.#fail("expected ]");
      const special = this.#tokens[this.#at + 1];
      if (this.#next.text === "or" && special?.kind === "word" && special.text === "special") {
        this.#at += 2;
        return range(low, high, true);
      }
      return range(low, high);
    }
    const sign = this.#next;
    if (sign.kind !== "sign" || !["=", "!=", "<", "<=", ">", ">="].includes(sign.text)) {
      this.#fail("expected =, !=, <, <=, >, >=, in or is");
    }
    this.#at++;
    const value = this.#bound(type);
    switch (sign.text) {
      case "=":
        return range(value, value);
      case "!=":
        return { type: "Not", data: range(value, value) };
      case "<=":
        return range(lowest(type), value);
      case ">=":
        return range(value, highest(type));
      case "<":
        // Of numbers, all up to the next one down: one range, and so one brush.
        if (typeof value === "number") return range(-Infinity, neighbour(value, -1));
        return {
          type: "All",
          data: [range(lowest(type), value), { type: "Not", data: range(value, value) }],
        };
      default:
        if (typeof value === "number") return range(neighbour(value, 1), Infinity);
        return {
          type: "All",
          data: [range(value, highest(type)), { type: "Not", data: range(value, value) }],
        };
    }
  }

  #bound(type: string): number | string {
    const token = this.#next;
    const text = this.#value();
    if (type === "categorical") return text === "" ? "(empty)" : text;
    const number = /^[+-]?inf(inity)?$/i.test(text)
      ? text[0] === "-"
        ? -Infinity
        : Infinity
      : Number(text);
    if (text === "" || Number.isNaN(number)) {
      throw new SentenceError(token.at, `expected a number, got ${JSON.stringify(text)}`);
    }
    return number;
  }

  #value(): string {
    const { kind, text } = this.#next;
    if (kind === "sign" || kind === "end") this.#fail("expected a value");
    this.#at++;
    return text;
  }

  #takeWord(word: string): boolean {
    const { kind, text } = this.#next;
    if (kind !== "word" || text.toLowerCase() !== word) return false;
    this.#at++;
    return true;
  }

  #takeSign(sign: string): boolean {
    if (this.#next.kind !== "sign" || this.#next.text !== sign) return false;
    this.#at++;
    return true;
  }

  #fail(message: string): never {
    throw new SentenceError(this.#next.at, message);
  }
}

/** Below and above every text that there is. */
const highestText = "\uffff";

function lowest(type: string): number | string {
  return type === "categorical" ? "" : -Infinity;
}

function highest(type: string): number | string {
  return type === "categorical" ? highestText : Infinity;
}

/** Writes a filter as a sentence that `parseSentence` reads. */
export function sentenceOf(filter: Filter): string {
  return written(filter, false);
}

function written(filter: Filter, inner: boolean): string {
  switch (filter.type) {
    case "Range":
      return rangeSentence(filter);
    case "All":
    case "Any": {
      const { type, data } = filter;
      if (data.length === 0) return type === "Any" ? "nothing" : inner ? "everything" : "";
      const parts = data.map((part) => written(part, inner || data.length > 1));
      const joined = parts.join(type === "All" ? " and " : " or ");
      return inner && parts.length > 1 ? `(${joined})` : joined;
    }
    case "Not": {
      if (
        filter.data.type === "Range" &&
        filter.data.data.min === filter.data.data.max &&
        !filter.data.data.include_infnans
      ) {
        return `${nameText(filter.data.data.col)} != ${valueText(filter.data.data.min)}`;
      }
      return `not ${written(filter.data, true)}`;
    }
    case "Search":
      return `has ${JSON.stringify(filter.data)}`;
    default:
      return "nothing";
  }
}

function rangeSentence({ data }: RangeFilter): string {
  const name = nameText(data.col);
  const special = data.include_infnans === true;
  if (special && data.min > data.max) return `${name} is special`;
  if (!special) {
    if (data.min === data.max) return `${name} = ${valueText(data.min)}`;
    if (data.max === Infinity || data.max === highestText) {
      const strict = strictBound(data.min, -1);
      return strict === undefined ? `${name} >= ${valueText(data.min)}` : `${name} > ${strict}`;
    }
    if (data.min === -Infinity || data.min === "") {
      const strict = strictBound(data.max, 1);
      return strict === undefined ? `${name} <= ${valueText(data.max)}` : `${name} < ${strict}`;
    }
  }
  const range = `${name} in [${valueText(data.min)}, ${valueText(data.max)}]`;
  return special ? `${range} or special` : range;
}

/** The next double above (`way` 1) or below (-1). */
function neighbour(value: number, way: 1 | -1): number {
  if (!Number.isFinite(value)) return value;
  if (value === 0) return way * Number.MIN_VALUE;
  const cell = new Float64Array([value]);
  const bits = new BigInt64Array(cell.buffer);
  bits[0]! += value > 0 === way > 0 ? 1n : -1n;
  return cell[0]!;
}

/** The round number beside a bound that was made by `<` or `>`; undefined where the bound is one itself. */
function strictBound(bound: number | string, way: 1 | -1): number | undefined {
  if (typeof bound !== "number") return undefined;
  const beside = neighbour(bound, way);
  return String(beside).length + 4 < String(bound).length ? beside : undefined;
}

const words = new Set(["and", "or", "not", "in", "is", "has", "nothing", "everything", "special"]);

function nameText(name: string): string {
  return /^[^\s"`()[\],=<>!]+$/.test(name) && !words.has(name.toLowerCase()) ? name : `\`${name}\``;
}

function valueText(value: number | string): string {
  if (typeof value === "number") return String(value);
  return /^[\w.-]+$/.test(value) && !words.has(value) ? value : JSON.stringify(value);
}
