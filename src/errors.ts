/**
 * Every code an error of this engine can carry, with whether repeating the same call may succeed.
 * Clients see these codes in the `error` field of an answer; `http/error-answer.ts` gives each its status.
 */
const RETRYABLE_BY_CODE = {
  invalid_json: false,
  not_an_object: false,
  not_found: false,
  method_not_allowed: false,
  slow_body: true,
  body_too_large: false,
  too_many_bodies: true,
  unsupported_media_type: false,
  invalid_field: false,
  stream_unavailable: true,
  stream_full: true,
  stream_exhausted: true,
  clock_wrong: true,
  ingest_overloaded: true,
  shutting_down: true,
  stalled: true,
  database_unavailable: true,
  reads_overloaded: true,
  redis_too_old: false,
  redis_evicts: true,
  schema_too_new: false,
  database_encoding: false,
  port_unavailable: false,
  invalid_config: false,
  invalid_usage: false,
  embedded_server_failed: false,
  internal: true,
} as const;

/** The closed set of error codes. */
export type ErrorCode = keyof typeof RETRYABLE_BY_CODE;

/** An error as plain data: what crosses `postMessage`, which drops class, code and cause of an Error. */
export interface ErrorRecord {
  readonly code: string;
  readonly message: string;
}

/**
 * The one base error. `message` says what could not be done and why, without secrets and without
 * payload; `retryable` tells whether the same call may succeed later.
 */
export class QueueFlowError extends Error {
  override readonly name = "QueueFlowError";
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }

  get retryable(): boolean {
    return RETRYABLE_BY_CODE[this.code];
  }
}

/** An error may be its own cause; a chain is followed this far. */
const CAUSES_MAX = 8;

/**
 * An unknown thrown value as one line of text: its message, and those of its causes. An AggregateError
 * without a message, as a refused connection to a host with two addresses gives, is its first part.
 */
export function errorText(thrown: unknown): string {
  const messages: string[] = [];
  let current: unknown = thrown;
  do {
    messages.push(ownText(current));
    current = current instanceof Error ? current.cause : undefined;
  } while (current !== undefined && messages.length < CAUSES_MAX);
  return messages.join(": ").replace(/\s*\n\s*/g, " ");
}

function ownText(thrown: unknown): string {
  if (thrown instanceof AggregateError && thrown.message === "" && thrown.errors.length > 0) {
    return ownText(thrown.errors[0]);
  }
  if (thrown instanceof Error) return thrown.message === "" ? thrown.name : thrown.message;
  return typeof thrown === "string" ? thrown : Bun.inspect(thrown);
}

/** An unknown thrown value as plain data that survives `postMessage`. */
export function errorRecord(thrown: unknown): ErrorRecord {
  const code = thrown instanceof QueueFlowError ? thrown.code : "internal";
  return { code, message: errorText(thrown) };
}
