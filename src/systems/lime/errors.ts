// The error class of `lime`: a field of the call, what was expected of it, what came, and the way out.

/** Thrown where the caller's input or model is at fault, before any work it would waste. */
export class LimeError extends Error {
  override readonly name: string = "LimeError";
  /** The argument or option at fault, e.g. `text`, `labels`, `samples`. */
  readonly field: string;

  constructor(
    field: string,
    facts: { readonly expected: string; readonly received: string; readonly hint?: string },
    options?: ErrorOptions,
  ) {
    const hint = facts.hint === undefined ? "" : ` ${facts.hint}`;
    super(`${field}: expected ${facts.expected}, received ${facts.received}.${hint}`, options);
    this.field = field;
  }
}

/** A value for a message: quoted, on one line, cut to 60 characters. */
export function quote(value: string): string {
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
}
