import { type ErrorCode, QueueFlowError, statusOf } from "../../errors.ts";

const ERROR_BODY = {
  type: "object" as const,
  required: ["error", "message", "retryable"],
  properties: {
    error: { type: "string" as const, description: "A code from a closed list, for programs." },
    message: {
      type: "string" as const,
      description: "What was expected and what came, for people.",
    },
    retryable: {
      type: "boolean" as const,
      description: "Whether the same request may succeed later.",
    },
    fields: {
      type: "object" as const,
      description: "With invalid_field: each invalid field and its problem.",
      additionalProperties: { type: "string" as const },
    },
    event_id: {
      type: "string" as const,
      description: "With POST /event and 503: the id to send the event again with.",
    },
  },
};

const EXAMPLE_MESSAGES: Partial<Record<ErrorCode, string>> = {
  invalid_json: 'Expected the body to be JSON, got "{site_id:"',
  invalid_encoding:
    "Expected the body to be complete in gzip as Content-Encoding says, got other bytes",
  slow_body: "Expected the whole body within 8000 ms, got a part of it",
  body_too_large: "Expected a body of at most 65536 bytes, got 70000 bytes",
  unsupported_media_type: 'Expected Content-Type to be application/json in UTF-8, got "text/plain"',
  invalid_field: "Expected user_id to be a string of 1 to 256 bytes, got nothing",
  rate_limited: "Expected at most 100 events a second from this address, in bursts of at most 1000",
  quota_exhausted:
    "Expected at most 1000000 events on 2026-01-15 (UTC), the daily quota of site example.com",
  batch_over_limit: "Expected at most 1000 events in one request, the burst of this key, got 5000",
  stream_unavailable: "Redis could not append the event",
  stream_full: "The stream is full: events are taken again when it is below 4500000 entries",
  ingest_overloaded: "Too many events already wait for Redis",
  redis_evicts:
    "Expected Redis to have maxmemory-policy noeviction, got allkeys-lru, which may evict accepted events: set it with CONFIG SET and in its configuration file",
  stalled: "Entries wait, and none was stored for 30 s",
  database_unavailable: "PostgreSQL could not read the stats",
};

export interface DescribedAnswer {
  readonly description: string;
  readonly example: unknown;
  readonly headers?: Readonly<Record<string, { description: string; schema: { type: "integer" } }>>;
}

export function describeAnswers({
  status,
  answer,
  errors,
}: {
  status: number;
  answer: DescribedAnswer;
  errors: readonly ErrorCode[];
}) {
  const { description, example, headers } = answer;
  const good = {
    description,
    ...(headers === undefined ? {} : { headers }),
    content: { "application/json": { example } },
  };
  return { [status]: good, ...describeErrors(errors) };
}

export function describeErrors(errors: readonly ErrorCode[]) {
  const byStatus = Map.groupBy(errors, statusOf);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [status, describeCodes(codes)] as const),
  );
}

function describeCodes(codes: readonly ErrorCode[]) {
  const examples = Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code) }]));
  return {
    description: codes.join(" or "),
    content: { "application/json": { schema: ERROR_BODY, examples } },
  };
}

function exampleOf(code: ErrorCode) {
  const message = EXAMPLE_MESSAGES[code] ?? code;
  const { retryable } = new QueueFlowError(code, message);
  const fields = code === "invalid_field" ? { fields: { user_id: message } } : {};
  return { error: code, message, retryable, ...fields };
}
