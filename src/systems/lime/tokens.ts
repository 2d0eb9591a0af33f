// How a text falls into features: words, positions or characters, and what stands between them.
import { LimeError, quote } from "./errors.ts";

/** Gives the tokens of a text in order; each must occur in it after the one before. */
export type Tokenizer = (text: string) => readonly string[];

/** How to take a text apart. */
export interface SplitOptions {
  /**
   * What stands between words: a pattern (in a string `\w` and `\W` have their Unicode meaning), or a
   * function that gives the words. Default `\W+`: all but letters, digits and `_` of any script.
   */
  readonly split?: RegExp | string | Tokenizer;
  /** One feature per distinct word (or character), hidden everywhere at once. Default true; false with `charLevel`. */
  readonly bow?: boolean;
  /** One feature per character. Default false. */
  readonly charLevel?: boolean;
}

/** A text in pieces; pieces of feature -1 always stay. */
export interface Pieces {
  /** Start of each piece in UTF-16 units, and the text's length at the end. */
  readonly starts: Int32Array;
  /** Feature of each piece. */
  readonly featureOf: Int32Array;
  readonly names: readonly string[];
  readonly bow: boolean;
}

const unicodeSeparators = /[^\p{L}\p{N}_]+/gu;

interface Piece {
  readonly text: string;
  readonly word: boolean;
}

/** Takes a text apart; an error names the text and the rule where no feature is left. */
export function splitText(text: string, options: SplitOptions): Pieces {
  const { split, charLevel = false, bow = !charLevel } = options;
  const pieces = charLevel
    ? Array.from(text, (each) => ({ text: each, word: true }))
    : typeof split === "function"
      ? piecesOfTokens(text, split(text))
      : piecesBetween(text, separatorsOf(split));
  const starts = new Int32Array(pieces.length + 1);
  const featureOf = new Int32Array(pieces.length).fill(-1);
  const names: string[] = [];
  const numbers = new Map<string, number>();
  let offset = 0;
  pieces.forEach((piece, i) => {
    starts[i] = offset;
    offset += piece.text.length;
    if (!piece.word) return;
    const known = bow ? numbers.get(piece.text) : undefined;
    featureOf[i] = known ?? names.length;
    if (known !== undefined) return;
    if (bow) numbers.set(piece.text, names.length);
    names.push(piece.text);
  });
  starts[pieces.length] = offset;
  if (names.length > 0) return { starts, featureOf, names, bow };
  const rule = charLevel ? "characters" : typeof split === "function" ? "split function" : "rule";
  throw new LimeError("text", {
    expected: "at least one word",
    received: text === "" ? "an empty text" : `${quote(text)}, which has none`,
    hint: `The text was taken apart by the ${rule}${rule === "rule" ? ` split ${split ?? "\\W+"}` : ""}.`,
  });
}

function separatorsOf(split: RegExp | string | undefined): RegExp {
  if (split === undefined) return unicodeSeparators;
  if (typeof split !== "string") return new RegExp(split, withGlobal(split.flags));
  try {
    return new RegExp(unicodeClasses(split), "gv");
  } catch (cause) {
    const received = `${quote(split)} (${(cause as Error).message})`;
    throw new LimeError("split", { expected: "a regular expression", received }, { cause });
  }
}

function withGlobal(flags: string): string {
  return flags.includes("g") ? flags : `${flags}g`;
}

const syntaxCharacters = /[\^$\\.*+?()[\]{}|/-]/;

/**
 * A pattern as other languages write it, for the flag `v`: `\w` and `\W` as Unicode classes (the flag
 * lets them stand inside brackets), and with the escapes that the flag asks for.
 */
function unicodeClasses(pattern: string): string {
  let result = "";
  let inside = false;
  for (const [part] of pattern.matchAll(/\\.|./gsu)) {
    if (part === "\\w") result += "[\\p{L}\\p{N}_]";
    else if (part === "\\W") result += "[^\\p{L}\\p{N}_]";
    else if (part.length > 1 && /^\\[^\p{L}\p{N}]/u.test(part)) {
      result += syntaxCharacters.test(part[1]!) ? part : part[1];
    } else if (inside && part === "-") result += /\]$|\[\^?$/.test(result) ? "\\-" : "-";
    else if (inside && /[()[{}/|]/.test(part)) result += `\\${part}`;
    else {
      // A hyphen before the closing bracket stands for itself.
      if (inside && part === "]" && /[^\\]-$/.test(result)) result = `${result.slice(0, -1)}\\-`;
      if (part === "[") inside = true;
      if (part === "]") inside = false;
      result += part;
    }
  }
  return result;
}

function piecesBetween(text: string, separators: RegExp): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(separators)) {
    if (match.index > from) pieces.push({ text: text.slice(from, match.index), word: true });
    if (match[0] !== "") pieces.push({ text: match[0], word: false });
    from = match.index + match[0].length;
  }
  if (from === text.length) return pieces;
  const rest = text.slice(from);
  // The reference's pattern also ends a word before a line break at the text's end.
  const body = rest.endsWith("\n") ? rest.slice(0, -1) : rest;
  if (body !== "") pieces.push({ text: body, word: true });
  if (body !== rest) pieces.push({ text: "\n", word: false });
  return pieces;
}

function piecesOfTokens(text: string, tokens: readonly string[]): Piece[] {
  const words = new Set(tokens);
  const pieces: Piece[] = [];
  const add = (piece: string) => {
    if (piece !== "") pieces.push({ text: piece, word: words.has(piece) });
  };
  let from = 0;
  for (const token of tokens) {
    const at = text.indexOf(token, from);
    if (at < 0) {
      throw new LimeError("split", {
        expected: "tokens that occur in the text, in order",
        received: `the token ${quote(token)}, which does not occur from offset ${from} on`,
      });
    }
    add(text.slice(from, at));
    add(token);
    from = at + token.length;
  }
  add(text.slice(from));
  return pieces;
}
