// The one shape of every error that the API answers with, and where other errors are put into it.
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { ZodError } from "zod";

/** The body of every answer with a status of 400 and above. */
export interface ErrorBody {
  readonly error: {
    /** For programs, e.g. `not_found`. */
    readonly code: string;
    /** One clear sentence for people. */
    readonly message: string;
    /** The parameter at fault, where one is. */
    readonly field?: string;
  };
}

/** Thrown by routes; becomes an answer with `status` and an `ErrorBody`. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly code: string;
  readonly field: string | undefined;

  constructor(status: number, code: string, message: string, field?: string) {
    super(message);
    this.status = status;
    this.code = code;
    this.field = field;
  }
}

/** Puts any error that a request met into the one shape; what is our own fault is logged. */
export function handleError(
  error: FastifyError | ApiError | ZodError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const known = toApiError(error);
  if (known.status >= 500) request.log.error(error);
  const { code, message, field } = known;
  reply.code(known.status).send({ error: { code, message, ...(field ? { field } : {}) } });
}

function toApiError(error: FastifyError | ApiError | ZodError): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof ZodError) {
    const { path, message } = error.issues[0];
    const field = path.join(".");
    return new ApiError(400, "bad_request", field ? `${field}: ${message}` : message, field);
  }
  const status = error.statusCode ?? 500;
  if (status === 413) {
    return new ApiError(413, "too_large", "The request is larger than 1 MiB.");
  }
  if (status < 500) return new ApiError(status, "bad_request", `${error.message}.`);
  return new ApiError(500, "internal", "The server met an error of its own; its log says more.");
}
