// Texts made fit to be read: what is no text in them is replaced and counted.

/** A text and whether something in it was replaced. */
export interface CleanText {
  readonly text: string;
  readonly replaced: boolean;
}

/** Replaces NULs and lone surrogates by U+FFFD, as readers do with bytes that are no text. */
export function cleanText(text: string): CleanText {
  const clean = text.replaceAll("\0", "\uFFFD").toWellFormed();
  return { text: clean, replaced: clean !== text };
}
