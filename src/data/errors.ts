/** @file The one error class of the data room, and the closed list of what can be wrong with input. */

/** What every issue tells: what was expected, what came instead, and where known the way out. */
interface IssueBase {
  /** The file, where the issue is about one. */
  readonly path?: string;
  /** The option, column or header field at fault. */
  readonly field?: string;
  /** Line of the file, from 1. */
  readonly line?: number;
  readonly expected: string;
  readonly received: string;
  /** What the user can do about it, a full sentence. */
  readonly hint?: string;
}

/** One thing that is wrong with the input; `code` says which, and decides the extra fields. */
export type DataIssue = IssueBase &
  (
    | { readonly code: "file-missing" | "file-empty" | "file-unreadable"; readonly path: string }
    | { readonly code: "file-too-large"; readonly path: string; readonly limitBytes: number }
    | { readonly code: "format-unknown" | "malformed" | "value" | "option" }
    | { readonly code: "truncated"; readonly expectedBytes: number; readonly receivedBytes: number }
    | {
        readonly code: "column-missing";
        readonly field: string;
        readonly columns: readonly string[];
        readonly nearest?: string;
      }
    | { readonly code: "encoding"; readonly line: number; readonly byteInFile?: number }
    | { readonly code: "line-too-long"; readonly line: number; readonly limitBytes: number }
    | { readonly code: "row-length"; readonly line: number }
    | { readonly code: "one-class" | "too-many-classes"; readonly classes: readonly string[] }
    | { readonly code: "text-empty" | "label-missing"; readonly rows: readonly number[] }
    | { readonly code: "label-unseen"; readonly label: string; readonly known: readonly string[] }
  );

/**
 * Thrown by every function of the data room when the input is at fault. The message is fit for a
 * terminal or an API answer; `issue` holds the same facts for a program.
 */
export class DataError extends Error {
  override readonly name = "DataError";
  readonly issue: DataIssue;

  constructor(issue: DataIssue, options?: ErrorOptions) {
    super(issueMessage(issue), options);
    this.issue = issue;
  }

  /** The issue's code, e.g. `column-missing`. */
  get code(): DataIssue["code"] {
    return this.issue.code;
  }
}

function issueMessage(issue: DataIssue): string {
  const where = [
    issue.path,
    issue.line === undefined ? undefined : `line ${issue.line}`,
    issue.field === undefined ? undefined : issue.field,
  ].filter((part) => part !== undefined);
  const head = where.length > 0 ? `${where.join(", ")}: ` : "";
  const hint = issue.hint === undefined ? "" : ` ${issue.hint}`;
  return `${head}expected ${issue.expected}, received ${issue.received}.${hint}`;
}

/** A list for a message: at most `limit` entries, then how many more there are. */
export function listed(values: readonly (string | number)[], limit = 12): string {
  const shown = values.slice(0, limit).map(String).join(", ");
  return values.length > limit ? `${shown} and ${values.length - limit} more` : shown;
}

/** A value for a message: quoted, on one line, cut to 60 characters. */
export function quoted(value: string): string {
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
}
