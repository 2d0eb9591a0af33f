/** @file What a reader sees of a mail: subject and body text, out of RFC 822 bytes with MIME parts. */
import { isAscii } from "node:buffer";
import { htmlToText } from "./html-text.ts";

/** The readable part of a mail. */
export interface MailText {
  readonly subject: string;
  /** Text of the body; HTML as text, attachments left out. */
  readonly body: string;
}

/** Nesting of parts beyond which no mail is followed. */
const maxDepth = 12;

/**
 * Subject and body text of a mail. Decodes encoded words (RFC 2047), quoted-printable and base64
 * (RFC 2045), charsets and multiparts (of alternatives the plain text wins, if it has any), also
 * where the mail bends the rules, as spam does. Never throws: what cannot be decoded stays as it is.
 */
export function parseMail(bytes: Uint8Array): MailText {
  const raw = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  const { headers, body } = splitPart(raw.replace(/^From .*\r?\n/, ""));
  const charset = parameter(headers.get("content-type") ?? "", "charset");
  const subject = decodeWords(headers.get("subject") ?? "", charset);
  return { subject: tidy(subject).replace(/\s+/g, " "), body: tidy(partText(headers, body, 0)) };
}

type Headers = ReadonlyMap<string, string>;

/** Header fields (names in lower case, the first of a name, unfolded) and what follows them. */
function splitPart(raw: string): { headers: Headers; body: string } {
  const headers = new Map<string, string>();
  let at = 0;
  let name: string | undefined;
  while (at < raw.length) {
    const end = raw.indexOf("\n", at);
    const line = raw.slice(at, end === -1 ? raw.length : end).replace(/\r$/, "");
    const next = end === -1 ? raw.length : end + 1;
    if (line === "") return { headers, body: raw.slice(next) };
    const field = /^([!-9;-~]+)[ \t]*:(.*)$/.exec(line);
    if (/^[ \t]/.test(line) && name !== undefined) {
      headers.set(name, `${headers.get(name)} ${line.trim()}`);
    } else if (field !== null) {
      name = field[1]!.toLowerCase();
      if (headers.has(name)) name = undefined;
      else headers.set(name, field[2]!.trim());
    } else if (!/^[ \t]/.test(line)) {
      // No header and no empty line before it: the body has begun.
      return { headers, body: raw.slice(at) };
    }
    at = next;
  }
  return { headers, body: "" };
}

function partText(headers: Headers, body: string, depth: number): string {
  const header = headers.get("content-type") ?? "text/plain";
  const type = /^[\w.+-]+\/[\w.+-]+/.exec(header.toLowerCase())?.[0] ?? "text/plain";
  const disposition = headers.get("content-disposition") ?? "";
  if (depth > maxDepth || /^attachment/i.test(disposition)) return "";
  if (type.startsWith("multipart/")) {
    const boundary = parameter(header, "boundary");
    if (!boundary) return partText(new Map(), body, depth + 1);
    return multipartText(splitParts(body, boundary), type, depth);
  }
  if (type === "message/rfc822") {
    const inner = splitPart(body);
    const subject = decodeWords(inner.headers.get("subject") ?? "");
    return `${subject}\n${partText(inner.headers, inner.body, depth + 1)}`;
  }
  if (!type.startsWith("text/") || type === "text/rfc822-headers") return "";
  const decoded = decodeBody(body, headers.get("content-transfer-encoding") ?? "");
  const text = decodeCharset(decoded, parameter(header, "charset"));
  return type === "text/html" || looksLikeHtml(text) ? htmlToText(text) : text;
}

function multipartText(parts: readonly string[], type: string, depth: number): string {
  const texts = parts.map((part) => {
    const { headers, body } = splitPart(part);
    const kind = (headers.get("content-type") ?? "text/plain").toLowerCase();
    return { plain: kind.startsWith("text/plain"), text: partText(headers, body, depth + 1) };
  });
  const filled = texts.filter(({ text }) => text.trim() !== "");
  if (type !== "multipart/alternative") return filled.map(({ text }) => text).join("\n");
  return (filled.find(({ plain }) => plain) ?? filled.at(-1))?.text ?? "";
}

