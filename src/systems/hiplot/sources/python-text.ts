// Python's literals: writing values as `str()` does, and reading the arguments of `Namespace(…)`.

/** A value as Python's `str` writes it. */
export function asPythonText(value: unknown): string {
  return typeof value === "string" ? value : literal(value);
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (typeof value === "number") return pythonNumber(value);
  if (typeof value === "string") return value.includes("'") ? `"${value}"` : `'${value}'`;
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  const entries = Object.entries(value as object);
  return `{${entries.map(([key, each]) => `${literal(key)}: ${literal(each)}`).join(", ")}}`;
}

/** JavaScript and Python write doubles alike, save for where the exponent begins and its two digits. */
function pythonNumber(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
  }
  return String(value);
}

/** Reads `Name(key=literal, …)`. @returns undefined where the text is nothing of the kind */
export function parseCall(text: string): Record<string, unknown> | undefined {
  const reader = new LiteralReader(text);
  try {
    return reader.call();
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const words = new Map<string, unknown>([
  ["None", null],
  ["True", true],
  ["False", false],
  ["inf", Infinity],
  ["nan", Number.NaN],
]);

class LiteralReader {
  #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  call(): Record<string, unknown> {
    this.#match(/\s*[\w.]+\s*\(/y);
    const found: Record<string, unknown> = {};
    while (!this.#take(")")) {
      const [, name] = this.#match(/\s*(\w+)\s*=/y);
      found[name!] = this.#value();
      if (!this.#take(",") && !this.#peek(")")) this.#fail();
    }
    return found;
  }

  #value(depth = 0): unknown {
    this.#match(/\s*/y);
    if (depth > 100) this.#fail();
    const first = this.#text[this.#at];
    if (first === "[" || first === "(") return this.#list(first === "[" ? "]" : ")", depth);
    if (first === "{") return this.#dictionary(depth);
    if (first === "'" || first === '"') return this.#string(first);
    const [word] = this.#match(/-?(?:\d[\d_.]*(?:e[+-]?\d+)?|[\w.]+)/iy);
    if (words.has(word)) return words.get(word);
    if (word === "-inf") return -Infinity;
    const number = Number(word.replaceAll("_", ""));
    if (Number.isNaN(number)) this.#fail();
    return number;
  }

  #list(end: string, depth: number): unknown[] {
    this.#at++;
    const found: unknown[] = [];
    while (!this.#take(end)) {
      found.push(this.#value(depth + 1));
      if (!this.#take(",") && !this.#peek(end)) this.#fail();
    }
    return found;
  }

  #dictionary(depth: number): Record<string, unknown> {
    this.#at++;
    const found: [string, unknown][] = [];
    while (!this.#take("}")) {
      const key = this.#value(depth + 1);
      if (!this.#take(":")) this.#fail();
      found.push([String(key), this.#value(depth + 1)]);
      if (!this.#take(",") && !this.#peek("}")) this.#fail();
    }
    return Object.fromEntries(found);
  }

  #string(quote: string): string {
    const [, body] = this.#match(quote === "'" ? /'((?:[^'\\]|\\.)*)'/y : /"((?:[^"\\]|\\.)*)"/y);
    const escapes: Record<string, string> = { n: "\n", t: "\t", r: "\r" };
    return body!.replace(/\\(.)/g, (_, letter: string) => escapes[letter] ?? letter);
  }

  #match(pattern: RegExp): RegExpExecArray {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return this.#fail();
    this.#at = pattern.lastIndex;
    return found;
  }

  #peek(letter: string): boolean {
    this.#match(/\s*/y);
    return this.#text[this.#at] === letter;
  }

  #take(letter: string): boolean {
    if (!this.#peek(letter)) return false;
    this.#at++;
    return true;
  }

  #fail(): never {
    throw new SyntaxError(`no Python literal at ${this.#at}`);
  }
}
