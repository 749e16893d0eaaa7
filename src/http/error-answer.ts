import { type ErrorCode, QueueFlowError } from "../errors.ts";
import type { FieldProblems } from "../event/parse-event.ts";

/** The one mapping from error code to HTTP status. */
const STATUS_BY_CODE: Record<ErrorCode, number> = {
  invalid_json: 400,
  not_an_object: 400,
  not_found: 404,
  method_not_allowed: 405,
  slow_body: 408,
  body_too_large: 413,
  unsupported_media_type: 415,
  invalid_field: 422,
  stream_unavailable: 503,
  stream_full: 503,
  stream_exhausted: 503,
  clock_wrong: 503,
  ingest_overloaded: 503,
  too_many_bodies: 503,
  shutting_down: 503,
  stalled: 503,
  database_unavailable: 503,
  reads_overloaded: 503,
  redis_too_old: 500,
  redis_evicts: 503,
  schema_too_new: 500,
  database_encoding: 500,
  port_unavailable: 500,
  invalid_config: 500,
  invalid_usage: 500,
  embedded_server_failed: 500,
  internal: 500,
};

/** The HTTP status of an error code. */
export function statusOf(code: ErrorCode): number {
  return STATUS_BY_CODE[code];
}

/** How long a client should wait before it sends a retryable request again, in seconds. */
const RETRY_AFTER_S = "1";
/** After these the body is unread in part, so the connection cannot carry another request. */
const CLOSING: ReadonlySet<ErrorCode> = new Set(["slow_body", "body_too_large", "too_many_bodies"]);

/** Whether the answer to an error closes its connection. */
export function closesConnection(code: ErrorCode): boolean {
  return CLOSING.has(code);
}

/** What an error answer may carry besides its error. */
export interface ErrorAnswerExtras {
  readonly headers?: Readonly<Record<string, string>>;
  /** What more there is to say; it stands before the error. */
  readonly details?: object;
  /** The id under which the event can be sent again. */
  readonly eventId?: string;
}

/** Any thrown value as the JSON answer of the API; what is not a known error says nothing of its inside. */
export function errorAnswer(thrown: unknown, extras: ErrorAnswerExtras = {}): Response {
  const error =
    thrown instanceof QueueFlowError
      ? thrown
      : new QueueFlowError("internal", "The server failed to answer this request");
  const body = {
    ...extras.details,
    error: error.code,
    message: error.message,
    retryable: error.retryable,
    ...(extras.eventId === undefined ? {} : { event_id: extras.eventId }),
  };
  return Response.json(body, {
    status: STATUS_BY_CODE[error.code],
    headers: {
      ...extras.headers,
      ...(STATUS_BY_CODE[error.code] === 503 ? { "Retry-After": RETRY_AFTER_S } : {}),
      ...(CLOSING.has(error.code) ? { Connection: "close" } : {}),
    },
  });
}

/** The answer that names every invalid field: 422, with each problem under its field in `fields`. */
export function invalidFieldsAnswer(
  fields: FieldProblems,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const body = {
    error: "invalid_field" satisfies ErrorCode,
    message: Object.values(fields).join("; "),
    retryable: false,
    fields,
  };
  return Response.json(body, { status: STATUS_BY_CODE.invalid_field, headers });
}

/** Whether a thrown value is a fault of the server that its operator should see in the log. */
export function isServerFault(thrown: unknown): boolean {
  return !(thrown instanceof QueueFlowError) || STATUS_BY_CODE[thrown.code] === 500;
}