/** The parts between boundary lines; the last may lack its end, as in mails that were cut off. */
function splitParts(body: string, boundary: string): string[] {
  const mark = `--${boundary}`;
  const parts: string[] = [];
  let start = -1;
  for (let at = body.indexOf(mark); at !== -1; at = body.indexOf(mark, at + mark.length)) {
    if (at > 0 && body[at - 1] !== "\n") continue;
    if (start !== -1) parts.push(body.slice(start, at));
    const end = body.indexOf("\n", at);
    const closing = body.startsWith("--", at + mark.length);
    start = closing || end === -1 ? -1 : end + 1;
    if (closing) break;
  }
  if (start !== -1) parts.push(body.slice(start));
  return parts;
}

function parameter(header: string, name: string): string | undefined {
  const match = new RegExp(`[;\\s]${name}\\s*=\\s*(?:"([^"]*)"|([^;\\s]+))`, "i").exec(header);
  return match?.[1] ?? match?.[2];
}

/** Undoes the transfer encoding; before and after, a character is a byte. */
function decodeBody(body: string, encoding: string): string {
  const name = encoding.trim().toLowerCase();
  if (name === "base64") return decodeBase64(body);
  return name === "quoted-printable" ? decodeQuotedPrintable(body) : body;
}

function decodeBase64(text: string): string {
  // Some mailers add a plain footer below; at the first other character the data has ended.
  const data = /^[\sA-Za-z0-9+/]*/.exec(text)![0];
  return Buffer.from(data, "base64").toString("latin1");
}

function decodeQuotedPrintable(text: string): string {
  return trimLines(text)
    .replace(/=\n/g, "")
    .replace(/=([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
}

const decoders = new Map<string, TextDecoder | undefined>();

function decodeCharset(text: string, charset: string | undefined): string {
  const bytes = Buffer.from(text, "latin1");
  // ISO-2022 hides other letters behind ASCII and an escape.
  if (isAscii(bytes) && !bytes.includes(0x1b)) return text;
  const named = decoderFor((charset ?? "").toLowerCase());
  if (named !== undefined) return named.decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return decoderFor("windows-1252")!.decode(bytes);
  }
}

function decoderFor(charset: string): TextDecoder | undefined {
  // "us-ascii" with high bytes in it tells nothing: leave it to the fallback.
  if (charset === "" || charset === "us-ascii") return undefined;
  if (!decoders.has(charset)) {
    let decoder: TextDecoder | undefined;
    try {
      decoder = new TextDecoder(charset.replace(/^(chinese|cs)?big5$/, "big5"));
    } catch {
      decoder = undefined;
    }
    decoders.set(charset, decoder);
  }
  return decoders.get(charset);
}

/**
 * Decodes the encoded words of a header, e.g. `=?iso-8859-1?Q?Gr=FC=DFe?=`. Where there are none, bytes
 * beyond ASCII are read in `charset`, which is then likely the body's.
 */
export function decodeWords(header: string, charset?: string): string {
  const decoded = header
    // Between two encoded words the blank belongs to the folding (RFC 2047, section 6.2).
    .replace(/(\?=)\s+(?==\?)/g, "$1")
    .replace(/=\?([^?\s]+)\?([bq])\?([^?]*)\?=/gi, (_, named, encoding, text) => {
      const bytes =
        encoding.toLowerCase() === "b"
          ? decodeBase64(text)
          : decodeQuotedPrintable(text.replaceAll("_", " ").replace(/ $/, "=20"));
      return decodeCharset(bytes, named.split("*")[0]);
    });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is all of Latin-1
  return /^[\x00-\xff]*$/.test(decoded) ? decodeCharset(decoded, charset) : decoded;
}

function looksLikeHtml(text: string): boolean {
  return /^\s*(?:<!doctype html|<html[\s>])/i.test(text);
}

/** Line ends as `\n`, no blanks at their ends, at most one empty line in a row. */
function tidy(text: string): string {
  return trimLines(text)
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

/** Line ends as `\n`, no blanks before them. A pattern for that would be quadratic in a row of blanks. */
function trimLines(text: string): string {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  return lines.map((line) => line.trimEnd()).join("\n");
}
