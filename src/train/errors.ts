/** @file What can stop a training run. */

/** Why a run cannot begin or go on; `code` says which, for programs. */
export class TrainingError extends Error {
  override readonly name = "TrainingError";
  readonly code: "option" | "diverged" | "checkpoint";

  constructor(code: TrainingError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
