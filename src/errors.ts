/** HTTP status, and whether repeating the call may succeed. Clients see the code in `error`. */
const ERRORS = {
  invalid_json: { status: 400, retryable: false },
  not_an_object: { status: 400, retryable: false },
  invalid_host: { status: 400, retryable: false },
  invalid_encoding: { status: 400, retryable: false },
  key_required: { status: 401, retryable: false },
  key_malformed: { status: 401, retryable: false },
  key_unknown: { status: 401, retryable: false },
  key_revoked: { status: 401, retryable: false },
  key_expired: { status: 401, retryable: false },
  link_unknown: { status: 401, retryable: false },
  password_required: { status: 401, retryable: false },
  password_wrong: { status: 401, retryable: false },
  wrong_kind: { status: 403, retryable: false },
  wrong_site: { status: 403, retryable: false },
  wrong_origin: { status: 403, retryable: false },
  excluded: { status: 403, retryable: false },
  host_not_allowed: { status: 403, retryable: false },
  not_found: { status: 404, retryable: false },
  method_not_allowed: { status: 405, retryable: false },
  site_exists: { status: 409, retryable: false },
  key_in_force: { status: 409, retryable: false },
  confirmation_required: { status: 409, retryable: false },
  slow_body: { status: 408, retryable: true },
  body_too_large: { status: 413, retryable: false },
  batch_over_limit: { status: 413, retryable: false },
  too_many_bodies: { status: 503, retryable: true },
  unsupported_media_type: { status: 415, retryable: false },
  invalid_field: { status: 422, retryable: false },
  query_too_large: { status: 422, retryable: false },
  rate_limited: { status: 429, retryable: true },
  quota_exhausted: { status: 429, retryable: true },
  access_unknown: { status: 503, retryable: true },
  stream_unavailable: { status: 503, retryable: true },
  stream_full: { status: 503, retryable: true },
  stream_exhausted: { status: 503, retryable: true },
  clock_wrong: { status: 503, retryable: true },
  ingest_overloaded: { status: 503, retryable: true },
  shutting_down: { status: 503, retryable: true },
  stalled: { status: 503, retryable: true },
  database_unavailable: { status: 503, retryable: true },
  reads_overloaded: { status: 503, retryable: true },
  reports_overloaded: { status: 503, retryable: true },
  report_unavailable: { status: 503, retryable: true },
  redis_too_old: { status: 500, retryable: false },
  redis_evicts: { status: 503, retryable: true },
  chunk_damaged: { status: 500, retryable: false },
  schema_too_new: { status: 500, retryable: false },
  database_encoding: { status: 500, retryable: false },
  port_unavailable: { status: 500, retryable: false },
  invalid_config: { status: 500, retryable: false },
  invalid_usage: { status: 500, retryable: false },
  embedded_server_failed: { status: 500, retryable: false },
  reports_disabled: { status: 501, retryable: false },
  internal: { status: 500, retryable: true },
} as const;

export type ErrorCode = keyof typeof ERRORS;

/** For `postMessage`, which drops the class, code and cause of an Error. */
export interface ErrorRecord {
  readonly code: string;
  readonly message: string;
}

interface ErrorDetails {
  readonly cause?: unknown;
  readonly retryAfterS?: number;
}

/** `message` says what failed and why, without secrets or payload. */
export class QueueFlowError extends Error {
  override readonly name = "QueueFlowError";
  readonly code: ErrorCode;
  /** Seconds after which repeating the request may succeed, where that is known. */
  readonly retryAfterS: number | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorDetails = {}) {
    super(message, options);
    this.code = code;
    this.retryAfterS = options.retryAfterS;
  }

  get retryable(): boolean {
    return ERRORS[this.code].retryable;
  }

  get status(): number {
    return statusOf(this.code);
  }
}

/** The problem of each invalid field or parameter, by its name. */
export class InvalidFieldsError extends QueueFlowError {
  readonly fields: Readonly<Record<string, string>>;

  constructor(fields: Readonly<Record<string, string>>) {
    super("invalid_field", Object.values(fields).join("; "));
    this.fields = fields;
  }
}

/** For a client: an unexpected error reveals nothing. */
export function asQueueFlowError(thrown: unknown): QueueFlowError {
  if (thrown instanceof QueueFlowError) return thrown;
  const message = "The server failed to answer this request";
  return new QueueFlowError("internal", message, { cause: thrown });
}

export function statusOf(code: ErrorCode): number {
  return ERRORS[code].status;
}

/** An error may be its own cause. */
const CAUSES_MAX = 8;

/**
 * Returns the messages of an error and its causes, on one line. An AggregateError without a message, as for a refused connection
 * to a host with two addresses, stands for its first error.
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

export function errorRecord(thrown: unknown): ErrorRecord {
  const code = thrown instanceof QueueFlowError ? thrown.code : "internal";
  return { code, message: errorText(thrown) };
}
