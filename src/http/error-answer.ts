import { type ErrorCode, QueueFlowError, statusOf } from "../errors.ts";
import type { FieldProblems } from "../event/parse-event.ts";

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
    status: error.status,
    headers: {
      ...extras.headers,
      ...(error.status === 503 ? { "Retry-After": RETRY_AFTER_S } : {}),
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
  return Response.json(body, { status: statusOf("invalid_field"), headers });
}

/** Whether a thrown value is a fault of the server that its operator should see in the log. */
export function isServerFault(thrown: unknown): boolean {
  return !(thrown instanceof QueueFlowError) || thrown.status === 500;
}
