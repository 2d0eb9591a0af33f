// JSON as Python writes it: bare NaN, Infinity and -Infinity are numbers. Nothing is ever executed.

/** Text that is no JSON, with the place of the first error. */
export class JsonError extends SyntaxError {
  override readonly name = "JsonError";
  /** Characters before the error. */
  readonly offset: number;
  /** From 1. */
  readonly line: number;
  readonly column: number;

  constructor(text: string, offset: number, expected: string) {
    const before = text.slice(0, offset);
    const line = before.split("\n").length;
    const column = offset - before.lastIndexOf("\n");
    const rest = text.slice(offset, offset + 20).split("\n")[0]!;
    const found = offset >= text.length ? "the end of the text" : JSON.stringify(rest);
    super(`line ${line}, column ${column}: expected ${expected}, received ${found}`);
    this.offset = offset;
    this.line = line;
    this.column = column;
  }
}

const deepest = 500;

/**
 * Reads JSON in which numbers may also be `NaN`, `Infinity` and `-Infinity`.
 *
 * @throws JsonError with line and column of the first error
 */
export function parseJson(text: string): unknown {
  // The built-in parser is several times as fast and right for nearly every file.
  try {
    return JSON.parse(text);
  } catch {
    const { value, end } = parseJsonAt(text, 0);
    const rest = skipSpace(text, end);
    if (rest < text.length) throw new JsonError(text, rest, "the end of the text");
    return value;
  }
}

/** Reads one JSON value that begins at `start`; says where it ends. @throws JsonError */
export function parseJsonAt(text: string, start: number): { value: unknown; end: number } {
  const reader = new Reader(text, start);
  const value = reader.value(0);
  return { value, end: reader.at };
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && " \t\n\r\uFEFF".includes(text[at]!)) at++;
  return at;
}

const words: readonly [string, unknown][] = [
  ["true", true],
  ["false", false],
  ["null", null],
  ["NaN", Number.NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
];

class Reader {
  at: number;
  readonly #text: string;

  constructor(text: string, start: number) {
    this.#text = text;
    this.at = start;
  }

  value(depth: number): unknown {
    this.#space();
    const text = this.#text;
    if (depth > deepest) this.#fail(`at most ${deepest} lists and objects inside each other`);
    const first = text[this.at];
    if (first === "{") return this.#object(depth);
    if (first === "[") return this.#list(depth);
    if (first === '"') return this.#string();
    for (const [word, value] of words) {
      if (!text.startsWith(word, this.at)) continue;
      this.at += word.length;
      return value;
    }
    return this.#number();
  }

  #object(depth: number): Record<string, unknown> {
    const found: Record<string, unknown> = {};
    this.at++;
    this.#space();
    if (this.#take("}")) return found;
    while (true) {
      this.#space();
      if (this.#text[this.at] !== '"') this.#fail("a key in double quotes");
      const key = this.#string();
      this.#space();
      if (!this.#take(":")) this.#fail('":" after the key');
      const value = this.value(depth + 1);
      // Assigning to `__proto__` would change the object's class in place of adding a key.
      Object.defineProperty(found, key, {
        value,
        writable: true,
        enumerable: true,
        configurable: true,
      });
      this.#space();
      if (this.#take("}")) return found;
      if (!this.#take(",")) this.#fail('"," or "}"');
    }
  }

  #list(depth: number): unknown[] {
    const found: unknown[] = [];
    this.at++;
    this.#space();
    if (this.#take("]")) return found;
    while (true) {
      found.push(this.value(depth + 1));
      this.#space();
      if (this.#take("]")) return found;
      if (!this.#take(",")) this.#fail('"," or "]"');
    }
  }

  #string(): string {
    const text = this.#text;
    const start = this.at;
    let end = start + 1;
    while (end < text.length && text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
    if (end >= text.length) {
      this.at = text.length;
      this.#fail("a closing double quote");
    }
    this.at = end + 1;
    try {
      return JSON.parse(text.slice(start, end + 1)) as string;
    } catch {
      this.at = start;
      return this.#fail("a string without line breaks and unknown escapes");
    }
  }

  #number(): number {
    const pattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined || found === "") return this.#fail("a value");
    this.at += found.length;
    return Number(found);
  }

  #space(): void {
    this.at = skipSpace(this.#text, this.at);
  }

  #take(letter: string): boolean {
    if (this.#text[this.at] !== letter) return false;
    this.at++;
    return true;
  }

  #fail(expected: string): never {
    throw new JsonError(this.#text, this.at, expected);
  }
}

/** JSON in which numbers that are not finite stand bare, as HiPlot and Python write them. */
export function toPythonJson(value: unknown): string {
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : bare(value);
  if (Array.isArray(value)) return `[${value.map(toPythonJson).join(", ")}]`;
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value).filter(([, each]) => each !== undefined);
    return `{${entries.map(([key, each]) => `${JSON.stringify(key)}: ${toPythonJson(each)}`).join(", ")}}`;
  }
  return JSON.stringify(value ?? null);
}

function bare(value: number): string {
  return Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
}
