import type { ErrorCode } from "../../errors.ts";
import { EVENT_FIELDS } from "../../event/event.ts";
import { BATCH_EVENTS_MAX } from "../../event/limits.ts";
import { URL_FIELD } from "../../event/url-field.ts";
import { describeAnswers } from "./api-description.ts";
import { EVENT_ERRORS } from "./event-errors.ts";
import { exampleEvent } from "./example-event.ts";

const ERRORS: readonly ErrorCode[] = [...EVENT_ERRORS, "invalid_encoding"];
const EVENT_ID = "0199e8a5-7a5c-7c3e-9a54-3f1f0b8f2c11";

const PARAMETERS = [
  flag(
    "strict",
    "Refuses an event with an unknown or invalid optional field, instead of leaving the field out.",
  ),
  flag("wait", "Responds with 200 once the events are stored, or with 202 after WAIT_TIMEOUT_MS."),
  {
    name: "key",
    in: "query" as const,
    description:
      "A write key, where the client cannot set `Authorization: Bearer` or `X-Write-Key`. Needed once the site has one; `site_id` may then be left out.",
    schema: { type: "string" as const },
  },
  {
    name: "Idempotency-Key",
    in: "header" as const,
    description:
      "Gives ids to events without an event_id, so that repeating the request counts nothing twice.",
    schema: { type: "string" as const, minLength: 1, maxLength: 200 },
  },
];

export function describeOneEvent() {
  return {
    summary: "Send an event",
    description:
      "Validates the event and responds once Redis has it. Safe to repeat with the same `event_id`: it counts once.",
    tags: ["events"],
    parameters: PARAMETERS,
    requestBody: {
      required: true,
      content: { "application/json": { schema: eventSchema(), example: exampleEvent() } },
    },
    responses: describeAnswers({
      status: 202,
      answer: {
        description: "Accepted: the event will be stored.",
        example: { status: "accepted", event_id: EVENT_ID },
      },
      errors: ERRORS,
    }),
  };
}

export function describeBatch() {
  const events = { type: "array" as const, items: eventSchema(), maxItems: BATCH_EVENTS_MAX };
  const example = [exampleEvent(), exampleEvent()];
  return {
    summary: "Send many events",
    description: `Takes up to ${BATCH_EVENTS_MAX} events. Valid neighbours of an invalid event are accepted. After a 503, send the same request again.`,
    tags: ["events"],
    parameters: PARAMETERS,
    requestBody: {
      required: true,
      content: {
        "application/json": { schema: events, example },
        "application/x-ndjson": {
          schema: { type: "string" as const },
          example: example.map((event) => JSON.stringify(event)).join("\n"),
        },
      },
    },
    responses: describeAnswers({
      status: 202,
      answer: {
        description: "The accepted events will be stored.",
        example: {
          accepted: 1,
          duplicates_in_request: 0,
          refused: 1,
          event_ids: [EVENT_ID, null],
          errors: [
            {
              index: 1,
              error: "invalid_field",
              message: "Expected path to be a string of 1 to 2048 bytes, got nothing",
              fields: { path: "Expected path to be a string of 1 to 2048 bytes, got nothing" },
            },
          ],
          ignored: [{ index: 0, fields: ["titel"] }],
          ignored_events: 1,
        },
      },
      errors: [...ERRORS, "batch_over_limit"],
    }),
  };
}

function flag(name: string, description: string) {
  return { name, in: "query" as const, description, schema: { type: "boolean" as const } };
}

function eventSchema() {
  const properties = EVENT_FIELDS.map(({ name, type, description, example }) => [
    name,
    { ...type.schema, description, examples: [example] },
  ]);
  const url = {
    type: "string" as const,
    description: "Gives hostname, path and the utm fields, unless they are given. Not stored.",
    examples: ["https://example.com/pricing?utm_source=newsletter"],
  };
  const required = EVENT_FIELDS.filter(({ isRequired }) => isRequired).map(({ name }) => name);
  return {
    type: "object" as const,
    properties: { ...Object.fromEntries(properties), [URL_FIELD]: url },
    required: required.filter((name) => name !== "path"),
    anyOf: [{ required: ["path"] }, { required: [URL_FIELD] }],
  };
}
