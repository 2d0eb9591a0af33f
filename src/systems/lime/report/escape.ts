// Text from users and models made harmless for the file it goes into.

/** Characters that XML 1.0 cannot hold, and halves of surrogate pairs. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must go.
const impossible = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** For the content or a quoted attribute of HTML, SVG and XML. */
export function escapeMarkup(text: string): string {
  return text
    .replace(impossible, "\ufffd")
    .replace(/[&<>"']/g, (character) => entities[character]!);
}

/**
 * A CSV field (RFC 4180). One that a spreadsheet would take for a formula gets an apostrophe in front.
 */
export function csvField(value: string | number): string {
  if (typeof value === "number") return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A line of an SVG: at most `length` characters, white space made plain. */
export function shorten(text: string, length: number): string {
  const characters = Array.from(text.replace(/\s+/gu, " "));
  return characters.length > length ? `${characters.slice(0, length - 1).join("")}…` : text;
}
