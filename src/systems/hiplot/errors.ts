// The one error class of the plot's library: an experiment or a source that cannot be used, and why.

/** What can be wrong; callers branch on it, people read the message. */
export type HiplotErrorCode =
  | "empty"
  | "reserved-key"
  | "duplicate-uid"
  | "missing-parent"
  | "cycle"
  | "setting"
  | "format"
  | "file-missing"
  | "no-fetcher"
  | "tracker"
  | "column"
  | "option";

/** Thrown for input that cannot be used; the message is fit for a terminal. */
export class HiplotError extends Error {
  override readonly name = "HiplotError";
  readonly code: HiplotErrorCode;

  constructor(code: HiplotErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Thrown by a fetcher for a URI that is not its own, so that the next one is asked. */
export class DoesNotApply extends Error {
  override readonly name = "DoesNotApply";
}
