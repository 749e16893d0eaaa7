import { type TSchema, Type } from "@sinclair/typebox";
import { type ErrorCode, QueueFlowError } from "../../errors.ts";
import { statusOf } from "../error-answer.ts";

/** The body of every error answer. */
const ErrorBody = Type.Object({
  error: Type.String({ description: "A code from a closed list, for programs." }),
  message: Type.String({ description: "What was expected and what came, for people." }),
  retryable: Type.Boolean({ description: "Whether the same request may succeed later." }),
  fields: Type.Optional(
    Type.Record(Type.String(), Type.String(), {
      description: "With invalid_field: each invalid field and its problem.",
    }),
  ),
  event_id: Type.Optional(
    Type.String({ description: "With POST /event and 503: the id to send the event again with." }),
  ),
});

/** What an error of each code may say, as an example. */
const EXAMPLE_MESSAGES: Partial<Record<ErrorCode, string>> = {
  invalid_json: 'Expected the body to be JSON, got "{site_id:"',
  slow_body: "Expected the whole body within 8000 ms, got a part of it",
  body_too_large: "Expected a body of at most 65536 bytes, got 70000 bytes",
  unsupported_media_type: 'Expected Content-Type to be application/json in UTF-8, got "text/plain"',
  invalid_field: "Expected user_id to be a string of 1 to 256 bytes, got nothing",
  stream_unavailable: "Redis could not append the event",
  stream_full: "The stream is full: events are taken again when it is below 4500000 entries",
  redis_evicts:
    "Expected Redis to have maxmemory-policy noeviction, got allkeys-lru, which may evict accepted events: set it with CONFIG SET and in its configuration file",
  stalled: "Entries wait, and none was stored for 30 s",
  database_unavailable: "PostgreSQL could not read the stats",
};

/** An answer that is not an error, for the API's description. */
export interface DescribedAnswer {
  readonly description: string;
  readonly example: unknown;
  readonly headers?: Readonly<Record<string, { description: string; schema: { type: "integer" } }>>;
}

/** A JSON body of a shape, as OpenAPI describes it. */
export function jsonContent(schema: TSchema) {
  return { "application/json": { schema: plainSchema(schema) } };
}

/** The answers of a route: the good one by its status, and those of its error codes. */
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

/** The answers of a route's error codes, by status. */
export function describeErrors(errors: readonly ErrorCode[]) {
  return Object.fromEntries(errors.map((code) => [statusOf(code), describeError(code)]));
}

function describeError(code: ErrorCode) {
  const message = EXAMPLE_MESSAGES[code] ?? code;
  const { retryable } = new QueueFlowError(code, message);
  const example = {
    error: code,
    message,
    retryable,
    ...(code === "invalid_field" ? { fields: { user_id: message } } : {}),
  };
  return {
    description: code,
    content: { "application/json": { schema: plainSchema(ErrorBody), example } },
  };
}

/** A TypeBox schema as the plain JSON Schema that it is, without TypeBox's symbols and its types. */
function plainSchema(schema: TSchema) {
  return JSON.parse(JSON.stringify(schema));
}
